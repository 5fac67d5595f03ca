"""The bounds that every program runs in, and the exception that says one was met."""

from __future__ import annotations

#: Numbers in one tensor (an empty dimension counts as 1), and entries of one list.
ELEMENTS = 1_000
#: Entries of a list with those of the lists inside it: `zip` makes many short ones.
ENTRIES = 5 * ELEMENTS
#: Dimensions of a tensor.
DIMENSIONS = 20
#: Statements in the set-up, in one iteration, and after the loop, each: as written, and as executed.
STATEMENTS = 2_000
#: Nodes in the graph of one iteration, data inputs included.
NODES = 2_000
#: Iterations of the loop.
ITERATIONS = 1_000
#: Points of a loss surface.
SURFACE_POINTS = 2_500
#: Characters of source.
CHARACTERS = 20_000
#: Seconds for one iteration (or for the set-up, or for what follows the loop).
SECONDS = 2.0
#: Bytes of one tape.
BYTES = 64 * 2**20
#: Bytes of the tensors, arrays and texts that one iteration makes, and of those that a program holds.
MADE = 32 * 2**20
#: Numbers in all the parameters of an optimizer, and how many parameters those are.
PARAMETER_ELEMENTS = 10_000
PARAMETERS = 100
#: Iterations that an optimizer looks back on.
HISTORY = 100
#: Brackets, operators and calls inside each other, and lists inside lists.
NESTING = 100
#: A whole number's magnitude stays below 2 to this power, as in an int64 tensor.
INTEGER_BITS = 63
#: Blocks inside each other.
BLOCKS = 20
#: Functions of the program that call each other.
DEPTH = 20
#: Characters of one text.
TEXT = 1_000
#: Characters that one statement prints.
PRINTED = 2_000


class LimitReached(Exception):
    """A bound was met: the message is a sentence that names it; who catches it knows the line."""


class PartLimit(LimitReached):
    """A bound of one part of a run was met: the message lacks its subject, the part, which the language knows."""
