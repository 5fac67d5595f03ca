"""The state of a running program: its variables, its limits, and its observer."""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeAlias

from viz import limits
from viz.budget import Budget
from viz.errors import LimitReached
from viz.frames.events import Event
from viz.frames.plain import Problem, Span
from viz.language.runtime.clock import Clock
from viz.language.runtime.draws import Draws
from viz.language.runtime.meter import Meter
from viz.language.runtime.param_groups import ParamGroups
from viz.language.runtime.print_options import PrintOptions
from viz.watching.calls import Running
from viz.watching.hidden import NotHidden
from viz.watching.iterations import Iterations, Passes
from viz.watching.observer import Observer

#: The names of the functions and comprehensions around some code, the innermost first.
Enclosing: TypeAlias = tuple[dict[str, Any], ...]

#: Python frames that the deepest statement needs, the observer's included: expressions and blocks may nest as deep
#: as the limits allow. Past Python's own limit an exception could come anywhere, and leave things half done.
_RESERVE = 450
# A call of the program takes about twenty frames, and the stack below may be that of a web server.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 2_000))


#: Calls a value of the program, given the run, the position, the value, its arguments and its options.
Call: TypeAlias = Callable[["State", Span, Any, Sequence[Any], Mapping[str, Any]], Any]
#: Computes `a symbol b`, given the run, the position, the symbol, its function, and the operands.
Calculate: TypeAlias = Callable[["State", Span, str, Callable[[Any, Any], Any], Any, Any], Any]


