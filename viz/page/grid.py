"""A table of numbers that is a view of the source: an edited cell rewrites the program once it is a number.

The cells are strings, as the program writes its numbers. Streamlit's number columns do not work here: their only
exact format shows 500 as 499.99999999999994 (numbro scales by 1e20), and they read 1,5 as 15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from viz.editing import TensorLiteral, number_text
from viz.page.cells import as_text, number_in, why_none

#: A table by columns.
Columns = Mapping[str, Sequence[float]]
#: A table by columns as it is written; an empty string is an empty cell.
Cells = Mapping[str, Sequence[str]]

_MOST_SENTENCES = 5
_HEIGHT = 240
_WAITS = "The program keeps its old numbers until every cell has a number."


@dataclass(slots=True)
class _Editor:
    """The data of a mounted table. It has to stay the same, or the table would lose the cell that is being edited.

    `base` has the cells without the edits, `shown` the program's numbers when the table was last drawn. If the
    program's numbers changed for another reason, a new table is mounted, with the number `mounted`.
    """

    base: Cells = field(default_factory=dict)
    shown: Columns = field(default_factory=dict)
    mounted: int = 0


def draw_grid(
    key: str,
    columns: Columns,
    then: Callable[[dict[str, list[float]]], bool],
    *,
    alt: str,
    most_rows: int | None = None,
) -> None:
    """Draw a table of the program's numbers; `then` puts new numbers on stage and returns whether that worked.

    With `most_rows`, rows can be added and removed. If a cell is not a number, the program stays as it is, a
    message names the cell, and what was typed stays.
    """
    editor = _editor(key)
    if columns != editor.shown:
        base = {name: [number_text(value) for value in values] for name, values in columns.items()}
        editor.base, editor.shown, editor.mounted = base, columns, editor.mounted + 1
    widget = f"{key}.{editor.mounted}"
    st.data_editor(
        pd.DataFrame(editor.base, dtype=object),
        key=widget,
        width="stretch",
        height=_HEIGHT if most_rows else "auto",
        hide_index=True,
        num_rows="dynamic" if most_rows else "fixed",
        column_config={name: st.column_config.TextColumn(alignment="right", width="small") for name in columns},
        on_change=_edited,
        args=(key, widget, then, most_rows),
        alt=alt,
    )
    shown = with_edits(editor.base, st.session_state[widget])
    refused = [] if numbers_in(shown) == columns else ["These numbers are not in the program yet."]
    sentences = complaints(shown, most_rows) or refused
    if sentences:
        st.warning("\n\n".join(map(as_text, sentences)))


def draw_tensor(key: str, tensor: TensorLiteral, then: Callable[[list[float]], bool]) -> None:
    """Draw a tensor's numbers, the last dimension across, the others down; `then` gets them in row-major order."""
    width = tensor.shape[-1] if len(tensor.shape) > 1 else 1
    names = [str(place) for place in range(width)] if width > 1 else [tensor.name]
    columns = {name: list(tensor.values[place::width]) for place, name in enumerate(names)}

    def put(changed: Mapping[str, Sequence[float]]) -> bool:
        rows = zip(*(changed[name] for name in names), strict=True)
        return then([value for row in rows for value in row])

    said = f"{tensor.name}, {' × '.join(map(str, tensor.shape))}"
    st.caption(said)
    draw_grid(f"{key}.{width}", columns, put, alt=f"The numbers of {said}")


def _editor(key: str) -> _Editor:
    editor: _Editor = st.session_state.setdefault(f"{key}.editor", _Editor())
    return editor


def _edited(key: str, widget: str, then: Callable[[dict[str, list[float]]], bool], most_rows: int | None) -> None:
    """Put the table's numbers on stage if every cell has one."""
    editor = _editor(key)
    cells = with_edits(editor.base, st.session_state[widget])
    if complaints(cells, most_rows):
        return
    numbers = numbers_in(cells)
    if then(numbers):
        editor.shown = numbers


def with_edits(cells: Cells, edits: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the cells after the edits that `st.data_editor` keeps in the session state."""
    rows: list[dict[str, Any]] = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    for place, edited in edits["edited_rows"].items():
        rows[int(place)].update(edited)
    gone = set(edits["deleted_rows"])
    rows = [row for place, row in enumerate(rows) if place not in gone] + list(edits["added_rows"])
    # An empty cell is None; a browser may send anything else.
    return {name: ["" if row.get(name) is None else str(row[name]) for row in rows] for name in cells}


def numbers_in(cells: Cells) -> dict[str, list[float]]:
    """Return the numbers of the cells that have one."""
    read = {name: [number_in(cell) for cell in written] for name, written in cells.items()}
    return {name: [number for number in numbers if number is not None] for name, numbers in read.items()}


def complaints(cells: Cells, most_rows: int | None) -> list[str]:
    """Return why the program cannot use a table: a sentence for each of the first few cells without a number."""
    count = max(map(len, cells.values()), default=0)
    if not count:
        return ["The table needs at least one row."]
    if most_rows is not None and count > most_rows:
        return [f"The table has {count:,} rows; a program holds at most {most_rows:,}. Remove some."]
    bad = [
        f"Row {place}, column {name}: {why_none(written[place - 1])}"
        for place in range(1, count + 1)
        for name, written in cells.items()
        if number_in(written[place - 1]) is None
    ]
    more = len(bad) - _MOST_SENTENCES
    shown = [*bad[:_MOST_SENTENCES], *([f"{more} more cells have no number."] if more > 0 else [])]
    return [*shown, _WAITS] if bad else []
