"""Estimates the memory of a program's values: tensors, arrays and strings, nested ones included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sys import getsizeof
from typing import Any

import numpy as np
import torch
from torch import optim

from viz import limits
from viz.language.runtime.kinds import kind_of
from viz.language.runtime.state import State
from viz.pytorch.graph import function_of, is_leaf_tensor, unseen

#: What an entry of a list, and one of a dict, takes by itself.
_ENTRY, _PAIR = 8, 100
#: Tensors as large as a parameter that an optimizer keeps for it, LBFGS and its history apart.
_STATE = 4


def held(things: Iterable[Any]) -> int:
    """About how many bytes these values take together, each of them once; plain numbers are not counted.

    The graph behind a tensor counts only with what a program's own Functions put into `ctx`: the rest of it is in
    the recording.
    """
    total = 0
    seen: set[int] = set()
    storages: set[int] = set()
    nodes: set[Any] = set()
    pending = list(things)
    while pending:
        one = pending.pop()
        if one is None or isinstance(one, (int, float)) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, torch.Tensor):
            if not one._is_zerotensor():  # zeros without memory: the derivative of a sign
                storage = one.untyped_storage()
                if storage.data_ptr() not in storages:
                    storages.add(storage.data_ptr())
                    total += storage.nbytes()
            pending.extend(_behind(one, nodes))
        else:
            total += _size(one)
            pending.extend(kind_of(one).inside(one))
    return total


def check_memory(state: State) -> None:
    """Raise LimitReached if what the program's names hold takes too much memory; measured when much was made."""
    if state.meter.due:
        state.meter.measured(held((state.globals, state.variables, state.cells)))


def remembered(optimizer: optim.Optimizer) -> int:
    """How many bytes an optimizer's state may come to take, however often it steps."""
    tensors = 2 * limits.HISTORY if isinstance(optimizer, optim.LBFGS) else _STATE
    held = [one for group in optimizer.param_groups for one in group["params"]]
    return sum(tensors * one.numel() * one.element_size() for one in held)


def _behind(tensor: torch.Tensor, nodes: set[Any]) -> Iterator[Any]:
    """The gradient of a leaf, and what the program's own Functions keep in the graph behind another tensor."""
    function = function_of(tensor)
    if function is not None:
        fresh = unseen(function, nodes)
        nodes.update(fresh)
        for node in fresh:
            yield getattr(node, "kept", None)
    elif is_leaf_tensor(tensor):
        yield tensor.grad


def _size(thing: Any) -> int:
    """How many bytes a value takes without the values inside it."""
    if isinstance(thing, np.ndarray):
        return int(thing.nbytes)
    if isinstance(thing, str):
        return getsizeof(thing)
    if isinstance(thing, (list, tuple)):
        return _ENTRY * len(thing)
    return _PAIR * len(thing) if isinstance(thing, dict) else 0
