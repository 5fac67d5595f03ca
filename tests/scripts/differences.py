"""Finds where two recordings of a program differ, except where Python and the language may differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from viz.frames.events import Evaluated
from viz.frames.frame import Frame, Variable

#: Kinds of values that the language describes in its own way: a module by its name, a function by its head.
_IN_OTHER_WORDS = frozenset({"module", "function"})


def differences(one: Sequence[Frame], other: Sequence[Frame]) -> Iterator[str]:
    """Where the frames differ: the number of the frame, the place in it, and the two values there."""
    if len(one) != len(other):
        yield f"{len(one)} frames and {len(other)}"
    for number, (left, right) in enumerate(zip(one, other, strict=False)):
        found = _differences(_comparable(left), _comparable(right), "")
        yield from (f"frame {number}, line {left.line}: {text}" for text in found)


def _comparable(frame: Frame) -> Frame:
    """The frame without what may differ.

    These are its time; the library function that an expression statement calls, which only the language knows,
    from its tables; what a scheduler writes into the optimizer's groups besides the lr, which no name holds; and
    the traceback of an error, as a program of the language is in no file.
    """
    event = replace(frame.event, function="") if isinstance(frame.event, Evaluated) else frame.event
    changes = tuple([one for one in frame.changes if ".param_groups[" not in one.name])
    error = replace(frame.error, traceback=()) if frame.error else None
    return replace(frame, seconds=0.0, event=event, changes=changes, error=error)


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, Variable) and isinstance(other, Variable):
        is_object = one.kind == "module" and other.text.startswith("an object of the class ")
        if is_object or {one.kind, other.kind} <= _IN_OTHER_WORDS:
            return
    parts = _parts(one) if type(one) is type(other) else None
    if parts is None:
        if repr(one) != repr(other):
            yield f"{place}: {one!r} and {other!r}"
        return
    others = _parts(other) or {}
    for name in parts | others:
        yield from _differences(parts.get(name), others.get(name), f"{place}{name}")


def _parts(thing: Any) -> dict[str, Any] | None:
    """The parts of an object, by the source that follows its name; None if it has no parts."""
    if is_dataclass(thing):
        return {f".{field.name}": getattr(thing, field.name) for field in fields(thing)}
    if isinstance(thing, dict):
        return {f"[{key!r}]": one for key, one in thing.items()}
    if isinstance(thing, (list, tuple)):
        return {f"[{number}]": one for number, one in enumerate(thing)}
    return None
