"""The bounds that every program runs in, and the exception that says one was met."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

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


#: Seconds that a thread works on a program between two moments at which others may go first.
BREATH = 0.005


def when_at_work(then: Callable[[], None]) -> None:
    """Have this called by each thread that runs a program or writes it, every few milliseconds; it may wait."""
    Budget.breathe = staticmethod(then)


def breathe() -> None:
    """Between two parts of a long work: others may go first."""
    Budget.breathe()


class Budget:
    """So many seconds of work for the thread that makes it; the time that it waits for others does not count.

    So what a program may do does not depend on who else is at work in this process.
    """

    __slots__ = ("_breath", "_clock", "_work")

    #: Called every BREATH seconds.
    breathe: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, seconds: float) -> None:
        now = perf_counter()
        self._clock = now + seconds
        self._breath = now + BREATH
        self._work = thread_time() + seconds

    @property
    def over(self) -> bool:
        """True where the seconds were worked."""
        now = perf_counter()
        if now > self._breath:
            self.breathe()
            self._breath = perf_counter() + BREATH
        # The clock never shows less than the work, and is asked in a tenth of the time.
        return now > self._clock and thread_time() > self._work


class LimitReached(Exception):
    """A bound was met: the message is a sentence that names it; who catches it knows the line."""


class PartLimit(LimitReached):
    """A bound of one part of a run was met: the message lacks its subject, the part, which the language knows."""
