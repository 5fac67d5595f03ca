"""Tensors become levels: each number's sign and size is seen, and only a zero looks empty."""

from __future__ import annotations

import json
from html import escape
from math import inf, nan

import pytest
import torch

from viz.drawing.tensor_picture import ALPHABET, STEPS, Album, layout_of, picture_of
from viz.frames.plain import Value
from viz.writing.numbers import in_ascii

ZERO, NAN, INF, MINUS_INF = tuple(ALPHABET[:4])


def _level(step: int) -> str:
    """The character of a level from -STEPS to STEPS."""
    return ALPHABET[3 + step] if step > 0 else ALPHABET[3 + STEPS - step]


def _text(value: Value) -> str:
    picture = picture_of(value)
    assert picture is not None
    return picture.text(in_ascii)


def _levels(value: Value) -> str:
    picture = picture_of(value)
    assert picture is not None
    return picture.levels


def test_a_level_is_the_size_in_relation_to_the_largest_with_its_sign() -> None:
    levels = [_level(step) for step in (STEPS, -STEPS // 2, STEPS // 4, -1)]
    assert _levels([8.0, -4.0, 2.0, -0.2]) == "".join(levels)


def test_only_a_zero_looks_empty() -> None:
    assert _levels([0.0, -0.0, 1e-30, -1e-30, 1.0]) == ZERO + ZERO + _level(1) + _level(-1) + _level(STEPS)
    smallest = torch.tensor([5e-324, 0.0], dtype=torch.float64).tolist()
    assert _levels(smallest) == _level(STEPS) + ZERO


def test_numbers_that_are_not_finite_have_levels_of_their_own_and_set_no_scale() -> None:
    picture = picture_of([nan, inf, -inf, 2.0, -1.0])
    assert picture is not None
    assert picture.levels == NAN + INF + MINUS_INF + _level(STEPS) + _level(-STEPS // 2)
    assert (picture.least, picture.largest) == (-1.0, 2.0)
    assert _text([nan, inf]) == f"2///{NAN}{INF}"


def test_integers_and_truth_values_are_numbers() -> None:
    assert _text([3, 0]) == f"i2/0/3/{_level(STEPS)}{ZERO}"


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ([1, 12345], "1/12345"),
        ([-123456789, 7], "-123456789/7"),
        ([0.5, 12345.678], "0.5000/12346"),
        ([-1234960.0, 2.0], "-1.23e6/2.000"),
        ([True, False], "0/1"),
    ],
)
def test_the_ends_of_a_tensor_have_the_digits_that_the_page_shows(value: Value, ends: str) -> None:
    """Four digits of 1234960 are 1.235e6, of which three would be 1.24e6."""
    _, least, largest, _ = _text(value).split("/")
    assert f"{least}/{largest}" == ends
    assert _levels(torch.tensor([True, False]).tolist()) == _level(STEPS) + ZERO


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (0,), (2, 0), (4097,), (64, 65), (2, 1, 1, 1, 2)])
def test_a_scalar_an_empty_and_a_large_tensor_have_no_picture(shape: tuple[int, ...]) -> None:
    assert layout_of(shape) is None
    assert picture_of(torch.zeros(shape).tolist()) is None


@pytest.mark.parametrize(
    ("shape", "cells", "block"),
    [
        ((2,), (1, 2), (1, 1)),
        ((32,), (1, 32), (1, 1)),
        ((33,), (1, 17), (1, 2)),
        ((8, 2), (8, 2), (1, 1)),
        ((40, 8), (20, 8), (2, 1)),
        ((64, 64), (16, 32), (4, 2)),
        ((3, 2, 4), (2, 12), (1, 1)),
        ((2, 3, 4, 5), (8, 15), (1, 1)),
    ],
)
def test_a_vector_is_a_row_a_matrix_has_its_rows_and_further_dimensions_are_tiles(
    shape: tuple[int, ...], cells: tuple[int, int], block: tuple[int, int]
) -> None:
    layout = layout_of(shape)
    assert layout is not None
    assert (layout.cells, layout.block) == (cells, block)
    assert len(_levels(torch.ones(shape).tolist())) == cells[0] * cells[1]


def test_tiles_of_the_last_two_dimensions_are_beside_and_below_each_other() -> None:
    levels = torch.arange(1, 25).reshape(2, 3, 2, 2)  # fewer than STEPS, so that each number has its own level
    rows = torch.cat([torch.cat(list(one), dim=1) for one in levels])
    expected = [_level(round(number / 24 * STEPS)) for number in rows.flatten().tolist()]
    assert _levels(levels.tolist()) == "".join(expected)


def test_a_block_shows_its_element_of_largest_size_and_what_is_not_finite_first() -> None:
    tensor = torch.zeros(40, 8)
    tensor[0, 0], tensor[1, 0] = 1.0, -4.0
    tensor[2, 3], tensor[3, 3] = 8.0, nan
    levels = _levels(tensor.tolist())
    assert levels[0] == _level(-STEPS // 2)
    assert levels[8 + 3] == NAN
    assert set(levels[1:8]) == {ZERO}


def test_characters_of_levels_need_no_escape_and_are_not_what_separates_fields() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 4 + 2 * STEPS
    assert json.dumps(ALPHABET) == f'"{ALPHABET}"'
    assert escape(ALPHABET) == ALPHABET
    assert not set(" /") & set(ALPHABET)


def test_an_album_names_what_changed_and_sends_equal_pictures_once() -> None:
    album = Album(in_ascii)
    value: Value = [1.0, -1.0]
    equal: Value = [1.0, -1.0]
    one, other = _text(value), _text([2.0, 0.0])
    assert album.take({"n0.v": value, "n0.g": None, "n1.v": 3.0}) == [f"{one} n0.v"]
    assert album.take({"n0.v": value}) == []
    assert album.take({"n0.g": equal, "l0.after": equal, "n0.v": [2.0, 0.0]}) == [
        "0 n0.g l0.after",
        f"{other} n0.v",
    ]
    assert album.take({"n0.g": None, "n0.v": "—"}) == ["- n0.g n0.v"]
