"""Each differentiable sample of PyTorch's own databases is recorded with torch's own graph and gradients."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

import pytest
import torch
from torch.utils._pytree import tree_leaves

import viz
from tests.audit.catalogue_samples import drawn, modules, operations, seeded
from viz.frames.events import Backward
from viz.frames.graph import Graph, Node
from viz.recording.reading.summaries import Summaries

#: The entries of the databases that are not compared, and why.
LEFT_OUT: dict[str, str] = {}
#: `make fuzz` gets twenty samples of every entry; otherwise there is one sample of a part of them.
EVERYTHING = "EXAMPLES" in os.environ
SAMPLES = min(int(os.environ.get("EXAMPLES", "1")), 20)
STEP = 1 if EVERYTHING else 20
#: In order of preference; the last is for operations that take only complex numbers.
DTYPES = (torch.float64, torch.float32, torch.complex128)

#: Runs a sample.
Run: TypeAlias = Callable[[], object]
#: The names of a graph's Nodes, breadth first, each with its edges: input, slot and `input_nr`.
Shape: TypeAlias = list[tuple[str, list[tuple[int, int, int]]]]

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of samples at the edge of what is allowed


def test_the_differentiable_samples_of_op_db() -> None:
    entries = [one for one in operations() if one.supports_autograd]
    assert list(_differences(entries[::STEP], _title, _of_operation)) == []


def test_the_modules_of_module_db() -> None:
    assert list(_differences(modules()[::STEP], lambda entry: entry.module_cls.__name__, _of_module)) == []


def _differences(
    entries: list[Any], title: Callable[[Any], str], runs: Callable[[Any], Iterator[Run]]
) -> Iterator[str]:
    for entry in entries:
        if title(entry) not in LEFT_OUT:
            for run in islice(runs(entry), SAMPLES):
                yield from (f"{title(entry)}: {text}" for text in _compared(run))


def _compared(run: Run) -> Iterator[str]:
    """Run a sample without and with a recording, and compare graphs and gradients."""
    try:
        with seeded():
            alone = _loss(run())
    except (NotImplementedError, RuntimeError):
        return  # this sample has no gradient, or does not run here
    if alone is None:
        return
    leaves = [one.variable for one in _walk(alone)[0] if type(one).__name__ == "AccumulateGrad"]
    with seeded():
        wanted = torch.autograd.grad(alone, leaves, allow_unused=True, retain_graph=True)
    with seeded(), viz.record() as recording:
        loss: Any = _loss(run())
        shape = _walk(loss)[1]
        loss.backward(retain_graph=True)  # the inputs of a few samples have a graph of their own
    if recording.problem is not None:
        yield recording.problem.message
        return
    event = next(one.event for one in reversed(recording.frames) if isinstance(one.event, Backward))
    nodes, recorded = _recorded(recording.graph, event.root)
    if recorded != shape:
        yield f"{recorded} was recorded, and torch has {shape}"
        return
    ends = [node for node in nodes if node.kind == "leaf"]
    for node, gradient in zip(ends, wanted, strict=True):
        own = None if gradient is None else Summaries().read(gradient)
        if repr(node.contribution) != repr(own):
            yield f"the gradient {node.contribution} was recorded, and torch has {own}"


def _loss(result: object) -> torch.Tensor | None:
    """A number of which every output that needs a gradient is a part; None if none does."""
    needed = [one for one in tree_leaves(result) if isinstance(one, torch.Tensor) and one.requires_grad]
    sums = [(one.abs() if one.is_complex() else one).sum() for one in needed if one.layout is torch.strided]
    return torch.stack([one.double() for one in sums]).sum() if sums else None


def _walk(loss: torch.Tensor) -> tuple[list[Any], Shape]:
    """torch's Nodes behind a tensor, breadth first, and the shape of their graph."""
    functions: list[Any] = [loss.grad_fn]
    numbers, shape = {functions[0]: 0}, list[tuple[str, list[tuple[int, int, int]]]]()
    for function in functions:  # the list grows in the loop
        edges = []
        for slot, (following, nr) in enumerate(function.next_functions):
            if following is not None:
                if following not in numbers:
                    numbers[following] = len(functions)
                    functions.append(following)
                edges.append((numbers[following], slot, nr))
        shape.append((type(function).__name__, edges))
    return functions, shape


def _recorded(graph: Graph, root: int) -> tuple[list[Node], Shape]:
    """The recorded Nodes behind a root, breadth first, and the shape of their graph."""
    leaving: dict[int, list[tuple[int, int, int]]] = {}
    for edge in graph.edges:
        if edge.gradient:
            leaving.setdefault(edge.node, []).append((edge.slot, edge.input, edge.input_nr))
    order, numbers, shape = [root], {root: 0}, list[tuple[str, list[tuple[int, int, int]]]]()
    for number in order:  # the list grows in the loop
        edges = []
        for slot, following, nr in sorted(leaving.get(number, [])):
            if following not in numbers:
                numbers[following] = len(order)
                order.append(following)
            edges.append((numbers[following], slot, nr))
        shape.append((graph.nodes[number].name, edges))
    return [graph.nodes[number] for number in order], shape


def _title(operation: Any) -> str:
    return f"{operation.name}{operation.variant_test_name and '.'}{operation.variant_test_name}"


def _of_operation(operation: Any) -> Iterator[Run]:
    dtypes = operation.supported_backward_dtypes("cpu") or operation.supported_dtypes("cpu")
    dtype = next((one for one in DTYPES if one in dtypes), torch.float32)
    for sample in drawn(lambda: operation.sample_inputs("cpu", dtype, requires_grad=True)):
        yield partial(operation, sample.input, *sample.args, **sample.kwargs)


def _of_module(entry: Any) -> Iterator[Run]:
    for training in (True, False) if entry.train_and_eval_differ else (True,):
        options = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
        for sample in drawn(partial(entry.module_inputs_func, entry, **options)):
            if sample.forward_input is not None:
                yield partial(_forward, entry.module_cls, sample, training)


def _forward(kind: Any, sample: Any, training: bool) -> object:
    module = kind(*sample.constructor_input.args, **sample.constructor_input.kwargs).double().train(training)
    return module(*sample.forward_input.args, **sample.forward_input.kwargs)
