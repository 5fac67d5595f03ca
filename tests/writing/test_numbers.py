"""The form in which numbers are shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.frames.plain import Value
from viz.writing.numbers import MINUS, apart, brief, first, flat, number

#: A number and how the page shows it; tests/stage/test_numbers.py shows the same table in the browser's language.
NUMBERS = [
    (0.5, "0.5000"),
    (-2.35, "−2.350"),
    (12.3456, "12.35"),
    (999.96, "1000"),
    (9.99996, "10.00"),
    (12345.6, "12346"),
    (99999.4, "99999"),
    (123456.7, "1.23e5"),
    (1234567.0, "1.23e6"),
    (0.00123456, "0.001235"),
    (0.00012, "1.20e−4"),
    (-3.0e9, "−3.00e9"),
    (0.0, "0"),
    (-0.0, "0"),
    (7, "7"),
    (-7, "−7"),
    (True, "True"),
    (math.inf, "inf"),
    (-math.inf, "−inf"),
    (math.nan, "nan"),
]


@pytest.mark.parametrize(("value", "shown"), NUMBERS)
def test_a_number_has_four_significant_digits_and_a_true_minus(value: float, shown: str) -> None:
    assert number(value) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_shown_number_is_the_number_to_four_digits(value: float) -> None:
    shown = float(number(value).replace(MINUS, "-"))
    assert math.isclose(shown, value, rel_tol=6e-3 if abs(value) < 1e-3 or abs(value) >= 1e5 else 6e-4)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (0.5, "0.5000"),
        ([0.5], "0.5000"),
        ([[0.5]], "0.5000"),
        ([0.0], "0"),
        ([1.0, 2.0], "[1.000, 2.000]"),
        ([1.0, -2.0, 3.0], "[1.00, −2.00 …]"),
        ([[1.0, 2.0], [3.0, 4.0]], "[[1.00 …] …]"),
        ([], "[]"),
    ],
)
def test_the_short_form_of_a_tensor(value: Value | None, shown: str) -> None:
    assert brief(value) == shown


def test_none_zero_and_a_small_number_look_different() -> None:
    assert len({brief(None), brief([0.0]), brief([1e-9])}) == 3


def test_two_numbers_have_as_many_digits_as_tell_them_apart() -> None:
    one, other = 0.21992732584476471, 0.21998451650142670
    assert apart(one, other) == 4
    assert [number(many, apart(0.22, 0.22004)) for many in (0.22, 0.22004)] == ["0.22000", "0.22004"]
    assert apart(1.0, 1.0) == 17


def test_elements_are_listed_in_row_major_order() -> None:
    value: Value = [[1.0, 2.0], [3.0, 4.0]]
    assert flat(value) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [([0.5], "0.5000"), ([0.144, 0.1], "[0.144 …]"), ([[0.25, 1.0], [2.0, 3.0]], "[0.250 …]"), (None, "None")],
)
def test_an_edge_of_the_graph_shows_the_first_element(value: Value | None, shown: str) -> None:
    assert first(value) == shown


def test_an_edge_shows_a_small_number_in_at_most_ten_characters() -> None:
    assert first([-0.0020512, 1.0]) == "[−0.0021 …]"


def test_if_two_numbers_do_not_fit_only_the_first_is_shown() -> None:
    assert brief([-0.00123, -0.00481, 0.5]) == "[−0.00123 …]"
    assert brief([-0.6, -0.6, 0.5]) == "[−0.60, −0.60 …]"
