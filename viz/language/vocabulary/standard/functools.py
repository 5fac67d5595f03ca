"""`functools`, and the functions of `operator` that go with it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Attribute, Function, Library
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.kinds import Kind, kind_of, quoted
from viz.language.runtime.state import State
from viz.language.vocabulary.operations import ARITHMETIC, COMPARISONS

_NONE = object()
#: The operators that are functions too, by the names of those: their symbols.
_OPERATORS = {function.__name__: symbol for symbol, function in (ARITHMETIC | COMPARISONS).items()}


class Partial(Callback):
    """`partial(function, …)`: a call of the function with these arguments before the others."""

    __slots__ = ("_state", "args", "func", "keywords")

    def __init__(self, state: State, func: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        self._state = state
        self.func, self.args, self.keywords = func, args, keywords

    @property
    def holds(self) -> tuple[Any, ...]:
        """The function and its arguments."""
        return self.func, *self.args, *self.keywords.values()

    def __str__(self) -> str:
        return f"partial({self.func})"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function."""
        state = self._state
        return state.call(state.span, self.func, *self.args, *args, **(self.keywords | options))


class Getter(Callback):
    """`itemgetter(…)`: a function that returns the entry with a key, or the entries with several."""

    __slots__ = ("_keys", "_state")

    def __init__(self, state: State, keys: tuple[Any, ...]) -> None:
        self._state = state
        self._keys = keys

    @property
    def holds(self) -> tuple[Any, ...]:
        """The keys."""
        return self._keys

    def __str__(self) -> str:
        return f"itemgetter({', '.join(map(repr, self._keys))})"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The entry of the one argument."""
        (thing,) = args
        state = self._state
        found = tuple([kind_of(thing).index(state, state.span, thing, key) for key in self._keys])
        return found if len(found) > 1 else found[0]


class Same(Callback):
    """What `wraps(…)` returns: a decorator that changes nothing here."""

    __slots__ = ()
    holds: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return "wraps"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The function itself."""
        (function,) = args
        return function


def _partial(state: State, span: Span, func: Any, /, *args: Any, **keywords: Any) -> Partial:
    return Partial(state, func, args, keywords)


def _reduce(state: State, span: Span, function: Any, sequence: Any, initial: Any = _NONE, /) -> Any:
    total = initial
    for one in entries_of(state, span, sequence):
        state.meter.check_time()
        total = one if total is _NONE else state.call(span, function, total, one)
    if total is _NONE:
        raise TypeError("reduce() of empty iterable with no initial value")
    return total


def _wraps(state: State, span: Span, wrapped: Any, /) -> Same:
    return Same()


def _itemgetter(state: State, span: Span, item: Any, /, *items: Any) -> Getter:
    return Getter(state, (item, *items))


def _calculating(name: str) -> Function:
    apply: Callable[[Any, Any], Any] = getattr(operator, name)
    symbol = _OPERATORS[name]

    def run(state: State, span: Span, a: Any, b: Any, /) -> Any:
        return state.calculate(span, symbol, apply, a, b)

    return by_signature(f"operator.{name}", run)


FUNCTOOLS = Library(
    "functools",
    {
        "partial": by_signature("functools.partial", _partial, callables=True),
        "reduce": by_signature("functools.reduce", _reduce, callables=True),
        "wraps": by_signature("functools.wraps", _wraps, callables=True),
    },
)
OPERATOR = Library(
    "operator",
    {
        **{name: _calculating(name) for name in _OPERATORS},
        "itemgetter": by_signature("operator.itemgetter", _itemgetter),
    },
)
_CALLED = Kind(says=quoted, inside=lambda thing: thing.holds, own=True)
_PARTIAL_ATTRIBUTES = {
    "func": Attribute("func", lambda thing: thing.func),
    "args": Attribute("args", lambda thing: thing.args),
    "keywords": Attribute("keywords", lambda thing: thing.keywords),
}
KINDS: dict[type, Kind] = {
    Partial: Kind(says=quoted, inside=lambda thing: thing.holds, attributes=_PARTIAL_ATTRIBUTES, own=True),
    Getter: _CALLED,
    Same: _CALLED,
}
