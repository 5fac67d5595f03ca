"""A table of numbers that is a view of the source: an edited cell rewrites the program, a bad one waits.

The cells hold strings, as the program writes its numbers. Streamlit's columns of numbers will not do: their one
exact format shows 500 as 499.99999999999994, as numbro scales by 1e20, and they read 1,5 as 15.
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
#: The same as it is written; an empty string is an empty cell.
Cells = Mapping[str, Sequence[str]]

_MOST_SENTENCES = 5
_HEIGHT = 240
_WAITS = "The program keeps its numbers until every cell holds one."


@dataclass(slots=True)
class _Editor:
    """What a mounted table was given, which it needs back unchanged, or it would forget where one is typing.

    `base` are the cells under the edits, `shown` the numbers that the program had when it was last looked at. When
    the program's numbers have changed otherwise, the table is mounted anew, as number `mounted`.
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
    """Draw a table of the program's numbers; `then` puts other numbers on stage and says whether they are there.

    With `most_rows`, rows can be added and taken out. A table with a cell that holds no number leaves the program
    as it is, and says which cell that is; what was typed stays.
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
    refused = [] if numbers_in(shown) == columns else ["The program does not hold these numbers yet."]
    sentences = complaints(shown, most_rows) or refused
    if sentences:
        st.warning("\n\n".join(map(as_text, sentences)))


def draw_tensor(key: str, tensor: TensorLiteral, then: Callable[[list[float]], bool]) -> None:
    """Draw a tensor's numbers: its last dimension across, the others down. `then` takes them in reading order."""
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
    """Put the table's numbers on stage, if every cell holds one."""
    editor = _editor(key)
    cells = with_edits(editor.base, st.session_state[widget])
    if complaints(cells, most_rows):
        return
    numbers = numbers_in(cells)
    if then(numbers):
        editor.shown = numbers


def with_edits(cells: Cells, edits: Mapping[str, Any]) -> dict[str, list[str]]:
    """The cells after the edits of a `st.data_editor`, as it keeps them in the session state."""
    rows: list[dict[str, Any]] = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    for place, edited in edits["edited_rows"].items():
        rows[int(place)].update(edited)
    gone = set(edits["deleted_rows"])
    rows = [row for place, row in enumerate(rows) if place not in gone] + list(edits["added_rows"])
    # An empty cell comes as None; what else comes is for the browser to choose.
    return {name: ["" if row.get(name) is None else str(row[name]) for row in rows] for name in cells}


def numbers_in(cells: Cells) -> dict[str, list[float]]:
    """The numbers of the cells that hold one."""
    read = {name: [number_in(cell) for cell in written] for name, written in cells.items()}
    return {name: [number for number in numbers if number is not None] for name, numbers in read.items()}


def complaints(cells: Cells, most_rows: int | None) -> list[str]:
    """Why the program cannot take a table: a sentence for each of the first few cells without a number."""
    count = max(map(len, cells.values()), default=0)
    if not count:
        return ["The table needs at least one row."]
    if most_rows is not None and count > most_rows:
        return [f"The table has {count:,} rows; a program holds at most {most_rows:,}. Take some out."]
    bad = [
        f"Row {place}, column {name}: {why_none(written[place - 1])}"
        for place in range(1, count + 1)
        for name, written in cells.items()
        if number_in(written[place - 1]) is None
    ]
    more = len(bad) - _MOST_SENTENCES
    shown = [*bad[:_MOST_SENTENCES], *([f"{more} more cells hold no number."] if more > 0 else [])]
    return [*shown, _WAITS] if bad else []
