"""The limits of every program."""

from __future__ import annotations

#: Numbers in one tensor (an empty dimension counts as 1), and entries in one list.
ELEMENTS = 1_000
#: Entries of a list and of the lists inside it, together: `zip` makes many short ones.
ENTRIES = 5 * ELEMENTS
#: Dimensions of a tensor.
DIMENSIONS = 20
#: Refusals that the author of a program is told at once.
REFUSALS = 20
#: Statements in the set-up, in one iteration, and after the loop, each: both in the source and executed.
STATEMENTS = 2_000
#: Nodes in the graph of one iteration, data inputs included.
NODES = 2_000
#: Iterations of the loop.
ITERATIONS = 1_000
#: Points of a loss surface.
SURFACE_POINTS = 2_500
#: Characters of source.
CHARACTERS = 20_000
#: Seconds of work for the set-up, for one iteration, and for the code after the loop, each.
SECONDS = 2.0
#: Bytes of one tape.
BYTES = 64 * 2**20
#: Bytes of the values that one iteration makes, and of those that a program holds.
MADE = 32 * 2**20
#: Numbers in all parameters of an optimizer together, and the number of its parameters.
PARAMETER_ELEMENTS = 10_000
PARAMETERS = 100
#: Past steps that an optimizer remembers.
HISTORY = 100
#: Nested brackets, operators and calls, and nested lists.
NESTING = 100
#: The magnitude of an integer stays below 2 to this power, as in an int64 tensor.
INTEGER_BITS = 63
#: Nested blocks.
BLOCKS = 20
#: Nested calls of the program's functions.
DEPTH = 20
#: Characters of one string.
TEXT = 1_000
#: Characters that one statement prints.
PRINTED = 2_000
