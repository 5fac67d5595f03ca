"""The values that the page shows next to a line of code."""

from __future__ import annotations

from collections.abc import Sequence

from viz.frames.events import (
    Assigned,
    Backward,
    Caught,
    Cleared,
    Decided,
    Evaluated,
    Passed,
    Returned,
    Scheduled,
    Stepped,
)
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.writing.changes import beside, meaning
from viz.writing.numbers import brief
from viz.writing.sentences import in_program_order


def code_text(frame: Frame) -> tuple[str, str]:
    """The text next to the line of `frame`, and its meaning: `value`, `gradient`, `update` or `error`."""
    if frame.error is not None:
        return frame.error.kind, "error"
    # A line that changed something before and after it called a function shows the last value.
    changed = list({(one.name, one.what): one for one in frame.changes if one.what != "inside"}.values())
    text, colour = _of_event(frame, {one.name for one in changed})
    if not changed:
        return text, colour
    return "  ".join([*([text] if text else []), *map(beside, changed)]), colour if text else meaning(changed)


def _of_event(frame: Frame, changed: set[str]) -> tuple[str, str]:
    """The event's text next to the line, without the names in `changed`, and its meaning."""
    match frame.event:
        case Assigned(names):
            return _values(frame, [name for name in names if name not in changed]), "value"
        case Evaluated():
            return "" if changed else " ".join(frame.printed.split()), "value"
        case Caught(kind=kind):
            return kind, "value"
        case Passed(names):
            return "" if frame.event.over else _values(frame, names), "value"
        case Decided(_, _, holds):
            return str(holds), "value"
        case Returned(value=value) if value is not None:
            return brief(value), "value"
        case Cleared(grads=grads):
            return _grads({name: after for name, (_, after) in grads.items()}), "gradient"
        case Backward(derivatives=derivatives) if derivatives is not None:
            return ", ".join([brief(one.value) for one in derivatives]), "gradient"
        case Backward():
            kept = [one for one in in_program_order(frame.event) if one.name and one.name not in changed]
            return _grads({one.name: one.after for one in kept}), "gradient"
        case Stepped():
            moved = [f"{update.name} {brief(update.after)}" for update in frame.event.updates]
            return "  ".join(moved), "update"
        case Scheduled():
            return f"lr {', '.join(f'{one:.4g}' for one in frame.event.after)}", "update"
    return "", "value"


def _values(frame: Frame, names: Sequence[str]) -> str:
    values = [frame.variables[name] for name in names if name in frame.variables]
    return ", ".join([brief(one.value) for one in values if one.value is not None])


def _grads(grads: dict[str, Value | None]) -> str:
    return "  ".join(f"{name} {brief(grad)}" for name, grad in grads.items())