class Free(MutableMapping[str, Any]):
    """The names that a function takes from the functions around it, as they are now."""

    __slots__ = ("_enclosing", "_places")

    def __init__(self, enclosing: Enclosing, places: Mapping[str, int]) -> None:
        self._enclosing = enclosing
        self._places = places

    def __getitem__(self, name: str) -> Any:
        return self._enclosing[self._places[name]][name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._enclosing[self._places[name]][name] = value

    def __delitem__(self, name: str) -> None:
        del self._enclosing[self._places[name]][name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, place in self._places.items() if name in self._enclosing[place])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Hearing(Protocol):
    """What reports the operations of torch's own code while it runs; above 0, `silent` keeps it from that."""

    silent: int

    def leave(self) -> bool:
        """Stop listening, if it listens; return whether it did."""

    def back(self) -> None:
        """Listen again."""


class Sees(NamedTuple):
    """The names that a function sees besides the program's: its `own`, and where it takes `free` ones from.

    `own` has the free names too: all of these hide those of the program.
    """

    own: frozenset[str]
    free: Mapping[str, int]


class Raised(NamedTuple):
    """An exception of a running statement that a `try` around it may handle, and what to report if none does."""

    error: Exception
    problem: Problem
    line: int
    event: Event
    visible: Mapping[str, Any]
    calls: tuple[Running, ...]


class State:
    """A running program.

    `globals` are the program's global variables, `variables` those of the running function (the same dict outside
    of functions), `enclosing` those of the functions and comprehensions around its source, the innermost first,
    and `visible` what is visible, as one mapping. `quiet` says that statements run without frames: a generator's;
    `apart` says the same of functions too, which torch calls for purposes of its own. `span` is the expression
    that torch is working on, `event` what the statement did if only running it can tell, `printed` what it
    printed, and `result` what a `return` returns. `meter` counts what the running part uses, `draws` supplies
    random numbers, `clock` the time, `print_options` say how tensors are printed, and `groups` knows which dicts
    and lists also belong to an optimizer. `handlers` and `handling` are the `try` and `except` blocks that run.
    `hearing` reports the operations of torch's own code, if that is running. `iterations` divides the run into
    parts if its training loop is inside of the program's body; None if the program was divided before. `calls` are
    the calls of functions whose statements run, the outermost first.
    """

    __slots__ = (
        "_calculate", "_call", "_callers", "_passes", "apart", "calls", "classes", "clock", "depth", "draws",
        "enclosing", "event", "globals", "groups", "handlers", "handling", "hearing", "iterations", "meter",
        "observer", "print_options", "printed", "printed_before", "quiet", "raised", "result", "silent", "span",
        "telling", "variables", "visible",
    )  # fmt: skip

    def __init__(self, observer: Observer, span: Span, call: Call, calculate: Calculate) -> None:
        self.observer = observer
        self.span = span
        self._call = call
        self._calculate = calculate
        self.meter = Meter()
        self.clock = Clock()
        self.draws = Draws()
        self.print_options = PrintOptions()
        self.groups = ParamGroups()
        self.enclosing: Enclosing = ()
        self.event: Event | None = None
        self.result: Any = None
        self.printed = ""
        self.printed_before = ""  # by the statements that called the running function, before the call
        self.depth = 0
        self.calls: tuple[Running, ...] = ()
        self._callers: list[dict[str, Any]] = []  # the variables of the calls that the running function is in
        self.classes: list[Any] = []  # the program's own: graphs need them, and hold them weakly
        self.telling = False  # the observer is being called
        self.silent = False  # a backward that the program defines is running: its operations are not reported
        self.quiet = False
        self.apart = False
        self.handlers: list[tuple[type[BaseException], ...]] = []  # of the `try` statements that are running
        self.raised: Raised | None = None  # the exception that such a statement may handle
        self.handling: list[Exception] = []  # the exceptions whose `except` blocks are running
        self.hearing: Hearing | None = None
        self._passes: Passes = ()
        self.iterations: Iterations | None = None
        self.start_with({})

    def call(self, span: Span, thing: Any, *args: Any, **options: Any) -> Any:
        """Call a value of the program, as the program would."""
        return self._call(self, span, thing, args, options)

    def calculate(self, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """`a symbol b`, as the program would compute it."""
        return self._calculate(self, span, symbol, apply, a, b)

    def start_with(self, names: dict[str, Any]) -> None:
        """Set the program's variables."""
        self.globals = self.variables = names
        self.visible: Mapping[str, Any] = names

    def begin(self, budget: Budget) -> None:
        """Begin a part of the run with this much time."""
        self.meter.begin(budget)
        if self.iterations is None:
            self._passes = ()

    @property
    def passes(self) -> Passes:
        """The passes of the loops that the program is in, the outermost first.

        In a program that was divided before, the loop over its iterations is none of them.
        """
        return self._passes

    @passes.setter
    def passes(self, passes: Passes) -> None:
        self._passes = passes
        self.within(passes)

    def within(self, inner: Passes) -> None:
        """Tell the observer that what comes next is in these passes, and in no other inner loop."""
        if self.quiet or self.apart:
            return
        if self.iterations is None:
            self.observer.within(tuple([one.number for one in inner]))
        else:
            self.iterations.report(self._passes, inner, self.observer)

    def iterates(self, trains: bool) -> bool:
        """Whether each pass of a loop is an iteration."""
        iterations = self.iterations
        return trains and iterations is not None and not (iterations.past or self.quiet or self.apart)

    def enter(self, passes: Passes) -> None:
        """Begin an iteration, the last of these passes."""
        assert self.iterations is not None, "the loop's passes are iterations"
        self.iterations.enter(passes)
        self.passes = passes

    def leave(self, passes: Passes) -> None:
        """Leave the loops inside of these passes."""
        if self.iterations is not None and not (self.quiet or self.apart):
            self.iterations.leave(passes)
        self.passes = passes

    @property
    def scopes(self) -> Sequence[Mapping[str, Any]]:
        """The names of the program, of the functions that are running, and of those around their source."""
        return self.globals, *self._callers, self.variables, *self.enclosing

    @property
    def closure(self) -> Enclosing:
        """What the functions and comprehensions that are made now see around them."""
        return self.enclosing if self.variables is self.globals else (self.variables, *self.enclosing)

    @contextmanager
    def with_names(self, names: dict[str, Any], enclosing: Enclosing) -> Iterator[None]:
        """Run a comprehension or the body of a class inside, with these as its own names; no frame shows them."""
        before = self.variables, self.enclosing
        self.variables, self.enclosing = names, enclosing
        try:
            yield
        finally:
            self.variables, self.enclosing = before

    @contextmanager
    def inside(self, names: dict[str, Any], enclosing: Enclosing, sees: Sees) -> Iterator[Mapping[str, Any]]:
        """Run a function inside, with these as its own names; yield the variables that its caller sees.

        `enclosing` are the names around its source. Raises LimitReached if too many calls are nested.
        """
        self.check_depth()
        before = self.variables, self.enclosing, self.visible
        self.variables, self.enclosing = names, enclosing
        others = NotHidden(self.globals, sees.own) if sees.own else self.globals
        mine = ChainMap(names, Free(enclosing, sees.free), others) if sees.free else ChainMap(names, others)
        self.visible = mine
        self._callers.append(before[0])
        self.depth += 1
        hearing, self.hearing = self.hearing, None
        if hearing is not None:
            hearing.silent += 1
        try:
            yield before[2]
        finally:
            if hearing is not None:
                hearing.silent -= 1
            self.hearing = hearing
            self.depth -= 1
            self._callers.pop()
            rebound = self.visible is not mine
            self.variables, self.enclosing, self.visible = before
            if rebound:
                self.rebound()

    def check_depth(self) -> None:
        """Raise LimitReached if the part's time is over, or too many calls are nested."""
        self.meter.check_time()
        if self.depth >= limits.DEPTH:
            raise LimitReached(f"Calls of functions are nested at most {limits.DEPTH} deep here.")
        if _stack_reaches(sys.getrecursionlimit() - _RESERVE):
            raise LimitReached("The functions and expressions are nested too deeply; call fewer in each.")

    def rebound(self) -> None:
        """A function bound a name that is not its own: what is visible may have changed."""
        maps = self.visible.maps if isinstance(self.visible, ChainMap) else [self.visible]
        self.visible = ChainMap(*maps)


def _stack_reaches(depth: int) -> bool:
    """Whether Python's stack has at least this many frames."""
    try:
        sys._getframe(depth)
    except ValueError:
        return False
    return True


#: An expression of a program, ready to run.
Expression: TypeAlias = Callable[[State], Any]
