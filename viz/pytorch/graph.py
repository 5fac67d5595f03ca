"""Walks torch's graph: the Nodes behind a tensor, and what is a leaf."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

#: torch's own Node, as against the plain one of `viz.frames.graph`.
TorchNode: TypeAlias = Node
#: A Node's `next_functions`: where each gradient that it sends goes, and to which of that Node's outputs.
Entries: TypeAlias = tuple[tuple[TorchNode | None, int], ...]


def unseen(root: TorchNode, known: Container[TorchNode]) -> dict[TorchNode, Entries]:
    """The Nodes reachable from `root` that are not `known`, and their `next_functions`: each after its inputs.

    torch makes that tuple anew each time that it is asked. Walks with a stack, so that a chain may be longer than
    Python's recursion.
    """
    fresh: dict[TorchNode, Entries] = {}
    entered: dict[TorchNode, Entries] = {}
    stack: list[tuple[TorchNode, bool]] = [(root, False)]
    while stack:
        function, left = stack.pop()
        if left:
            fresh[function] = entered[function]
        elif function not in known and function not in entered:
            entries = entered[function] = function.next_functions
            stack.append((function, True))
            for following, _ in reversed(entries):
                if following is not None:
                    stack.append((following, False))
    return fresh


def function_of(tensor: torch.Tensor) -> TorchNode | None:
    """The Node that made `tensor`, None for a leaf.

    None too where torch does not say: for one of several views (of `unbind`) whose base was changed in place.
    """
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf_tensor(tensor: torch.Tensor) -> bool:
    """As `Tensor.is_leaf`; False where torch does not say (see `function_of`)."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False


def outputs(function: TorchNode) -> int:
    """How many tensors a Node made: `unbind` and `split` make several."""
    return len(function._input_metadata)


def is_leaf(function: TorchNode) -> bool:
    """True for the Node that adds to a leaf's `.grad`."""
    return type(function).__name__ == "AccumulateGrad"


def saves_result(function: TorchNode) -> bool:
    """Whether a Node saved a tensor that it made itself, as the Node of `exp` does.

    False once a backward freed it.
    """
    node: Any = function
    if isinstance(node, BackwardCFunction):
        read: Sequence[Callable[[], Any]] = [lambda: node.saved_tensors]
    else:
        read = [partial(getattr, node, name) for name in dir(type(node)) if name.startswith("_saved_")]
    try:
        saved = [one() for one in read]
    except RuntimeError:
        return False
    tensors = [part for one in saved for part in (one if isinstance(one, (tuple, list)) else [one])]
    return any(isinstance(one, torch.Tensor) and function_of(one) is function for one in tensors)
