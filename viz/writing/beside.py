"""Frame -> the values that stand beside the lines of the code, and the cells of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from viz.frames.events import (
    Accumulation,
    Assigned,
    Backward,
    Cleared,
    Decided,
    Evaluated,
    Passed,
    Returned,
    Scheduled,
    Stepped,
    Update,
)
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.slots import cell_slot
from viz.writing.changing import beside, meaning
from viz.writing.marks import Texts
from viz.writing.numbers import MINUS, brief
from viz.writing.sentences import in_program_order


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the ledger: the slot's suffix, what the head says, and which meaning (colour) it has."""

    key: str
    head: str
    meaning: str
    sign: str = ""


#: The ledger's columns from left to right; `sign` stands between a column and the one before it.
LEDGER = (
    Column("value", "value", "value"),
    Column("before", ".grad before", "gradient"),
    Column("contribution", "contribution", "gradient", "+"),
    Column("after", ".grad after", "gradient", "="),
    Column("state", "optimizer state", "state"),
    Column("change", "update", "update"),
    Column("new", "new value", "update", "→"),
)


def parameters(frame: Frame) -> list[str]:
    """The names of the leaves that need a gradient, in the program's order."""
    return [
        name
        for name, variable in frame.variables.items()
        if variable.kind == "tensor" and variable.requires_grad and variable.is_leaf
    ]


def ledger_rows(frames: Iterable[Frame]) -> dict[str, int]:
    """The rows of the ledger by the names of their parameters: the leaves that one of these frames has."""
    names = dict.fromkeys([name for frame in frames for name in parameters(frame)])
    return {name: row for row, name in enumerate(names)}


def code_text(frame: Frame) -> tuple[str, str]:
    """What stands beside the line of `frame`, and its meaning (`value`, `gradient`, `update`, `error`)."""
    if frame.error is not None:
        return frame.error.kind, "error"
    # What a line changed before and after a function that it called has its last value beside it.
    changed = list({(one.name, one.what): one for one in frame.changes if one.what != "inside"}.values())
    text, colour = _of_event(frame, {one.name for one in changed})
    if not changed:
        return text, colour
    return "  ".join([*([text] if text else []), *map(beside, changed)]), colour if text else meaning(changed)


def _of_event(frame: Frame, changed: set[str]) -> tuple[str, str]:
    """What the event puts beside the line, and its meaning; a name that is among the `changed` is not in it."""
    match frame.event:
        case Assigned(names):
            return _values(frame, [name for name in names if name not in changed]), "value"
        case Evaluated():
            return "" if changed else " ".join(frame.printed.split()), "value"
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


def ledger_texts(frame: Frame, rows: Mapping[str, int]) -> Texts:
    """The ledger's cells that this statement fills: slot -> text."""
    texts: Texts = {}
    # What backward added to a `.grad` is its row, though another `.grad` with the same memory changed it since.
    added = {one.name for one in _added(frame)}
    changes = [(name, cells) for name, cells in _change_texts(frame) if name not in added]
    for name, cells in (*_event_texts(frame), *changes):
        if name in rows:
            texts |= {cell_slot(rows[name], column): text for column, text in cells.items()}
    return texts


def _event_texts(frame: Frame) -> Iterator[tuple[str, Texts]]:
    """The cells of what the event tells, by the column, with the name of the row."""
    match frame.event:
        case Assigned(names):
            for name in parameters(frame):
                if name in names:
                    yield name, {"value": brief(frame.variables[name].value)}
        case Backward():
            for one in _added(frame):
                sum_ = {"before": one.before, "contribution": one.contribution, "after": one.after}
                yield one.name, {column: brief(value) for column, value in sum_.items()}
        case Stepped():
            for update in frame.event.updates:
                yield update.name, _update_texts(update)
        case Cleared(grads):
            for name, (_, after) in grads.items():
                yield name, _set_texts(after)


def _added(frame: Frame) -> list[Accumulation]:
    """What a backward added to the `.grad` of what its names hold: another leaf may have had the name before."""
    if not isinstance(frame.event, Backward):
        return []
    held = {name: one.node for name, one in frame.variables.items()}
    return [one for one in frame.event.accumulations if held.get(one.name) == one.node]


def _change_texts(frame: Frame) -> Iterator[tuple[str, Texts]]:
    """The cells of what a line changed of a parameter, without an optimizer."""
    for change in frame.changes:
        before, after = change.before, change.after
        if isinstance(before, str) or isinstance(after, str):
            continue
        if change.what == "value" and before is not None and after is not None:
            yield change.name, _update_texts(Update(change.name, before, None, after, change.difference))
        elif change.what == "grad":
            yield change.name, _set_texts(after)


def _set_texts(grad: Value | None) -> Texts:
    """A `.grad` that no backward added to: there is no sum."""
    return {"before": "", "contribution": "", "after": brief(grad)}


def value_texts(frame: Frame, rows: Mapping[str, int]) -> Texts:
    """The value column as an iteration begins with it."""
    held = [(row, frame.variables[name].value) for name, row in rows.items() if name in frame.variables]
    return {cell_slot(row, "value"): brief(value) for row, value in held if value is not None}


def _update_texts(update: Update) -> Texts:
    # Optimizers count their steps in a float; it is a count all the same.
    state = [
        f"{name} {value:g}" if name == "step" and isinstance(value, float) else f"{name} {brief(value)}"
        for name, value in update.state_after.items()
        if value is not None
    ]
    return {
        "value": brief(update.before),
        "state": "  ".join(state) or "none",
        "change": _signed(update),
        "new": brief(update.after),
    }


def _signed(update: Update) -> str:
    """The change with its sign, as it is added to the value."""
    text = brief(update.change)
    return text if text == "0" or text[0] in f"{MINUS}[n" else f"+{text}"
