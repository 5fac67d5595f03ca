"""A link to a moment: program, cursor, selected node and level as the query of an address, and back."""

from viz.linking.moment import LEVELS, Level, Moment, cursor_in, query_of, read
from viz.linking.packing import LEFT_OUT, BadLink, TooLong, pack, unpack

__all__ = [
    "LEFT_OUT",
    "LEVELS",
    "BadLink",
    "Level",
    "Moment",
    "TooLong",
    "cursor_in",
    "pack",
    "query_of",
    "read",
    "unpack",
]
