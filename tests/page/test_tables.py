"""CSV files are read cell by cell, and faults are reported by row and column."""

import statistics

import pytest

from viz.catalog import DATASETS
from viz.page.tables import (
    MOST_BYTES,
    MOST_ROWS,
    Unreadable,
    column,
    numeric_columns,
    read_csv,
    straight_line,
)


def numbers(content: str, name: str) -> list[float | None]:
    return column(read_csv(content.encode()), name)[0]


def sentences(content: str, name: str) -> list[str]:
    return [cell.sentence for cell in column(read_csv(content.encode()), name)[1]]


def test_a_table_with_a_header_is_read_by_its_names() -> None:
    assert numbers("x,y\n1,2.5\n-3,4e-1\n", "y") == [2.5, 0.4]


def test_a_table_without_a_header_gets_names_for_its_columns() -> None:
    table = read_csv(b"1,2\n3,4\n")
    assert table.header == ("column 1", "column 2")
    assert column(table, "column 2")[0] == [2.0, 4.0]


@pytest.mark.parametrize(
    "content", ["x;y\n1,5;2,5\n", "x\ty\n1.5\t2.5\n", '"x","y"\r\n"1.5","2.5"\r\n', "x , y\n 1.5 , 2.5 "]
)
def test_other_delimiters_and_a_decimal_comma_are_read(content: str) -> None:
    assert (numbers(content, "x"), numbers(content, "y")) == ([1.5], [2.5])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    table = read_csv("größe,y\n1,2\n".encode(encoding))
    assert table.header == ("größe", "y")


def test_a_bad_cell_is_named_by_its_row_in_the_file_and_its_column() -> None:
    content = "x,y\n1,2\n\nabc,4\n5,\n6\n"
    assert sentences(content, "x") == ["Row 4, column x: “abc” is not a number."]
    assert sentences(content, "y") == [
        "Row 5, column y: the cell is empty.",
        "Row 6, column y: the cell is empty.",
    ]
    assert numbers(content, "x") == [1.0, None, 5.0, 6.0]


@pytest.mark.parametrize("cell", ["1_000", "0x10", "1 2", "12€", "1 000"])
def test_text_that_only_resembles_a_number_is_not_a_number(cell: str) -> None:
    assert sentences(f"x\n1\n{cell}\n", "x") == [f"Row 3, column x: “{cell}” is not a number."]


@pytest.mark.parametrize("cell", ["inf", "nan", "NaN", "-Infinity"])
def test_numbers_that_no_literal_can_express_are_not_accepted(cell: str) -> None:
    assert sentences(f"x\n1\n{cell}\n", "x") == [f"Row 3, column x: “{cell}” is not a finite number."]


def test_a_number_that_would_become_infinite_is_not_accepted_and_the_largest_finite_one_is() -> None:
    assert sentences("x\n1\n1e400\n", "x") == ["Row 3, column x: “1e400” is too large for a float."]
    assert numbers("x\n1e300\n-1.7976931348623157e308\n5e-324\n", "x") == [1e300, -1.7976931348623157e308, 5e-324]


def test_for_a_decimal_comma_in_quotes_the_page_asks_for_a_point() -> None:
    assert sentences('x,y\n"1,5",2\n', "x") == ["Row 2, column x: “1,5” is not a number; write 1.5 with a point."]


def test_if_commas_are_read_as_points_the_page_says_so() -> None:
    assert read_csv(b"x;y\n1;2,5\n").notes == ("A comma is read as the decimal point: 2,5 is 2.5.",)
    assert read_csv(b"x;y\n1;2\n").notes == ()


def test_a_comma_is_not_read_as_a_decimal_point_if_the_file_has_decimal_points() -> None:
    content = "x;y\n1.5;2\n2.5;1,250\n"
    assert sentences(content, "y") == [
        "Row 3, column y: “1,250” is not a number; write 1250 without the comma, or 1.250 if it is a decimal."
    ]


def test_a_delimiter_inside_quotes_does_not_delimit() -> None:
    assert read_csv(b'"x;1",y\n1,2\n').header == ("x;1", "y")


@pytest.mark.parametrize("content", ["1,\n2,3\n", "a,1\nb,2\n"])
def test_a_first_row_that_holds_numbers_is_data_and_not_lost_as_a_header(content: str) -> None:
    table = read_csv(content.encode())
    assert table.header == ("column 1", "column 2")
    assert len(table.rows) == 2


def test_a_header_with_a_number_in_it_is_read_as_one_and_the_page_says_so() -> None:
    table = read_csv(b"year,1929\n1,2\n3,4\n")
    assert table.header == ("year", "1929")
    assert table.notes == ("Row 1 is read as the names of the columns, “1929” among them.",)


