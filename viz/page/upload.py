"""Uploads a CSV file as the program's data: the choice of its columns, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import streamlit as st

from viz.page.cells import as_text
from viz.page.tables import BadCell, Table, Unreadable, column, numeric_columns, read_csv

_MOST_SENTENCES = 8
_LEFT_OUT = "data.csv.leave"
_MEND = "Correct the file and upload it again, or leave those rows out."


def draw_upload(names: Sequence[str], then: Callable[[Mapping[str, Sequence[float]]], None]) -> None:
    """Ask for a file and for its column for each of `names`; `then` gets their numbers on a click.

    Without `names`, a file has nothing to fill, and the page says so instead.
    """
    if not names:
        st.caption("This program has no table for a CSV file to fill.")
        return
    file = st.file_uploader("A CSV file", type=["csv"], key="data.csv", help="Up to 1,000 rows and 1 MB.")
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
    for sentence in _unused(table, set(chosen.values())):
        st.caption(as_text(sentence))
    if len(chosen) == len(names):
        _offer(table, chosen, then)
    else:
        for sentence in _missing(table, names):
            st.caption(as_text(sentence))


def _offer(table: Table, chosen: Mapping[str, str], then: Callable[[Mapping[str, Sequence[float]]], None]) -> None:
    """Say which cells of the chosen columns have no number, and offer the rows with a number in each."""
    bad, rows = _rows(table, chosen.values())
    left_out = bool(bad) and _leave_out(bad)
    if not rows:
        st.error("No row has a number in each of these columns; choose other columns.")
    st.button(
        f"Use {'this row' if len(rows) == 1 else f'these {len(rows):,} rows'}",
        key="data.csv.use",
        disabled=not rows or (bool(bad) and not left_out),
        on_click=_use,
        args=(table, tuple(chosen), then),
    )


def _use(table: Table, names: Sequence[str], then: Callable[[Mapping[str, Sequence[float]]], None]) -> None:
    """Pass the columns on that are chosen at the click: the last choice before it may not have been drawn.

    If that choice has cells without a number, nothing happens: the page now says which.
    """
    chosen = [st.session_state[_key(name)] for name in names]
    bad, rows = _rows(table, chosen)
    if rows and (not bad or st.session_state.get(_LEFT_OUT)):
        then({name: [row[place] for row in rows] for place, name in enumerate(names)})


def _rows(table: Table, chosen: Iterable[str]) -> tuple[list[BadCell], list[tuple[float, ...]]]:
    """Return the cells of these columns without a number, and the rows that have a number in each column."""
    read = [column(table, of_file) for of_file in chosen]
    bad = _distinct([cell for _, cells in read for cell in cells])
    rows = zip(*(values for values, _ in read), strict=True)
    return bad, [
        whole for row in rows if len(whole := tuple([one for one in row if one is not None])) == len(read)
    ]


def _key(name: str) -> str:
    """Return the key of the choice of a column of the file for this column of the program."""
    return f"data.csv.{name}"


def _unused(table: Table, chosen: Collection[str]) -> Iterator[str]:
    """Yield which unused columns have cells that are not numbers."""
    for name in table.header:
        cell = next((cell for cell in column(table, name)[1] if cell.column), None)
        if cell is not None and name not in chosen:
            yield f"Column {name}, which is not used, has a cell without a number in row {cell.row}: {cell.why}"


def _missing(table: Table, names: Sequence[str]) -> Iterator[str]:
    """Yield why not every column of the program has one of the file, and what to do."""
    row = next((cell for cell in column(table, table.header[0])[1] if not cell.column), None)
    if row is not None:
        yield row.sentence
    good, wanted = len(numeric_columns(table)), len(names)
    if good < wanted:
        yield (
            f"The file has {_columns_of_numbers(good)}, but the program's table has {wanted} "
            f"({', '.join(names)}). Upload a file with {_columns_of_numbers(wanted)}"
            f"{', or choose the columns above yourself' if good else ''}."
        )


def _columns_of_numbers(count: int) -> str:
    return f"{count or 'no'} column{'' if count < 2 else 's'} of numbers"


def _chosen_columns(table: Table, names: Sequence[str]) -> dict[str, str]:
    """Return the column of the file that is chosen for each column of the program, if one is.

    A column of numbers is proposed for the column with the same name, or else for the next one without a proposal.
    """
    keys = {name: _key(name) for name in names}
    kept = {st.session_state.get(key) for key in keys.values()}
    free = [name for name in numeric_columns(table) if name not in {*names, *kept}]
    chosen: dict[str, str] = {}
    for name, key in keys.items():
        guess = name if name in table.header else free.pop(0) if free else None
        of_file = _choice(f"{name} is", key, table.header, guess)
        if of_file is not None:
            chosen[name] = of_file
    return chosen


def _choice(label: str, key: str, options: Sequence[str], guess: str | None) -> str | None:
    """Ask for one of the file's columns; `guess` is proposed if none was chosen, or if this file lacks that one.

    What is chosen is also the default: if another run follows at once, the browser sees the last run only, and
    would miss a value that an earlier one set.
    """
    shown = st.session_state.get(key, guess)
    if shown not in options:
        shown = st.session_state[key] = guess
        place = None
    else:
        place = options.index(shown)
    return st.selectbox(label, options, place, key=key, placeholder="Choose a column", required=True)


def _distinct(cells: list[BadCell]) -> list[BadCell]:
    """Return the bad cells by rows, each once."""
    return sorted(dict.fromkeys(cells), key=lambda cell: cell.row)


def _leave_out(bad: list[BadCell]) -> bool:
    """Say what is wrong with a file, and return whether the user leaves those rows out."""
    sentences = [cell.sentence for cell in bad[:_MOST_SENTENCES]]
    more = len(bad) - len(sentences)
    said = [*sentences, *([f"And {more:,} more."] if more else []), _MEND]
    st.error("\n\n".join(map(as_text, said)))
    rows = len({cell.row for cell in bad})
    return st.checkbox(f"Leave out {rows:,} row{'s' if rows > 1 else ''}", key=_LEFT_OUT)
