"""The names that a script sees at a statement, as the mapping that an Observer expects."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Mapping
from types import FrameType
from typing import Any, NamedTuple

from viz.watching.hidden import NotHidden

_MISSING = object()


class _Inside(NamedTuple):
    """A running function: what it sees, and its own names that had a value when it was looked at."""

    frame: FrameType
    visible: Mapping[str, Any]
    held: set[str]


class Visible:
    """The names of a module and of its running functions.

    An Observer looks at every name if it gets another mapping than before; otherwise it looks only at the names
    that the statement is known to bind. So if any other name was bound, `at` returns another mapping.
    """

    def __init__(self, module: dict[str, Any]) -> None:
        self._module = module
        self._own = {*module, "__annotations__"}  # `__name__` and the like
        self._names: dict[str, Any] = {}
        self._functions: list[_Inside] = []

    def at(self, frame: FrameType, bound: Collection[str] = ()) -> Mapping[str, Any]:
        """Return what is visible in a frame after a statement that binds the names `bound`."""
        expected = self._update(bound)
        if frame.f_globals is self._module and frame.f_code.co_name == "<module>":
            return self._names if expected else ChainMap(self._names)
        held = _locals(frame)
        last = self._functions[-1] if self._functions else None
        known = last is not None and last.frame is frame
        if expected and last is not None and known and last.held <= held.keys():
            last.held.update(held)
            return last.visible
        inside = self._inside(frame, held)
        if known:
            self._functions[-1] = inside
        return inside.visible

    def enter(self, frame: FrameType) -> None:
        """A function begins to run in this frame."""
        self._functions.append(self._inside(frame, _locals(frame)))

    def leave(self) -> None:
        """The function that was entered last has ended."""
        self._functions.pop()

    def _inside(self, frame: FrameType, held: dict[str, Any]) -> _Inside:
        """Return what a function's frame sees; its names `held` are those with a value."""
        code = frame.f_code
        hidden = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        return _Inside(frame, ChainMap(held, NotHidden(self._names, hidden)), set(held))

    def _update(self, bound: Collection[str]) -> bool:
        """Update the names from the module; return whether only names in `bound` changed."""
        names, own = self._names, self._own
        changed = [
            name
            for name, thing in self._module.items()
            if names.get(name, _MISSING) is not thing and name not in own
        ]
        for name in changed:
            names[name] = self._module[name]
        gone = (
            [name for name in names if name not in self._module]
            if len(names) > len(self._module) - len(own)
            else ()
        )
        for name in gone:
            del names[name]
        return not gone and all(name in bound for name in changed)


def _locals(frame: FrameType) -> dict[str, Any]:
    """Return a function's names, up to date, without the `__class__` that `super()` needs."""
    held = frame.f_locals
    held.pop("__class__", None)
    return held
