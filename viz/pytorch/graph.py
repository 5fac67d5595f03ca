"""Walks torch's graph: finds the Nodes behind a tensor, and the leaves."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node, get_gradient_edge

#: torch's own Node; `viz.frames.graph` has the plain one.
TorchNode: TypeAlias = Node
#: A Node's `next_functions`: the Node that each sent gradient goes to, and the number of that Node's output.
Entries: TypeAlias = tuple[tuple[TorchNode | None, int], ...]
#: The name of the Node that adds to a leaf's `.grad`.
ACCUMULATE_GRAD = "AccumulateGrad"
_ACCUMULATE_GRAD: type = getattr(torch._C._functions, ACCUMULATE_GRAD)  # torch has no types for it


def unseen(root: TorchNode, known: Container[TorchNode]) -> dict[TorchNode, Entries]:
    """Return the Nodes reachable from `root` that are not `known`, with their `next_functions`, inputs first.

    torch builds the tuple `next_functions` at every access, so each is read once. The walk uses a stack: a chain
    may be longer than Python's recursion limit.
    """
    fresh: dict[TorchNode, Entries] = {}
    entered: dict[TorchNode, Entries] = {}
    stack = [] if root in known else [root]
    while stack:
        function = stack[-1]
        if function in entered:  # all that it leads to was walked
            fresh[function] = entered[function]
            stack.pop()
        else:
            entries = entered[function] = function.next_functions
            for following, _ in reversed(entries):
                if following is not None and following not in known and following not in entered:
                    stack.append(following)
    return fresh


def root_of(tensor: torch.Tensor) -> TorchNode | None:
    """Return the Node that receives the gradient of `tensor`: an AccumulateGrad for a leaf.

    None if the tensor needs no gradient.     Raises RuntimeError if torch refuses to say (see `function_of`).
    """
    if not tensor.requires_grad:
        return None
    function = tensor.grad_fn
    if function is not None:
        return function
    with torch.inference_mode(False):  # torch makes a view of the leaf to find its AccumulateGrad
        return get_gradient_edge(tensor).node


def function_of(tensor: torch.Tensor) -> TorchNode | None:
    """Return the Node that made `tensor`, None for a leaf.

    Also None if torch refuses to say: for one of several views (of `unbind`) whose base was changed in place.
    """
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf_tensor(tensor: torch.Tensor) -> bool:
    """Like `Tensor.is_leaf`, but False if torch refuses to say (see `function_of`)."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False


def outputs(function: TorchNode) -> int:
    """Return the number of a Node's outputs: `unbind` and `split` have several."""
    return len(function._input_metadata)


def is_leaf(function: TorchNode) -> bool:
    """Whether this is an AccumulateGrad, the Node that adds to a leaf's `.grad`."""
    return type(function) is _ACCUMULATE_GRAD


def leaf_of(function: TorchNode) -> torch.Tensor:
    """Return the leaf of an AccumulateGrad."""
    leaf: torch.Tensor = function.variable  # type: ignore[attr-defined]  # AccumulateGrad has it
    return leaf


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
