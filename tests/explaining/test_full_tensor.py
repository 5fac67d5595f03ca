"""A tensor in full: all numbers of a small one, a summary of a large one."""

from __future__ import annotations

import struct
from typing import Any

import torch

from viz.explaining.full_tensor import CELLS, MOST_NUMBERS, full_tensor
from viz.frames.plain import Summary


def test_a_summary_is_shown_with_its_picture() -> None:
    value = Summary((40, 50), "float32", "cpu", rows=2, blocks=struct.pack("4b", 127, -127, -128, 0))
    shown = full_tensor(value, (40, 50), "float32")
    assert shown.to_json()["blocks"] == ((1.0, -1.0), (None, 0.0))
    assert "blocks" not in full_tensor([1.0] * 200, (200,), "float32").to_json()


def test_up_to_a_hundred_numbers_are_all_shown() -> None:
    tensor = torch.arange(float(MOST_NUMBERS))
    shown = full_tensor(tensor.tolist(), (MOST_NUMBERS,), "float32")
    assert [float(text) for row in shown.rows for text in row] == tensor.tolist()
    assert (shown.summary, shown.strip) == ((), ())


def test_a_matrix_keeps_its_rows() -> None:
    assert full_tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], (2, 3), "float32").rows == (
        ("1.000", "2.000", "3.000"),
        ("4.000", "5.000", "6.000"),
    )


def test_a_scalar_is_one_number() -> None:
    assert full_tensor(2.5, (), "float64").rows == (("2.500",),)


def test_for_more_numbers_the_least_the_mean_and_the_largest_are_torchs() -> None:
    tensor = torch.linspace(-3.0, 5.0, 1000, dtype=torch.float64)
    shown = full_tensor(tensor.tolist(), (1000,), "float64")
    assert shown.rows == ()
    assert dict(shown.summary) == {"elements": "1000", "min": "−3.000", "mean": "1.000", "max": "5.000"}
    assert len(shown.strip) == CELLS
    assert shown.strip[0] == 0.0
    assert shown.strip[-1] == 1.0
    assert list(shown.strip) == sorted(one for one in shown.strip if one is not None)


def test_numbers_that_are_not_finite_are_counted_and_left_out_of_the_summary() -> None:
    numbers: Any = [float("nan")] * 100 + [float("inf"), 1.0, 3.0] + [2.0] * 100
    shown = full_tensor(numbers, (203,), "float32")
    assert dict(shown.summary) == {
        "elements": "203", "min": "1.000", "mean": "2.000", "max": "3.000", "inf or NaN": "101"
    }  # fmt: skip
    assert shown.strip[0] is None


def test_equal_numbers_make_a_strip_of_one_shade() -> None:
    assert set(full_tensor([7.0] * 200, (200,), "float32").strip) == {0.5}


def test_numbers_whose_sum_overflows_have_a_mean_and_a_strip() -> None:
    tensor = torch.tensor([1e308, -1e308, 1.5e308, 1.5e308] * 50, dtype=torch.float64).sort().values
    shown = full_tensor(tensor.tolist(), (200,), "float64")
    assert dict(shown.summary)["mean"] == "7.50e307"
    assert (shown.strip[0], shown.strip[-1]) == (0.0, 1.0)
    assert all(one is not None and 0 <= one <= 1 for one in shown.strip)


def test_the_page_gets_the_shape_the_dtype_and_the_summary_as_strings() -> None:
    small = full_tensor([[1.0, 2.0]], (1, 2), "float32").to_json()
    assert (small["about"], small["summary"]) == ("shape [1, 2], float32", "")
    large = full_tensor([float(one) for one in range(201)], (201,), "float64").to_json()
    assert large["about"] == "shape [201], float64"
    assert large["summary"] == "elements 201   min 0   mean 100.0   max 200.0"
