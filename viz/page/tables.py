"""Tables of numbers: CSV files, read cell by cell, and generated straight lines with noise."""

from __future__ import annotations

import csv
import io
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from viz.page.cells import number_in, on_one_line, why_none
from viz.text import ended

#: The largest file that is read, in bytes, and the most rows and columns.
MOST_BYTES = 1_000_000
MOST_ROWS = 1_000
MOST_COLUMNS = 100

#: Decimals of generated numbers: few, so that the program is easy to read.
_DECIMALS = 4

_DELIMITERS = ("\t", ";")
_QUOTED = re.compile('"[^"]*"')


class Unreadable(Exception):
    """A file is not a table; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file as they are written, by rows; `numbers` are the rows' numbers in the file, from 1.

    `notes` are sentences that say how an ambiguous file was read.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    decimal_comma: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell without a number: its row's number in the file, its column, and why, as the end of a sentence.

    `column` is empty if the whole row is wrong.
    """

    row: int
    column: str
    why: str

    @property
    def sentence(self) -> str:
        """The whole sentence, with row and column."""
        return f"Row {self.row}{f', column {self.column}' if self.column else ''}: {self.why}"


@lru_cache(maxsize=4)
def read_csv(content: bytes) -> Table:
    """Return the table in a CSV file: fields between commas, semicolons or tabs, with or without a header.

    Raises Unreadable if the file is too large, is not text, or has no rows.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(
            f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read. Keep the rows that you need."
        )
    text = _decoded(content)
    delimiter = _delimiter(text)
    filled = _filled(text, delimiter)
    if not filled:
        raise Unreadable("The file has no rows of numbers: it is empty.")
    columns = len(filled[0][1])
    if columns > MOST_COLUMNS:
        raise Unreadable(
            f"The file has {columns:,} columns; at most {MOST_COLUMNS:,} are read. Keep those that you need."
        )
    has_header = _has_header([cells for _, cells in filled])
    rows = filled[1:] if has_header else filled
    if not rows:
        raise Unreadable("The file has no rows of numbers: it ends after its header.")
    if len(rows) > MOST_ROWS:
        extra = len(rows) - MOST_ROWS
        raise Unreadable(
            f"The file has {len(rows):,} rows; a program holds at most {MOST_ROWS:,}. "
            f"Remove {extra:,} row{'s' if extra > 1 else ''} and upload it again."
        )
    cells = tuple(cells for _, cells in rows)
    names = filled[0][1] if has_header else ("",) * columns
    decimal_comma = delimiter != "," and not _has_points(cells)
    notes = tuple(_notes(names if has_header else None, cells, decimal_comma))
    return Table(_distinct(names), cells, tuple(number for number, _ in rows), decimal_comma, notes)


def _filled(text: str, delimiter: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows that are not empty, each with its number in the file, from 1."""
    filled = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            cells = tuple(cell.strip() for cell in row)
            if any(cells):
                filled.append((number, cells))
    except csv.Error as error:
        said = f"The file cannot be read from row {number + 1} on: {ended(str(error))}"
        if '"' in text:
            said += " Look there for a quotation mark that is not closed, or that has text after it."
        raise Unreadable(said) from error
    return filled


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names the columns: it has no number, or a word above a column of numbers."""
    first, *rest = rows
    if all(_any_number(cell) is None for cell in first):
        return True
    return any(
        cell
        and _any_number(cell) is None
        and bool(rest)
        and all(place < len(row) and _any_number(row[place]) is not None for row in rest)
        for place, cell in enumerate(first)
    )


def _any_number(cell: str) -> float | None:
    """Return the number in a cell, with a decimal point or a decimal comma; None if there is none."""
    return number_in(cell, decimal_comma=True)


def _has_points(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether some number has a decimal point, so that a comma is not one."""
    return any("." in cell and number_in(cell) is not None for row in rows for cell in row)


def _notes(header: Sequence[str] | None, rows: Sequence[Sequence[str]], decimal_comma: bool) -> Iterator[str]:
    """Yield sentences that say how a file was read where its author may have meant something else."""
    if header is not None:
        numbers = [cell for cell in header if _any_number(cell) is not None]
        if numbers:
            yield f"Row 1 is read as the names of the columns, “{on_one_line(numbers[0])}” among them."
        twice = {name for name in header if name and header.count(name) > 1}
        for name in sorted(twice, key=header.index):
            count = header.count(name)
            yield f"{count} columns are called {on_one_line(name)}; a number behind the name tells them apart."
    comma = next((cell for row in rows for cell in row if "," in cell and _any_number(cell) is not None), None)
    if decimal_comma and comma is not None:
        yield f"A comma is read as the decimal point: {comma} is {_any_number(comma)}."


def column(table: Table, name: str) -> tuple[list[float | None], list[BadCell]]:
    """Return the numbers of one column, None for a cell without one, and what is wrong with those cells."""
    place = table.header.index(name)
    values: list[float | None] = []
    bad: list[BadCell] = []
    for number, cells in zip(table.numbers, table.rows, strict=True):
        cell = cells[place] if place < len(cells) else ""
        value = number_in(cell, decimal_comma=table.decimal_comma)
        values.append(value)
        if len(cells) > len(table.header):
            values[-1] = None
            why = f"the row has {len(cells)} cells, and the first row has {len(table.header)}."
            bad.append(BadCell(number, "", why))
        elif value is None:
            bad.append(BadCell(number, name, why_none(cell)))
    return values, bad


def numeric_columns(table: Table) -> list[str]:
    """Return the columns with numbers, those with nothing else first."""
    counts = {name: sum(value is not None for value in column(table, name)[0]) for name in table.header}
    return sorted(
        (name for name, count in counts.items() if count), key=lambda name: counts[name] < len(table.rows)
    )


def straight_line(
    slope: float, intercept: float, noise: float, points: int, seed: int
) -> tuple[list[float], list[float]]:
    """Return evenly spaced x from -1 to 1, and slope * x + intercept with normal noise, which the seed decides.

    `noise` is its standard deviation. The numbers have four decimals.
    """
    generator = random.Random(seed)
    inputs = [round(2 * number / max(points - 1, 1) - 1, _DECIMALS) for number in range(points)]
    targets = [slope * x + intercept + noise * _normal(generator) for x in inputs]
    # Adding 0.0 turns -0.0 into 0.0.
    return [x + 0.0 for x in inputs], [round(y, _DECIMALS) + 0.0 for y in targets]


def _normal(generator: random.Random) -> float:
    """Return a normal number by Box and Muller: `random()` is the only sequence that Python guarantees to keep."""
    radius = math.sqrt(-2 * math.log(1 - generator.random()))
    return radius * math.cos(2 * math.pi * generator.random())


def _decoded(content: bytes) -> str:
    """Return a file's text: UTF-8, UTF-16 with its mark, or else Latin-1, where every byte is a character."""
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("This is not a text file; save the table as CSV and upload that.")


def _delimiter(text: str) -> str:
    """Return a tab or semicolon if the first line has one outside of quotes: then a comma may be a decimal."""
    first = _QUOTED.sub("", text.lstrip("\n\r").partition("\n")[0])
    return next((delimiter for delimiter in _DELIMITERS if delimiter in first), ",")


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns, none of them empty or repeated."""
    distinct: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name or f"column {place}"
        copies = (base if copy == 1 else f"{base} ({copy})" for copy in range(1, len(names) + 1))
        distinct.append(next(copy for copy in copies if copy not in distinct))
    return tuple(distinct)
