"""The programs made from PyTorch's own samples compute what the samples compute, and cover all databases."""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import pytest
import torch

from tests.audit import audit, catalogue, catalogue_operations
from tests.audit import catalogue_edges as edges
from tests.audit.catalogue_count import Count, Sample, different
from tests.audit.catalogue_ending import ended, plainly
from tests.audit.catalogue_forms import IMPORTS, forms
from tests.audit.catalogue_samples import drawn, operations
from tests.audit.catalogue_text import Head

ODD = torch.tensor([0.1, -0.0, float("nan"), float("-inf"), 1e-45, 3.4e38, 1 / 3])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.bool])
def test_a_tensor_is_written_so_that_python_reads_the_same_bits(dtype: torch.dtype) -> None:
    for value in (ODD, ODD[:2].reshape(1, 2, 1), ODD[0], ODD[:0], ODD[:0].reshape(3, 0), ODD[:0].reshape(0, 2)):
        tensor = value.nan_to_num().to(dtype) if dtype is torch.int64 else value.to(dtype)
        head = Head()
        name = head.put(tensor)
        names = plainly(IMPORTS + "\n".join(head.lines)).names
        assert names[name].shape == tensor.shape
        assert names[name].dtype is dtype
        assert repr(names[name].tolist()) == repr(tensor.tolist())


def test_every_element_of_a_result_counts_differently_in_the_loss() -> None:
    source = ended("import torch\nx = torch.zeros(2, 3, requires_grad=True)\nout = x * 1\n")
    assert source is not None
    gradient = plainly(source).names["x"].grad
    assert len(set(gradient.flatten().tolist())) == 6
    assert (gradient > 0).all()


def test_a_program_that_draws_random_numbers_sets_its_seed_first() -> None:
    source = ended("import torch\nx = torch.rand(2)\nout = x * 1\n")
    assert source == "import torch\ntorch.manual_seed(0)\nx = torch.rand(2)\nout = x * 1\n"


def test_only_one_of_the_samples_that_differ_in_random_numbers_is_taken() -> None:
    count = Count("")
    samples = [Sample((torch.rand(2),), {"p": p}) for p in (0.123456789, 0.987654321, 2.0)]
    assert different(samples, count) == [samples[0], samples[2]]
    assert (count.samples, count.alike) == (3, 1)


def test_a_large_tensor_and_the_indices_into_it_are_cut_to_a_corner() -> None:
    (small,) = different([Sample((torch.rand(20, 20), torch.tensor([3, 19])), {})], Count(""))
    assert small.args[0].shape == (5, 5)
    assert small.args[1].tolist() == [3, 4]


def test_a_sample_at_an_edge_has_other_numbers_and_is_otherwise_the_same() -> None:
    given = torch.rand(2, 3).requires_grad_(), torch.rand(3), torch.tensor([0, 2])
    at_edges = dict(edges.of([Sample(given, {}), Sample(given, {})], torch.float32))
    assert len(at_edges) == 2 * 8
    for name in ("zeros 0", "nan 1", "inf 0", "ties 1", "denormals 0", "huge 1"):
        x, y, index = at_edges[name].args
        assert (x.shape, y.shape, x.requires_grad, y.requires_grad) == ((2, 3), (3,), True, False)
        assert index is given[2]
    assert at_edges["nan 0"].args[0].isnan().any()
    assert (at_edges["denormals 0"].args[0] != 0).all()
    assert [one.tolist() for one in at_edges["empty 0"].args] == [[[], []], [], [0, 2]]
    assert at_edges["single 0"].args[2].tolist() == [0, 0]


def test_the_operands_of_a_second_sample_meet_the_edge_in_different_places() -> None:
    given = torch.rand(4), torch.rand(4)
    at_edges = dict(edges.of([Sample(given, {}), Sample(given, {})], torch.float32))
    pairs = {
        number: list(zip(*[one.tolist() for one in at_edges[f"inf {number}"].args], strict=True))
        for number in (0, 1)
    }
    assert all(x == y for x, y in pairs[0])
    assert pairs[1] == [(1.0, math.inf), (math.inf, -math.inf), (-math.inf, 2.0), (2.0, 1.0)]


@pytest.mark.filterwarnings("ignore")
def test_a_program_computes_what_the_database_computes_of_its_sample() -> None:
    """Checks one sample of each operation in each form, except operations that draw random numbers."""
    compared = 0
    for operation in operations():
        had = [form for form in forms(operation) if form.refusal is None]
        if not had:
            continue
        given = drawn(lambda: operation.sample_inputs("cpu", torch.float64))  # noqa: B023
        samples = different([Sample((one.input, *one.args), one.kwargs) for one in given], Count(""))
        for sample, form in product(samples[:1], had):
            for source in catalogue_operations.written(form, sample):
                ran = plainly(source)
                if ran.error is None and not ran.drew:
                    wanted = operation.op(*sample.args, **sample.options)
                    torch.testing.assert_close(ran.names["out"], wanted, equal_nan=True, msg=source)
                    compared += 1
    assert compared > 200


@cache
def _slice(title: str) -> list[tuple[str, str]]:
    """A program of each entry of a database; each process of pytest makes it once."""
    return list(catalogue.sliced(title))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("third", range(3))
@pytest.mark.parametrize(("title", "least"), [("op_db", 180), ("module_db", 37), ("optim_db", 14)])
def test_the_page_is_true_for_a_program_of_every_entry(title: str, least: int, third: int) -> None:
    """In thirds, which the processes of pytest share. `make audit` checks all programs of every entry."""
    assert len(_slice(title)) >= least
    programs = dict(_slice(title)[third::3])
    assert any("edge: " in name for name in programs)
    assert any("float64" in name for name in programs)
    complaints = [one for name, source in programs.items() for one in audit(source, name)]
    assert [str(one) for one in complaints] == []
