"""Uploads a CSV file as the program's data: the choice of its columns, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import streamlit as st

from viz.page.cells import as_text
from viz.page.tables import BadCell, Table, Unreadable, column, numeric_columns, read_csv

_MOST_SENTENCES = 8
_MEND = "Correct the file and upload it again, or leave those rows out."


def draw_upload(names: Sequence[str], then: Callable[[Mapping[str, Sequence[float]]], None]) -> None:
    """Ask for a file and for its column for each of `names`; `then` gets their numbers on a click."""
    file = st.file_uploader("A CSV file", type=["csv"], key="data.csv", help="Up to 1,000 rows.")
    if file is None:
        return
    try:
        table = read_csv(file.getvalue())
    except Unreadable as error:
        st.error(str(error))
        return
    for note in table.notes:
        st.caption(as_text(note))
    chosen = _chosen_columns(table, names)
    for sentence in _unused(table, names, set(chosen.values())):
        st.caption(as_text(sentence))
    if names and len(chosen) == len(names):
        _offer(table, chosen, then)


def _offer(table: Table, chosen: Mapping[str, str], then: Callable[[Mapping[str, Sequence[float]]], None]) -> None:
    """Say which cells of the chosen columns have no number, and offer the rows with a number in each."""
    read = {name: column(table, of_file) for name, of_file in chosen.items()}
    bad = _distinct([cell for _, cells in read.values() for cell in cells])
    left_out = bool(bad) and _leave_out(bad)
    rows = [row for row in zip(*(values for values, _ in read.values()), strict=True) if None not in row]
    if not rows:
        st.error("No row has a number in each of these columns; choose others.")
    st.button(
        f"Use {'this row' if len(rows) == 1 else f'these {len(rows):,} rows'}",
        key="data.csv.use",
        disabled=not rows or (bool(bad) and not left_out),
        on_click=then,
        args=({name: [row[place] for row in rows] for place, name in enumerate(read)},),
    )


def _unused(table: Table, names: Sequence[str], chosen: Collection[str]) -> Iterator[str]:
    """Yield which unused columns have cells that are not numbers, and whether the file has too few columns."""
    bad = {name: column(table, name)[1] for name in table.header if name not in chosen}
    for name, cells in bad.items():
        if cells:
            yield f"Column {name} is not used: in row {cells[0].row} {cells[0].why}"
    good = numeric_columns(table)
    if len(good) < len(names):
        held = f"{len(good)} column{'' if len(good) == 1 else 's'} of numbers" if good else "no column of numbers"
        way_on = ", or choose the columns yourself" if good else ""
        yield (
            f"The file has {held}, and the program's table has {len(names)} ({', '.join(names)}). "
            f"Nothing was changed: upload a file with as many{way_on}."
        )


def _chosen_columns(table: Table, names: Sequence[str]) -> dict[str, str]:
    """Return the column of the file that is chosen for each column of the program, if one is.

    A column of numbers is proposed for the column with the same name, or else for the next one without a proposal.
    """
    keys = {name: f"data.csv.{name}" for name in names}
    kept = {st.session_state.get(key) for key in keys.values()}
    free = [name for name in numeric_columns(table) if name not in {*names, *kept}]
    chosen: dict[str, str] = {}
    for name, key in keys.items():
        guess = name if name in table.header else free.pop(0) if free else None
        if st.session_state.get(key) not in table.header:
            st.session_state[key] = guess
        of_file = st.selectbox(
            f"{name} is", table.header, index=None, key=key, placeholder="Choose a column", required=True
        )
        if of_file is not None:
            chosen[name] = of_file
    return chosen


def _distinct(cells: list[BadCell]) -> list[BadCell]:
    """Return the bad cells by rows, each once."""
    return sorted(set(cells), key=lambda cell: cell.row)


def _leave_out(bad: list[BadCell]) -> bool:
    """Say what is wrong with a file, and return whether the user leaves those rows out."""
    sentences = [cell.sentence for cell in bad[:_MOST_SENTENCES]]
    more = len(bad) - len(sentences)
    said = [*sentences, *([f"And {more:,} more."] if more else []), _MEND]
    st.error("\n\n".join(map(as_text, said)))
    rows = len({cell.row for cell in bad})
    return st.checkbox(f"Leave out {rows:,} row{'s' if rows > 1 else ''}", key="data.csv.leave")
