"""Functions of a running program: they are values, and torch may call them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viz.language.entries import Callback
from viz.language.flow import run_block
from viz.language.program import Flow, Statement
from viz.language.state import Expression, State


@dataclass(frozen=True, slots=True)
class Written:
    """A function as it is written: its name, its arguments, and its statements or its one expression."""

    name: str
    arguments: tuple[str, ...]
    defaults: Mapping[str, Expression]
    body: tuple[Statement, ...] = ()
    expression: Expression | None = None

    @property
    def changes(self) -> bool:
        """True where running it twice may not be the same as running it once."""
        return any(one.changes for one in self.body)


class Defined(Callback):
    """A function of a running program, which torch may call too; its defaults were evaluated where it was made."""

    __slots__ = ("_defaults", "_state", "written")

    def __init__(self, written: Written, state: State) -> None:
        self.written = written
        self._state = state
        self._defaults = {name: one(state) for name, one in written.defaults.items()}

    @property
    def holds(self) -> Iterable[Any]:
        """What its arguments are where they are left out."""
        return self._defaults.values()

    def __str__(self) -> str:
        return f"{self.written.name}({', '.join(self.written.arguments)})"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run the function's statements, each with a frame of its own; what it returns."""
        state, written = self._state, self.written
        names = self._bind(args, options)
        span, passes = state.span, state.passes
        with state.inside(names):
            if written.expression is not None:
                result = written.expression(state)
            else:
                flow = run_block(state, written.body)
                result, state.result = (state.result if flow is Flow.RETURN else None), None
        state.span, state.passes = span, passes
        return result

    def _bind(self, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """What the function's arguments hold; TypeError, as Python's, where they do not fit."""
        name, arguments = self.written.name, self.written.arguments
        if len(args) > len(arguments):
            raise TypeError(f"{name}() takes {len(arguments)} positional arguments but {len(args)} were given")
        names = dict(zip(arguments, args, strict=False))
        for option, value in options.items():
            if option not in arguments:
                raise TypeError(f"{name}() got an unexpected keyword argument {option!r}")
            if option in names:
                raise TypeError(f"{name}() got multiple values for argument {option!r}")
            names[option] = value
        bound = {**self._defaults, **names}
        missing = [one for one in arguments if one not in bound]
        if missing:
            raise TypeError(f"{name}() is missing the argument {missing[0]!r}")
        return {one: bound[one] for one in arguments}
