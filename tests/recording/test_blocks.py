"""A large tensor has a picture of blocks, each with the number of largest size among those that it looks at."""

from __future__ import annotations

import struct

import pytest
import torch

from viz.frames.plain import Summary
from viz.recording.reading.blocks import blocks
from viz.recording.reading.summaries import Summaries


def picture(tensor: torch.Tensor) -> list[list[int]]:
    """The rows of the picture."""
    rows, held = blocks(tensor)
    across = len(held) // rows
    return [list(struct.unpack(f"{across}b", held[row * across : (row + 1) * across])) for row in range(rows)]


def test_each_number_of_a_small_matrix_is_a_block_on_the_scale_of_the_largest() -> None:
    assert picture(torch.tensor([[0.0, -2.0, 1.0], [4.0, 3.0, -4.0]])) == [[0, -64, 32], [127, 95, -127]]


def test_a_block_has_the_number_of_largest_size_with_its_sign() -> None:
    tensor = torch.zeros(16, 32)
    tensor[1, 1], tensor[0, 0], tensor[15, 31] = -5, 4, 3
    found = picture(tensor)
    assert (len(found), len(found[0])) == (8, 16)
    assert (found[0][0], found[7][15]) == (-127, 76)
    assert sum(abs(one) for row in found for one in row) == 127 + 76


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
def test_a_block_with_a_number_that_is_not_finite_is_marked_and_the_others_are_not(number: float) -> None:
    tensor = torch.ones(16, 32)
    tensor[2, 3] = number
    found = picture(tensor)
    assert found[1][1] == -128
    assert {one for row in found for one in row} == {-128, 127}


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((5000,), (1, 16)), ((3, 7000), (3, 16)), ((7000, 3), (8, 3)), ((2, 3, 40, 50), (8, 16)),
        ((1100, 1), (8, 1)), ((1, 1, 1, 2000), (1, 16)), ((31, 37, 41), (8, 16)),
    ],
)  # fmt: skip
def test_every_shape_has_at_most_eight_rows_of_sixteen_blocks(
    shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    found = picture(torch.arange(1.0, 1.0 + torch.Size(shape).numel()).reshape(shape))
    assert (len(found), len(found[0])) == size
    assert found == [sorted(row) for row in found]  # the numbers grow along the last dimension
    assert found[-1][-1] == 127


def test_numbers_that_torch_negates_when_they_are_read_have_a_picture() -> None:
    lazily = (
        torch.complex(torch.zeros(2, 2), torch.tensor([[1.0, 2.0], [3.0, 4.0]])).to(torch.complex128).conj().imag
    )
    assert lazily.is_neg() and lazily.dtype == torch.float64
    assert picture(lazily) == [[-32, -64], [-95, -127]]


def test_zeros_and_nothing_have_a_picture_without_a_largest_number() -> None:
    assert picture(torch.zeros(2, 2)) == [[0, 0], [0, 0]]
    assert blocks(torch.zeros(0, 5)) == (0, b"")


def test_a_transpose_has_a_picture_of_its_own() -> None:
    values, tensor = Summaries(), torch.randn(40, 40, generator=torch.Generator().manual_seed(1))
    both = values.read(tensor), values.read(tensor.T)
    assert isinstance(both[0], Summary) and isinstance(both[1], Summary)
    assert (both[1].rows, both[1].blocks) == blocks(tensor.T.clone())
    assert both[0].blocks != both[1].blocks
    assert both[0].mean == both[1].mean
