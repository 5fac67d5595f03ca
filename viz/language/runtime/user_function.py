"""The functions of a running program, which are values that torch may call too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from viz.language.runtime.callback import Callback
from viz.language.runtime.flow import called, run_block
from viz.language.runtime.generators import Generated
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.signature import Signature
from viz.language.runtime.state import Enclosing, Expression, Sees, State


@dataclass(frozen=True, slots=True)
class Written:
    """The source of a function: its name, its arguments, and its statements or its expression.

    `title` is its name in Python's messages (`Net.forward`), and `sees` has the names that are not the program's
    own. `rebinds` says that it binds a name that is not its own, and
    `yields` that a call makes a generator.
    """

    name: str
    title: str
    signature: Signature
    defaults: Mapping[str, Expression]
    sees: Sees
    body: tuple[Statement, ...] = ()
    expression: Expression | None = None
    rebinds: bool = False
    yields: bool = False

    @property
    def changes(self) -> bool:
        """Whether running it twice may differ from running it once."""
        return self.rebinds or any(one.changes for one in self.body)


class Defined(Callback):
    """A function of a running program, which torch may call too; its defaults were evaluated when it was made."""

    __slots__ = ("_closure", "_defaults", "_state", "written")

    def __init__(self, written: Written, state: State, closure: Enclosing = ()) -> None:
        self.written = written
        self._state = state
        self._closure = closure
        self._defaults = {name: one(state) for name, one in written.defaults.items()}

    @property
    def holds(self) -> tuple[Mapping[str, Any], ...]:
        """The defaults of its arguments, and the names around it that it may use."""
        return (self._defaults, *(self._closure if self.written.sees.free else ()))

    def __str__(self) -> str:
        return f"{self.written.name}({self.written.signature})"

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run the function's statements, each with a frame of its own, and return the function's result."""
        state, written = self._state, self.written
        names = written.signature.bind(written.title, args, options, self._defaults)
        if written.yields:
            return Generated(written.title, state, written.body, names, self._closure, written.sees)
        span, passes = state.span, state.passes
        if written.expression is not None:
            with state.inside(names, self._closure, written.sees):
                result = written.expression(state)
        else:
            with state.inside(names, self._closure, written.sees) as caller, called(state, caller, written.title):
                flow = run_block(state, written.body)
                result, state.result = (state.result if flow is Flow.RETURN else None), None
        state.span, state.passes = span, passes
        if written.rebinds:
            state.rebound()
        return result


#: Enters a mode of autograd each time that it is called.
Mode: TypeAlias = Callable[[], AbstractContextManager[Any]]


class InMode(Callback):
    """A function under a decorator such as `@torch.no_grad()`: each call runs in a mode of autograd."""

    __slots__ = ("_function", "_mode")

    def __init__(self, function: Callback, mode: Mode) -> None:
        self._function = function
        self._mode = mode

    @property
    def holds(self) -> tuple[Any, ...]:
        """The function."""
        return (self._function,)

    def __str__(self) -> str:
        return str(self._function)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function in the mode."""
        with self._mode():
            return self._function(*args, **options)
