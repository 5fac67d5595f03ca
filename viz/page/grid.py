"""A table of numbers that is a view of the source: an edited cell rewrites the program, an empty one waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from viz.editing import TensorLiteral

#: A table by columns; None is an empty cell.
Columns = Mapping[str, Sequence[float | None]]

_MOST_SENTENCES = 5
_HEIGHT = 240


@dataclass(slots=True)
class _Editor:
    """What a mounted table was given, which it needs back unchanged, or it would forget where one is typing.

    `base` are the numbers under the edits, `shown` those that the program had when it was last looked at. When the
    program's numbers have changed otherwise, the table is mounted anew, as number `mounted`.
    """

    base: Columns = field(default_factory=dict)
    shown: Columns = field(default_factory=dict)
    mounted: int = 0


def show(
    key: str,
    columns: Columns,
    then: Callable[[dict[str, list[float]]], bool],
    *,
    most_rows: int | None = None,
) -> None:
    """Draw a table of the program's numbers; `then` puts other numbers on stage and says whether they are there.

    With `most_rows`, rows can be added and taken out. A table with an empty cell leaves the program as it is, and
    says which cell that is.
    """
    editor = _editor(key)
    if columns != editor.shown:
        editor.base, editor.shown, editor.mounted = columns, columns, editor.mounted + 1
    widget = f"{key}.{editor.mounted}"
    st.data_editor(
        pd.DataFrame(editor.base, dtype=float),
        key=widget,
        width="stretch",
        height=_HEIGHT if most_rows else "auto",
        hide_index=True,
        num_rows="dynamic" if most_rows else "fixed",
        column_config={name: st.column_config.NumberColumn(format="plain", width="small") for name in columns},
        on_change=_edited,
        args=(key, widget, then, most_rows),
    )
    shown = with_edits(editor.base, st.session_state[widget])
    refused = [] if shown == columns else ["The program does not hold these numbers yet."]
    sentences = complaints(shown, most_rows) or refused
    if sentences:
        st.warning("\n\n".join(sentences))


def show_tensor(key: str, tensor: TensorLiteral, then: Callable[[list[float]], bool]) -> None:
    """Draw a tensor's numbers: its last dimension across, the others down. `then` takes them in reading order."""
    width = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    names = [str(place) for place in range(width)] if width > 1 else [tensor.name]
    columns = {name: [float(value) for value in tensor.values[place::width]] for place, name in enumerate(names)}

    def put(changed: Mapping[str, Sequence[float]]) -> bool:
        rows = zip(*(changed[name] for name in names), strict=True)
        return then([value for row in rows for value in row])

    st.caption(f"{tensor.name}, {' × '.join(map(str, tensor.shape))}")
    show(f"{key}.{width}", columns, put)


def _editor(key: str) -> _Editor:
    editor: _Editor = st.session_state.setdefault(f"{key}.editor", _Editor())
    return editor


def _edited(key: str, widget: str, then: Callable[[dict[str, list[float]]], bool], most_rows: int | None) -> None:
    """Put the table's numbers on stage, if all of them are numbers."""
    editor = _editor(key)
    columns = with_edits(editor.base, st.session_state[widget])
    if complaints(columns, most_rows):
        return
    numbers = {name: [value for value in values if value is not None] for name, values in columns.items()}
    if then(numbers):
        editor.shown = numbers


def with_edits(columns: Columns, edits: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """The columns after the edits of a `st.data_editor`, as it keeps them in the session state."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for place, cells in edits["edited_rows"].items():
        rows[int(place)].update(cells)
    gone = set(edits["deleted_rows"])
    rows = [row for place, row in enumerate(rows) if place not in gone] + list(edits["added_rows"])
    return {name: [row.get(name) for row in rows] for name in columns}


def complaints(columns: Columns, most_rows: int | None) -> list[str]:
    """Why the program cannot take a table: a sentence for each empty cell, the first few of them."""
    count = max(map(len, columns.values()), default=0)
    if not count:
        return ["The table needs at least one row."]
    if most_rows is not None and count > most_rows:
        return [f"The table has {count:,} rows; a program holds at most {most_rows:,}."]
    empty = [
        f"Row {place}, column {name}: the cell is empty."
        for place in range(1, count + 1)
        for name, values in columns.items()
        if values[place - 1] is None
    ]
    more = len(empty) - _MOST_SENTENCES
    return [*empty[:_MOST_SENTENCES], *([f"{more} more cells are empty."] if more > 0 else [])]
