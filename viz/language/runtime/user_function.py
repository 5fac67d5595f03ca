"""The functions of a running program, which are values that torch may call too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viz.language.runtime.callback import Callback
from viz.language.runtime.flow import called, run_block
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.state import Expression, State


@dataclass(frozen=True, slots=True)
class Written:
    """The source of a function: its name, its arguments, and its statements or its expression."""

    name: str
    arguments: tuple[str, ...]
    defaults: Mapping[str, Expression]
    body: tuple[Statement, ...] = ()
    expression: Expression | None = None

    @property
    def changes(self) -> bool:
        """Whether running it twice may differ from running it once."""
        return any(one.changes for one in self.body)


class Defined(Callback):
    """A function of a running program, which torch may call too; its defaults were evaluated when it was made."""

    __slots__ = ("_defaults", "_state", "written")

    def __init__(self, written: Written, state: State) -> None:
        self.written = written
        self._state = state
        self._defaults = {name: one(state) for name, one in written.defaults.items()}

    @property
    def holds(self) -> Mapping[str, Any]:
        """The defaults of its arguments."""
        return self._defaults

    def __str__(self) -> str:
        return f"{self.written.name}({', '.join(self.written.arguments)})"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run the function's statements, each with a frame of its own, and return the function's result."""
        state, written = self._state, self.written
        names = self._bind(args, options)
        span, passes = state.span, state.passes
        if written.expression is not None:
            with state.inside(names):
                result = written.expression(state)
        else:
            with state.inside(names) as caller, called(state, caller):
                flow = run_block(state, written.body)
                result, state.result = (state.result if flow is Flow.RETURN else None), None
        state.span, state.passes = span, passes
        return result

    def _bind(self, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the function's arguments; raises TypeError, in Python's words, if they do not fit."""
        name, arguments = _called(self.written), self.written.arguments
        names = dict(zip(arguments, args, strict=False))
        for option, value in options.items():
            if option not in arguments:
                raise TypeError(f"{name}() got an unexpected keyword argument {option!r}")
            if option in names:
                raise TypeError(f"{name}() got multiple values for argument {option!r}")
            names[option] = value
        if len(args) > len(arguments):
            raise TypeError(f"{name}() takes {self._takes(arguments)} but {_were(len(args))} given")
        bound = {**self._defaults, **names}
        missing = [repr(one) for one in arguments if one not in bound]
        if missing:
            count = f"{len(missing)} required positional argument{'s' if len(missing) > 1 else ''}"
            raise TypeError(f"{name}() missing {count}: {_listed(missing)}")
        return {one: bound[one] for one in arguments}

    def _takes(self, arguments: Sequence[str]) -> str:
        """How many arguments the function takes, in Python's words."""
        least, most = len(arguments) - len(self._defaults), len(arguments)
        plural = "argument" if most == 1 and least == most else "arguments"
        return f"{most} positional {plural}" if least == most else f"from {least} to {most} positional {plural}"


def _called(written: Written) -> str:
    """The name of a function in Python's error messages."""
    return "<lambda>" if written.expression is not None else written.name


def _were(count: int) -> str:
    return f"{count} {'was' if count == 1 else 'were'}"


def _listed(names: Sequence[str]) -> str:
    """`'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
