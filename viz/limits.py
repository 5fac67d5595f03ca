"""The limits of every program."""

from __future__ import annotations

#: Numbers in one tensor (an empty dimension counts as 1), and entries in one list.
ELEMENTS = 300_000
#: Numbers of one tensor or list that a recording keeps one by one; beyond, a Summary.
WHOLE = 1_000
#: Entries of a list and of the lists inside it, together: `zip` makes many short ones.
ENTRIES = 2 * ELEMENTS
#: Numbers that one operation looks at, one after the other, where it takes more than its elements' time.
MULTIPLICATIONS = 10**9
#: Entries of all tuples among the keys of a dict or the elements of a set: unequal ones may have one hash.
KEYS = 30_000
#: Numbers of tensors and arrays that one string shows: torch writes each of them in Python.
SHOWN = 10_000
#: Parts of one tensor that an operation makes, of a tensor that needs a gradient and of another one.
PARTS, PLAIN_PARTS = 1_000, 50_000
#: Dimensions of a tensor.
DIMENSIONS = 20
#: Refusals that the author of a program is told at once.
REFUSALS = 20
#: Statements in the source of the set-up, of one iteration, and of what follows the loop, each.
STATEMENTS = 2_000
#: Statements that each of these executes.
EXECUTED = 50_000
#: Nodes in the graph of one iteration, data inputs included.
NODES = 2_000
#: Iterations of the loop.
ITERATIONS = 100_000
#: Points of a loss surface.
SURFACE_POINTS = 2_500
#: Characters of source.
CHARACTERS = 40_000
#: Seconds of work for the set-up, for one iteration, and for the code after the loop, each.
SECONDS = 2.0
#: Bytes that the frames of the set-up, of one iteration, and of the code after the loop may take, each.
BYTES = 64 * 2**20
#: Bytes of the iterations that a tape keeps: of a longer run it computes the others again.
TAPE = 64 * 2**20
#: Bytes of a run's checkpoints, from which it computes those.
CHECKPOINTS = 8 * 2**20
#: Bytes of the values that one iteration makes, and of those that a program holds.
MADE = 32 * 2**20
#: Numbers in all parameters of an optimizer together, and the number of its parameters.
PARAMETER_ELEMENTS = 1_000_000
PARAMETERS = 100
#: Past steps that an optimizer remembers.
HISTORY = 100
#: Loops inside one step of an optimizer.
REPEATS = 1_000
#: Steps in which Muon makes a matrix orthogonal: each takes three matrix products.
PRODUCTS = 10
#: Nested brackets, operators and calls, and nested lists.
NESTING = 100
#: The magnitude of an integer stays below 2 to this power, as in an int64 tensor.
INTEGER_BITS = 63
#: Nested blocks.
BLOCKS = 20
#: Nested calls of the program's functions.
DEPTH = 50
#: Characters of one string.
TEXT = 10_000
#: Characters that one statement prints.
PRINTED = 10_000
