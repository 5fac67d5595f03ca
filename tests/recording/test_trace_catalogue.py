"""The graph behind each sample of PyTorch's own databases equals the one that a direct walk finds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch.utils._pytree import tree_leaves

import viz
from tests.audit.catalogue_samples import drawn, modules, operations, seeded
from tests.recording.next_functions import differences

#: The entries of the databases that have no graph here, and why.
WITHOUT_A_GRAPH = {
    "nn.functional.one_hot": "it takes integers and returns integers",
    "torch.ops.aten._efficient_attention_forward": "torch has it for CUDA only",
    "torch.ops.aten._flash_attention_forward": "torch has it for CUDA only",
}
#: In order of preference; the last is for operations that take only complex numbers.
DTYPES = (torch.float64, torch.float32, torch.complex128)
#: The databases are compared in parts, so that processes can share the work.
PARTS = 8
#: The number of samples of each entry; `make fuzz` asks for all of them.
SAMPLES = int(os.environ.get("EXAMPLES", "4"))

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of samples at the edge of what is allowed


@pytest.mark.parametrize("part", range(PARTS))
def test_the_differentiable_samples_of_op_db_have_the_graph_of_a_direct_walk(part: int) -> None:
    entries = [one for one in operations() if one.supports_autograd]
    assert _without_a_graph(entries[part::PARTS], _title, _of_operation) == []


def test_the_modules_of_module_db_have_the_graph_of_a_direct_walk() -> None:
    assert _without_a_graph(modules(), lambda entry: entry.module_cls.__name__, _of_module) == []


def test_the_list_has_only_operations_of_the_database() -> None:
    assert WITHOUT_A_GRAPH.keys() <= {_title(one) for one in operations() if one.supports_autograd}


def _without_a_graph(
    entries: list[Any], title: Callable[[Any], str], results: Callable[[Any], Iterator[object]]
) -> list[str]:
    """Compare all graphs; return the entries for which the list is wrong: missing, or there despite a graph."""
    wrong = []
    for entry in entries:
        try:
            nodes = sum([_compared(result) for result in results(entry)])
        except (NotImplementedError, RuntimeError):
            if title(entry) not in WITHOUT_A_GRAPH:
                raise
            nodes = 0
        if (nodes == 0) != (title(entry) in WITHOUT_A_GRAPH):
            wrong.append(title(entry))
    return wrong


def _compared(result: object) -> int:
    """Compare the graph behind one result with torch's; return the number of its Nodes."""
    tensors = [one for one in tree_leaves(result) if isinstance(one, torch.Tensor)]
    graph = viz.trace(result)
    assert differences(graph, tensors) == []
    assert viz.trace(tensors) == graph
    return len(graph.nodes)


def _title(operation: Any) -> str:
    return f"{operation.name}{operation.variant_test_name and '.'}{operation.variant_test_name}"


def _of_operation(operation: Any) -> Iterator[object]:
    """The results of the first SAMPLES samples."""
    dtypes = operation.supported_backward_dtypes("cpu") or operation.supported_dtypes("cpu")
    dtype = next((one for one in DTYPES if one in dtypes), torch.float32)
    for sample in drawn(lambda: operation.sample_inputs("cpu", dtype, requires_grad=True), SAMPLES):
        with seeded():
            result = operation(sample.input, *sample.args, **sample.kwargs)
        yield result


def _of_module(entry: Any) -> Iterator[object]:
    """The results of the first SAMPLES samples, in training and, where that differs, in evaluation."""
    for training in (True, False) if entry.train_and_eval_differ else (True,):
        options = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
        for sample in drawn(partial(entry.module_inputs_func, entry, **options), SAMPLES):
            with seeded():
                module = entry.module_cls(*sample.constructor_input.args, **sample.constructor_input.kwargs)
                module.double().train(training)
                if sample.forward_input is not None:
                    yield module(*sample.forward_input.args, **sample.forward_input.kwargs)
