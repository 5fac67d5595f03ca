"""Reads the graph behind tensors as plain data, without running anything."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import torch

from viz.frames.graph import Edge, TracedGraph, TracedNode
from viz.pytorch.graph import ACCUMULATE_GRAD, TorchNode, leaf_of, outputs, root_of
from viz.pytorch.nesting import tensors_in
from viz.recording.reading.values import dtype_name


def trace(outputs: object, *, names: Mapping[str, torch.Tensor] | None = None) -> TracedGraph:
    """Return the graph that autograd built behind `outputs`, as plain data.

    `outputs` is a tensor, or tensors in lists, tuples, dicts, sets and dataclasses, nested in any way. A tensor
    that needs no gradient adds nothing. `names` maps names to tensors, as `dict(model.named_parameters())` does; a
    Node gets the first name of its tensor.

    There is one Node for each autograd Node that `next_functions` leads to, AccumulateGrad included, and one edge
    for each entry that is not None. No numbers are copied and no saved tensors are read: `viz.run` records those.

    It makes no difference whether `backward()` has run. Nothing changes, and the graph holds no tensor. Raises
    TypeError for an object that cannot be searched for tensors, and RuntimeError if torch does not say which Node
    made a tensor: one of several views (of `unbind`) whose base was changed in place.

    torch 2.13 frees a graph recursively once Python has walked it, as this does: if a path in it has more than
    about 40,000 Nodes, that overflows a stack of 8 MB, and the process ends.
    """
    tensors = list(tensors_in(outputs))
    with _collection_paused():
        return _graph(tensors, names or {})


def _graph(tensors: Sequence[torch.Tensor], names: Mapping[str, torch.Tensor]) -> TracedGraph:
    """Return the graph behind `tensors`, with what is known of them and of the named tensors."""
    ids, edges = _walk(root for tensor in tensors if (root := root_of(tensor)) is not None)
    known: dict[int, torch.Tensor] = {}
    variables: dict[int, str] = {}
    for name, tensor in (*names.items(), *((None, tensor) for tensor in tensors)):
        function = root_of(tensor)
        if function is not None and function in ids and outputs(function) == 1:
            known[ids[function]] = tensor
            if name is not None:
                variables.setdefault(ids[function], name)
    return TracedGraph(tuple(_nodes(ids, known, variables)), tuple(edges))


def _walk(roots: Iterable[TorchNode]) -> tuple[dict[TorchNode, int], list[Edge]]:
    """Return the Nodes reachable from `roots`, numbered breadth first, and their edges.

    Unlike `unseen` (viz/pytorch/graph.py), this keeps no tuple `next_functions`: that takes 1.7 times as long.
    """
    functions = list(dict.fromkeys(roots))
    ids = {function: number for number, function in enumerate(functions)}
    edges: list[Edge] = []
    for number, function in enumerate(functions):  # the list grows in the loop
        slot = 0
        for following, input_nr in function.next_functions:
            if following is not None:
                known = ids.get(following)
                if known is None:
                    known = ids[following] = len(functions)
                    functions.append(following)
                edges.append(Edge(number, known, slot, input_nr))
            slot += 1  # noqa: SIM113  # `enumerate` would make a tuple for each entry
    return ids, edges


def _nodes(
    ids: Mapping[TorchNode, int], known: Mapping[int, torch.Tensor], variables: Mapping[int, str]
) -> list[TracedNode]:
    """Return the Nodes, with the shapes and dtypes of the `known` tensors and of the leaves."""
    nodes = []
    type_names = _TypeNames()
    for function, number in ids.items():
        name = type_names[type(function)]
        leaf = name == ACCUMULATE_GRAD
        tensor = leaf_of(function) if leaf else known.get(number)
        if tensor is None:
            nodes.append(TracedNode(number, "operation", name))
        else:
            shape = None if tensor.is_nested else tuple(tensor.shape)
            dtype = dtype_name(tensor.dtype)
            kind: Literal["operation", "leaf"] = "leaf" if leaf else "operation"
            nodes.append(TracedNode(number, kind, name, variables.get(number), shape, dtype))
    return nodes


class _TypeNames(dict[type, str]):
    """The name of each type of Node: torch makes a new string at every access."""

    def __missing__(self, key: type) -> str:
        name = self[key] = key.__name__
        return name


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause Python's garbage collector: it would visit the growing graph again and again, and free none of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
