"""Tables of numbers from outside: CSV files read cell by cell, and generated straight lines with noise."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

#: The largest file that is read, in bytes, and the most rows and columns that are taken.
MOST_BYTES = 1_000_000
MOST_ROWS = 1_000
MOST_COLUMNS = 100

#: Decimals of generated numbers, so that the program stays short to read.
_DECIMALS = 4

_DELIMITERS = ("\t", ";")


class Unreadable(Exception):
    """A file that gives no table; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file as they are written, by rows; `numbers` are the rows' numbers in the file, from 1."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    decimal_comma: bool


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that is no number: the row's number in the file, and a sentence that names row and column."""

    row: int
    sentence: str


@lru_cache(maxsize=4)
def read_csv(content: bytes) -> Table:
    """The table in a CSV file: fields between commas, semicolons or tabs, with or without a header.

    Raises Unreadable for what is too large, no text, or has no rows.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    text = _decoded(content)
    delimiter = _delimiter(text)
    try:
        records = list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1))
    except csv.Error as error:
        raise Unreadable(f"This is no CSV file: {error}.") from error
    filled = [
        (number, tuple(cell.strip() for cell in cells)) for number, cells in records if any(map(str.strip, cells))
    ]
    decimal_comma = delimiter != ","
    has_header = bool(filled) and any(_number(cell, decimal_comma) is None for cell in filled[0][1])
    rows = filled[1:] if has_header else filled
    if not rows:
        raise Unreadable("The file has no rows of numbers.")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"The file has {len(rows):,} rows; a program holds at most {MOST_ROWS:,}.")
    columns = len(filled[0][1])
    if columns > MOST_COLUMNS:
        raise Unreadable(f"The file has {columns:,} columns; at most {MOST_COLUMNS:,} are read.")
    names = filled[0][1] if has_header else ("",) * len(rows[0][1])
    return Table(
        _distinct(names), tuple(cells for _, cells in rows), tuple(number for number, _ in rows), decimal_comma
    )


def column(table: Table, name: str) -> tuple[list[float | None], list[BadCell]]:
    """The numbers of one column, None where a cell is none, and a sentence for each of those cells."""
    place = table.header.index(name)
    values: list[float | None] = []
    bad: list[BadCell] = []
    for number, cells in zip(table.numbers, table.rows, strict=True):
        cell = cells[place] if place < len(cells) else ""
        value = _number(cell, table.decimal_comma)
        values.append(value)
        if len(cells) > len(table.header):
            values[-1] = None
            bad.append(BadCell(number, f"Row {number} has {len(cells)} cells, the first row {len(table.header)}."))
        elif value is None:
            wrong = f"“{_shortened(cell)}” is not a number" if cell else "the cell is empty"
            bad.append(BadCell(number, f"Row {number}, column {name}: {wrong}."))
    return values, bad


def numeric_columns(table: Table) -> list[str]:
    """The columns that are numbers throughout, or failing that those that hold any."""
    counts = {name: sum(value is not None for value in column(table, name)[0]) for name in table.header}
    whole = [name for name, count in counts.items() if count == len(table.rows)]
    return whole or [name for name, count in counts.items() if count]


def straight_line(
    slope: float, intercept: float, noise: float, points: int, seed: int
) -> tuple[list[float], list[float]]:
    """Points x from -1 to 1 at equal distances, and slope * x + intercept with normal noise; the same for a seed.

    `noise` is the standard deviation. Numbers have four decimals.
    """
    generator = random.Random(seed)
    inputs = [round(2 * number / max(points - 1, 1) - 1, _DECIMALS) for number in range(points)]
    targets = [slope * x + intercept + noise * _normal(generator) for x in inputs]
    # Adding 0.0 turns -0.0 into 0.0.
    return [x + 0.0 for x in inputs], [round(y, _DECIMALS) + 0.0 for y in targets]


def _normal(generator: random.Random) -> float:
    """A normal number by Box and Muller: `random()` is the only sequence that Python promises to keep."""
    radius = math.sqrt(-2 * math.log(1 - generator.random()))
    return radius * math.cos(2 * math.pi * generator.random())


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 where it says so, or else Latin-1, in which every byte is a character."""
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("This is no text file; save the table as CSV.")


def _delimiter(text: str) -> str:
    """Tab or semicolon where the first line has one: in such files the comma may be the decimal point."""
    first = text.lstrip().partition("\n")[0]
    return next((delimiter for delimiter in _DELIMITERS if delimiter in first), ",")


def _number(cell: str, decimal_comma: bool) -> float | None:
    text = cell.replace(",", ".") if decimal_comma else cell
    try:
        value = float(text)
    except ValueError:
        return None
    # Python also reads 1_000, inf and nan; none of them is a number in a table.
    return value if math.isfinite(value) and "_" not in text else None


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names of columns, none empty and none twice."""
    distinct: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name or f"column {place}"
        copies = (base if copy == 1 else f"{base} ({copy})" for copy in range(1, len(names) + 1))
        distinct.append(next(copy for copy in copies if copy not in distinct))
    return tuple(distinct)


def _shortened(cell: str) -> str:
    return cell if len(cell) <= 24 else cell[:23] + "…"
