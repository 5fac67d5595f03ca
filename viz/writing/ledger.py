"""The ledger: its columns, its rows, and the cells that a statement fills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from viz.frames.events import (
    Accumulation,
    Assigned,
    Backward,
    Cleared,
    Stepped,
    Update,
)
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.slots import cell_slot
from viz.writing.drawing_state import Texts
from viz.writing.numbers import MINUS, brief

#: Column or slot -> its text, and the tensor that it shows if it is one tensor.
Cells = dict[str, "tuple[str, Value | None]"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the ledger: the suffix of its slots, its head, and its meaning, which sets the colour."""

    key: str
    head: str
    meaning: str
    sign: str = ""


#: The ledger's columns from left to right; `sign` separates a column from the one before.
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
    """The names of the leaves that require a gradient, in the program's order."""
    return [
        name
        for name, variable in frame.variables.items()
        if variable.kind == "tensor" and variable.requires_grad and variable.is_leaf
    ]


def ledger_rows(frames: Iterable[Frame]) -> dict[str, int]:
    """The row of each parameter in the ledger: one for each leaf in any of these frames."""
    names = dict.fromkeys([name for frame in frames for name in parameters(frame)])
    return {name: row for row, name in enumerate(names)}


def parameter_shapes(frames: Iterable[Frame], rows: Iterable[str]) -> Iterator[tuple[int, ...]]:
    """The shape of each parameter in the ledger, in the last of these frames that has it.

    That of a Summary is empty: it has no picture, and a nested tensor's shape is not made of numbers.
    """
    last = {name: one for frame in frames for name, one in frame.variables.items()}
    return (last[name].shape if isinstance(last[name].value, list) else () for name in rows)


def ledger_texts(frame: Frame, rows: Mapping[str, int]) -> Texts:
    """The texts of the cells that this statement fills, by slot."""
    return {slot: text for slot, (text, _) in ledger_cells(frame, rows).items()}


def ledger_cells(frame: Frame, rows: Mapping[str, int]) -> Cells:
    """The cells that this statement fills, by slot."""
    filled: Cells = {}
    # A row shows what backward added to a `.grad`, even if a `.grad` with the same memory changed it later.
    added = {one.name for one in _added(frame)}
    changes = [(name, cells) for name, cells in _change_cells(frame) if name not in added]
    for name, cells in (*_event_cells(frame), *changes):
        if name in rows:
            filled |= {cell_slot(rows[name], column): cell for column, cell in cells.items()}
    return filled


def _event_cells(frame: Frame) -> Iterator[tuple[str, Cells]]:
    """The cells that the event fills: the name of the row, and its cells by column."""
    match frame.event:
        case Assigned(names):
            for name in parameters(frame):
                if name in names:
                    yield name, {"value": _cell(frame.variables[name].value)}
        case Backward():
            for one in _added(frame):
                sum_ = {"before": one.before, "contribution": one.contribution, "after": one.after}
                yield one.name, {column: _cell(value) for column, value in sum_.items()}
        case Stepped():
            for update in frame.event.updates:
                yield update.name, _update_cells(update)
        case Cleared(grads):
            for name, (_, after) in grads.items():
                yield name, _set_cells(after)


def _cell(value: Value | None) -> tuple[str, Value | None]:
    return brief(value), value


def _added(frame: Frame) -> list[Accumulation]:
    """What a backward added to each `.grad`, without leaves whose name another tensor has now."""
    if not isinstance(frame.event, Backward):
        return []
    held = {name: one.node for name, one in frame.variables.items()}
    return [one for one in frame.event.accumulations if held.get(one.name) == one.node]


def _change_cells(frame: Frame) -> Iterator[tuple[str, Cells]]:
    """The cells for a parameter that a line changed without an optimizer."""
    for change in frame.changes:
        before, after = change.before, change.after
        if isinstance(before, str) or isinstance(after, str):
            continue
        if change.what == "value" and before is not None and after is not None:
            yield change.name, _update_cells(Update(change.name, before, None, after, change.difference))
        elif change.what == "grad":
            yield change.name, _set_cells(after)


def _set_cells(grad: Value | None) -> Cells:
    """The cells of a `.grad` that was set, not added to."""
    return {"before": ("", None), "contribution": ("", None), "after": _cell(grad)}


def value_cells(frame: Frame, rows: Mapping[str, int]) -> Cells:
    """The value column at the beginning of an iteration, by slot."""
    held = [(row, frame.variables[name].value) for name, row in rows.items() if name in frame.variables]
    return {cell_slot(row, "value"): _cell(value) for row, value in held if value is not None}


def _update_cells(update: Update) -> Cells:
    # Optimizers store the number of steps as a float.
    state = [
        f"{name} {value:g}" if name == "step" and isinstance(value, float) else f"{name} {brief(value)}"
        for name, value in update.state_after.items()
        if value is not None
    ]
    return {
        "value": _cell(update.before),
        "state": ("  ".join(state) or "none", None),
        "change": (_signed(update), update.change),
        "new": _cell(update.after),
    }


def _signed(update: Update) -> str:
    """The change with its sign."""
    text = brief(update.change)
    return text if text == "0" or text[0] in f"{MINUS}[n" else f"+{text}"
