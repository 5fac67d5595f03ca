"""A link to a moment: program, cursor, selected node and level as the query of an address, and back."""

from viz.linking.moment import LEVELS, Level, Moment, cursor_in, query_of, read
from viz.linking.packing import BadLink, LeftOut, TooLong, left_out, pack, unpack

__all__ = [
    "LEVELS",
    "BadLink",
    "LeftOut",
    "Level",
    "Moment",
    "TooLong",
    "cursor_in",
    "left_out",
    "pack",
    "query_of",
    "read",
    "unpack",
]
