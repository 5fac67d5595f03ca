"""A tensor that is too large, or of an odd kind, is read as a Summary; reading never raises."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from viz.frames.plain import Summary
from viz.recording.reading.summaries import Summaries


def summary_of(tensor: torch.Tensor) -> Summary:
    read = Summaries().read(tensor)
    assert isinstance(read, Summary)
    return read


def test_up_to_a_thousand_numbers_are_kept_whole() -> None:
    assert Summaries().read(torch.arange(1000)) == list(range(1000))
    assert isinstance(Summaries().read(torch.arange(1001)), Summary)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.int64, torch.bool])
def test_a_summary_has_torchs_own_numbers(dtype: torch.dtype) -> None:
    tensor = (torch.rand(60, 50, generator=torch.Generator().manual_seed(3)) * 5).to(dtype)[:, ::2]
    found, exact = summary_of(tensor), tensor.double()
    assert (found.shape, found.dtype, found.device, found.kind) == ((60, 25), str(dtype)[6:], "cpu", "")
    assert (found.minimum, found.maximum) == (float(exact.min()), float(exact.max()))
    assert found.mean == pytest.approx(float(exact.mean()), rel=1e-6)
    assert found.norm == pytest.approx(float(exact.norm()), rel=1e-6)
    assert found.zeros == pytest.approx(float((exact == 0).double().mean()))
    assert sum(found.histogram) == 1500  # every number: there are fewer than the histogram looks at


def test_a_summary_counts_nan_and_inf_and_leaves_them_out_of_the_histogram() -> None:
    tensor = torch.ones(2000)
    tensor[:500] = torch.nan
    tensor[500:600] = -torch.inf
    found = summary_of(tensor)
    assert (found.nans, found.infs, found.zeros) == (0.25, 0.05, 0.0)
    assert sum(found.histogram) == 1400


def test_a_version_is_summed_up_once_and_a_change_in_place_is_seen() -> None:
    values, tensor = Summaries(), torch.zeros(2000, requires_grad=True)
    first = values.read(tensor)
    assert values.read(tensor) is first
    assert values.read(tensor.detach()) is first
    with torch.no_grad():
        tensor += 1
    now = values.read(tensor)
    assert isinstance(now, Summary) and now.mean == 1.0


def test_a_large_tensor_is_not_kept_alive_and_its_memory_is_not_mistaken_for_it() -> None:
    values = Summaries()
    for number in range(20):
        tensor = torch.full((2000,), float(number))
        watched = weakref.ref(tensor)
        found = values.read(tensor)
        assert isinstance(found, Summary) and found.mean == number
        del tensor
        assert watched() is None


def test_tensors_of_the_same_memory_are_summed_up_once() -> None:
    values, tensor = Summaries(), torch.rand(40, 50)
    first, turned, line = (values.read(one) for one in (tensor, tensor.t(), tensor.view(-1)))
    assert isinstance(first, Summary) and isinstance(turned, Summary) and isinstance(line, Summary)
    assert (turned.shape, line.shape) == ((50, 40), (2000,))
    assert (turned.norm, turned.histogram) == (first.norm, first.histogram)
    part = values.read(tensor[:, :30])
    assert isinstance(part, Summary) and part.norm == pytest.approx(float(tensor[:, :30].norm()))


def _nested(layout: torch.layout) -> torch.Tensor:
    made: torch.Tensor = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3) * 3], layout=layout)
    return made


class Loud(torch.Tensor):
    """A subclass that may not be touched."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore
        raise AssertionError(f"{func} was called")


ODD: dict[str, tuple[Callable[[], torch.Tensor], float | None]] = {
    "sparse_coo": (lambda: torch.tensor([[0.0, 3.0], [0.0, 1.0]]).to_sparse(), 2.0),
    "sparse_csr": (lambda: torch.tensor([[0.0, 3.0], [0.0, 1.0]]).to_sparse_csr(), 2.0),
    "quantized": (lambda: torch.quantize_per_tensor(torch.tensor([1.0, 2.0]), 0.5, 0, torch.qint8), 1.5),
    "complex": (lambda: torch.tensor([3 + 4j, 0]), 2.5),
    "meta": (lambda: torch.empty(3, device="meta"), None),
    "nested": (lambda: _nested(torch.strided), 5 / 3),
    "uninitialized": (lambda: nn.LazyLinear(2).weight, None),
    "Loud": (lambda: torch.Tensor._make_wrapper_subclass(Loud, (3,)), None),
}


@pytest.mark.parametrize(("kind", "make", "mean"), [(kind, *one) for kind, one in ODD.items()], ids=ODD)
@pytest.mark.filterwarnings("ignore")
def test_an_odd_tensor_is_named(kind: str, make: Callable[[], torch.Tensor], mean: float | None) -> None:
    found = summary_of(make())
    assert found.kind == kind
    assert found.mean == (None if mean is None else pytest.approx(mean))
    gc.collect()


def test_a_jagged_tensor_is_a_nested_one() -> None:
    assert summary_of(_nested(torch.jagged)).kind == "nested"


def test_reading_is_seen_by_no_mode_of_the_program() -> None:
    with FlopCounterMode(display=False) as counter:
        Summaries().read(torch.ones(2000))
    assert counter.get_total_flops() == 0
