"""Links to a moment: the program, the cursor, the selected node and the level in the query of an address."""

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
