"""The contents of a table after edits, and why the program cannot take them."""

import pytest

from viz.page.grid import complaints, numbers_in, with_edits
from viz.writing.numbers import number

COLUMNS = {"x": ["1.0", "2.0", "3.0"], "y": ["4.0", "5.0", "6.0"]}
WAITS = "The program keeps its old numbers until every cell has a number."
NONE: dict[str, object] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


def test_without_edits_a_table_is_unchanged() -> None:
    assert with_edits(COLUMNS, NONE) == COLUMNS


def test_edited_cells_added_rows_and_deleted_rows_are_combined() -> None:
    edits = {"edited_rows": {0: {"x": "9"}, "2": {"y": None}}, "added_rows": [{"x": "7"}], "deleted_rows": [1]}
    assert with_edits(COLUMNS, edits) == {"x": ["9", "3.0", "7"], "y": ["4.0", "", ""]}
    assert COLUMNS["x"] == ["1.0", "2.0", "3.0"]


def test_empty_cells_are_named_by_row_and_column() -> None:
    assert complaints({"x": ["1", ""], "y": ["", "2"]}, 10) == [
        "Row 1, column y: the cell is empty.",
        "Row 2, column x: the cell is empty.",
        WAITS,
    ]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("warm", "“warm” is not a number."),
        ("1,5", "“1,5” is not a number; write 1.5 with a point."),
        ("−1,5", "“−1,5” is not a number; write -1.5 with a point."),
        ("0,250", "“0,250” is not a number; write 0.250 with a point."),
        ("1,234", "“1,234” is not a number; write 1234 without the comma, or 1.234 if it is a decimal."),
        ("-1,234,567", "“-1,234,567” is not a number; write -1234567 without the commas."),
        ("1,234.5", "“1,234.5” is not a number; write 1234.5 without the comma."),
        ("1.234,5", "“1.234,5” is not a number; write 1234.5 with a point."),
        ("1,23,456", "“1,23,456” is not a number."),
        ("nan", "“nan” is not a finite number."),
        ("−inf", "“−inf” is not a finite number."),
        ("1e400", "“1e400” is too large for a float."),
    ],
)
def test_cells_that_are_not_numbers_are_named_and_not_guessed_at(cell: str, why: str) -> None:
    assert complaints({"x": ["1.0", cell]}, None) == [f"Row 2, column x: {why}", WAITS]


def test_cells_are_read_like_python_literals() -> None:
    cells = {"x": ["500.0", "0.1", "1e-7", "-3", "123456.789", "9007199254740993"]}
    assert numbers_in(cells) == {"x": [500.0, 0.1, 1e-7, -3, 123456.789, 9007199254740993]}


@pytest.mark.parametrize("value", [-2.35, -3, -1.2e-5, 4.5e-8, 99999.0])
def test_a_number_copied_from_the_page_is_read(value: float) -> None:
    assert numbers_in({"x": [number(value)]}) == {"x": [value]}


def test_the_first_few_of_many_empty_cells_are_named() -> None:
    said = complaints({"x": [""] * 9}, 10)
    assert len(said) == 7
    assert said[-2] == "4 more cells have no number."


def test_a_table_without_rows_or_with_too_many_is_not_taken() -> None:
    assert complaints({"x": [], "y": []}, 10) == ["The table needs at least one row."]
    (said,) = complaints({"x": ["1.0"] * 11}, 10)
    assert said == "The table has 11 rows; a program holds at most 10. Remove some."
    assert complaints({"x": ["1.0"] * 11}, None) == []