def test_columns_of_the_same_name_are_renamed_and_the_page_says_so() -> None:
    table = read_csv(b"x,x\n1,2\n")
    assert table.header == ("x", "x (2)")
    assert table.notes == ("2 columns are called x; a number behind the name tells them apart.",)


@pytest.mark.parametrize("content", ['x,y\n"1,2\n3,4\n', 'x,y\n"1"5,2\n'])
def test_an_unclosed_quotation_mark_or_text_after_one_is_named_as_the_fault(content: str) -> None:
    said = (
        r"cannot be read from row 2 on: .*\. Look there for a quotation mark that is not closed, or that has text"
    )
    with pytest.raises(Unreadable, match=said):
        read_csv(content.encode())


def test_no_quotation_mark_is_blamed_in_a_file_without_any() -> None:
    with pytest.raises(
        Unreadable, match=r"cannot be read from row 2 on: field larger than field limit \(\d+\)\.$"
    ):
        read_csv(b"x\n" + b"1" * 200_000)


def test_a_row_with_too_many_cells_is_not_guessed_at() -> None:
    assert sentences("x,y\n1,2\n3,4,5\n", "x") == ["Row 3: the row has 3 cells, and the first row has 2."]
    assert numbers("x,y\n1,2\n3,4,5\n", "x") == [1.0, None]


def test_a_long_cell_is_shortened_in_its_sentence() -> None:
    assert sentences(f"x\n1\n{'a' * 500}\n", "x") == [f"Row 3, column x: “{'a' * 23}…” is not a number."]


def test_columns_with_the_same_name_or_none_get_distinct_names() -> None:
    assert read_csv(b"x,,x,x (2)\n1,2,3,4\n").header == ("x", "column 2", "x (2)", "x (2) (2)")


def test_columns_that_are_numbers_throughout_are_offered_first_and_those_that_are_not_after_them() -> None:
    assert numeric_columns(read_csv(b"name,x,y\na,1,2\nb,?,3\n")) == ["y", "x"]
    assert numeric_columns(read_csv(b"name,x\na,1\nb,?\n")) == ["x"]
    assert numeric_columns(read_csv(b"name\na\n")) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no rows"),
        (b"x,y\n", "no rows"),
        (b"\n\n ,\n", "no rows"),
        (b"PK\x03\x04\0\0", "not a text file"),
        (b"x\n" + b"1\n" * (MOST_ROWS + 1), r"1,001 rows; .* at most 1,000\. Remove 1 row and upload it again\.$"),
        (b"x\n" + b"1\n" * (2 * MOST_ROWS + 5), r"2,005 rows; .* at most 1,000\. Remove 1,005 rows and"),
        (b"1" * (MOST_BYTES + 1), "1,000,001 bytes; at most 1,000,000"),
        (b"1," * 400_000 + b"1", "400,001 columns; at most 100"),
        (b"x\n" + b"1" * 200_000, "cannot be read from row 2"),
        (b"\xff\xfex", "not a text file"),
    ],
)
def test_files_without_a_table_are_explained_in_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_csv(content)


def test_a_thousand_rows_are_accepted() -> None:
    assert len(read_csv(b"x\n" + b"1\n" * MOST_ROWS).rows) == MOST_ROWS


def test_the_shipped_data_sets_have_no_bad_cell() -> None:
    for dataset in DATASETS:
        table = read_csv(dataset.file.read_bytes())
        assert all(not column(table, name)[1] for name in dataset.columns)


def test_a_line_without_noise_is_the_line() -> None:
    x, y = straight_line(2.0, 1.0, 0.0, 5, 7)
    assert x == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert y == [-1.0, 0.0, 1.0, 2.0, 3.0]


def test_the_same_seed_makes_the_same_numbers_and_another_seed_different_ones() -> None:
    assert straight_line(2.0, 1.0, 0.2, 20, 3) == straight_line(2.0, 1.0, 0.2, 20, 3)
    assert straight_line(2.0, 1.0, 0.2, 20, 3) != straight_line(2.0, 1.0, 0.2, 20, 4)


def test_the_noise_has_the_requested_spread() -> None:
    _, y = straight_line(0.0, 0.0, 0.5, 1000, 0)
    assert statistics.fmean(y) == pytest.approx(0.0, abs=0.05)
    assert statistics.stdev(y) == pytest.approx(0.5, rel=0.1)


def test_generated_numbers_have_four_decimals_and_no_minus_zero() -> None:
    x, y = straight_line(0.0, 0.0, 0.0, 3, 0)
    assert [str(number) for number in (*x, *y)] == ["-1.0", "0.0", "1.0", "0.0", "0.0", "0.0"]
    _, noisy = straight_line(1.0, 0.0, 1.0, 50, 0)
    assert all(number == round(number, 4) for number in noisy)
