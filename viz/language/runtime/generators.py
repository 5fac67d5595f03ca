"""The generators of a running program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from viz.language.runtime.flow import steps
from viz.language.runtime.meter import GENERATOR

if TYPE_CHECKING:
    from viz.language.runtime.program import Statement
    from viz.language.runtime.state import Enclosing, Sees, State


class Paused(Iterator[Any]):
    """Code of the program that runs as it is iterated over: a generator, or a generator expression.

    The statements of a generator have no frames. They cannot pause inside a `with` or a `try`:
    a generator that is never finished would end those at any time.
    """

    __slots__ = ("_entries", "_state", "closure", "names")

    def __init__(self, state: State, entries: Iterator[Any], names: dict[str, Any], closure: Enclosing) -> None:
        self._state = state
        self._entries = entries
        #: The names of the code itself, and those around it.
        self.names, self.closure = names, closure
        state.meter.count_bytes(GENERATOR)

    @property
    def holds(self) -> tuple[Any, ...]:
        """The values of its names."""
        return (self.names, *self.closure)

    def __next__(self) -> Any:
        state = self._state
        span = state.span
        with self._inside(state):
            try:
                return next(self._entries)
            finally:
                state.span = span

    def _inside(self, state: State) -> AbstractContextManager[object]:
        """Run with the names of the code inside."""
        state.check_depth()
        return state.with_names(self.names, self.closure)


class Made(Paused):
    """What a generator expression makes."""

    __slots__ = ()

    def __str__(self) -> str:
        return "<generator object <genexpr>>"

    __repr__ = __str__


class Generated(Paused):
    """What a call of a function with a `yield` returns."""

    __slots__ = ("_sees", "_title")

    def __init__(
        self,
        title: str,
        state: State,
        body: Sequence[Statement],
        names: dict[str, Any],
        closure: Enclosing,
        sees: Sees,
    ) -> None:
        super().__init__(state, steps(state, body), names, closure)
        self._title = title
        self._sees = sees

    @contextmanager
    def _inside(self, state: State) -> Iterator[None]:
        quiet, passes = state.quiet, state.passes
        with state.inside(self.names, self.closure, self._sees):
            state.quiet = True
            try:
                yield
            finally:
                state.passes = passes
                state.quiet = quiet

    def __str__(self) -> str:
        return f"<generator object {self._title}>"

    __repr__ = __str__


# What Python calls both, on the page and in its messages.
Made.__name__ = Generated.__name__ = "generator"
