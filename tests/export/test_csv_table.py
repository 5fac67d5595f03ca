"""The CSV holds what torch computed, bit for bit, for every kind of program."""

from __future__ import annotations

import csv
import io
import struct

import torch

import viz
from tests.browser.plain import each_iteration
from tests.programs import BACKWARD_TWICE, DIVERGES, LINE
from viz.export.csv_table import csv_of
from viz.export.excerpt import Excerpt

MATRIX = """\
import torch
from torch import optim

M = torch.tensor([[1.0, -2.0], [0.1, 3.0]], requires_grad=True)
s = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
optimizer = optim.SGD([M, s], lr=0.01)

for iteration in range(3):
    loss = (M * M).sum() * s
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
"""


def _rows(source: str, iterations: int = 20) -> list[dict[str, str]]:
    tape = viz.run(source, iterations=iterations)
    return list(csv.DictReader(io.StringIO(csv_of(tape))))


def _bits(numbers: list[str], letter: str = "f") -> bytes:
    return struct.pack(f"{len(numbers)}{letter}", *map(float, numbers))


def _torch_bits(tensors: list[torch.Tensor]) -> bytes:
    return torch.stack([one.detach().reshape(()) for one in tensors]).numpy().tobytes()


def _one_iteration() -> dict[str, torch.Tensor]:
    """The gradients of the matrix program before they are cleared, computed by plain torch."""
    (end,) = each_iteration(MATRIX.replace("    optimizer.zero_grad()\n", ""), 1)
    return end


def test_every_number_is_torchs_bit_for_bit() -> None:
    rows, plain = _rows(LINE), each_iteration(LINE, 20)
    assert len(rows) == 20
    for column, name in [("W[0] after", "W"), ("b[0] after", "b"), ("W.grad[0]", "W.grad"), ("loss", "loss")]:
        assert _bits([row[column] for row in rows]) == _torch_bits([one[name] for one in plain]), column


def test_a_parameter_has_its_value_at_the_start_of_the_iteration() -> None:
    rows = _rows(LINE)
    assert rows[0]["W[0]"] == "0.5"
    # d loss / dW = -4.5 and lr = 0.1: see tests.programs.
    assert (rows[0]["W.grad[0]"], rows[0]["b.grad[0]"], rows[0]["loss"]) == ("-4.5", "-2.5", "2.125")
    assert [row["W[0]"] for row in rows[1:]] == [row["W[0] after"] for row in rows[:-1]]


def test_a_number_reads_back_to_the_same_float() -> None:
    tape = viz.run(LINE)
    rows = list(csv.DictReader(io.StringIO(csv_of(tape))))
    for number, row in enumerate(rows):
        assert float(row["loss"]) == tape.iteration(number)[-1].variables["loss"].value


def test_columns_name_each_element_by_its_index() -> None:
    rows = _rows(MATRIX)
    elements = ["[0,0]", "[0,1]", "[1,0]", "[1,1]"]
    assert list(rows[0]) == [
        "iteration",
        *(f"M{index}" for index in elements),
        "s",
        *(f"M.grad{index}" for index in elements),
        "s.grad",
        "loss",
        *(f"M{index} after" for index in elements),
        "s after",
    ]


def test_a_gradient_has_its_value_after_backward_and_not_after_it_was_cleared() -> None:
    rows = _rows(MATRIX)
    plain = _one_iteration()
    assert _bits([rows[0]["M.grad[0,0]"], rows[0]["M.grad[0,1]"]]) == plain["M.grad"][0].numpy().tobytes()
    assert _bits([rows[0]["s.grad"]], "d") == plain["s.grad"].numpy().tobytes()


def test_float64_keeps_all_its_digits() -> None:
    rows = _rows(MATRIX)
    assert _bits([rows[2]["s after"]], "d") == each_iteration(MATRIX, 3)[-1]["s"].numpy().tobytes()
    assert "e" not in rows[2]["s after"] and len(rows[2]["s after"]) > 12


def test_numbers_that_are_not_finite_read_back_too() -> None:
    rows = _rows(DIVERGES, 200)
    assert {row["loss"] for row in rows} >= {"inf", "nan"}
    last = each_iteration(DIVERGES, 200)[-1]["w"].item()
    assert str(float(rows[-1]["w[0] after"])) == str(last)


def test_a_gradient_that_is_none_is_an_empty_cell() -> None:
    source = LINE.replace("    loss.backward()\n    optimizer.step()\n", "    loss.detach()\n")
    rows = _rows(source, 2)
    assert [row.get("loss", "") for row in rows] == ["", ""]
    assert "W.grad[0]" not in rows[0]
    assert [row["W[0]"] for row in rows] == ["0.5", "0.5"]


def test_a_program_without_a_loop_has_one_row() -> None:
    source = BACKWARD_TWICE.rsplit("loss.backward()\n", 1)[0]
    (row,) = _rows(source)
    # loss = w^2 at 3: 9, and its derivative 6.
    assert row == {"iteration": "0", "w[0]": "3.0", "w.grad[0]": "6.0", "loss": "9.0", "w[0] after": "3.0"}


def test_an_iteration_that_stopped_with_an_error_has_no_row() -> None:
    assert _rows(BACKWARD_TWICE) == []


def test_an_excerpt_has_only_the_first_rows() -> None:
    tape = viz.run(LINE)
    whole = csv_of(tape).splitlines()
    assert csv_of(Excerpt(tape, 7)).splitlines() == whole[:8]
