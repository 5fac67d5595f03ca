"""What a table says after its edits, and why the program cannot take it."""

from viz.page.grid import complaints, with_edits

COLUMNS = {"x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}
NONE: dict[str, object] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


def test_without_edits_a_table_is_what_it_was() -> None:
    assert with_edits(COLUMNS, NONE) == COLUMNS


def test_edited_cells_added_rows_and_deleted_rows_come_together() -> None:
    edits = {"edited_rows": {0: {"x": 9.0}, "2": {"y": None}}, "added_rows": [{"x": 7.0}], "deleted_rows": [1]}
    assert with_edits(COLUMNS, edits) == {"x": [9.0, 3.0, 7.0], "y": [4.0, None, None]}
    assert COLUMNS["x"] == [1.0, 2.0, 3.0]


def test_empty_cells_are_named_by_row_and_column() -> None:
    assert complaints({"x": [1.0, None], "y": [None, 2.0]}, 10) == [
        "Row 1, column y: the cell is empty.",
        "Row 2, column x: the cell is empty.",
    ]


def test_of_many_empty_cells_the_first_few_are_named() -> None:
    said = complaints({"x": [None] * 9}, 10)
    assert len(said) == 6
    assert said[-1] == "4 more cells are empty."


def test_a_table_without_rows_or_with_too_many_is_not_taken() -> None:
    assert complaints({"x": [], "y": []}, 10) == ["The table needs at least one row."]
    assert complaints({"x": [1.0] * 11}, 10) == ["The table has 11 rows; a program holds at most 10."]
    assert complaints({"x": [1.0] * 11}, None) == []
