"""How much memory the values of a program take: tensors, arrays and texts, those inside of others too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sys import getsizeof
from typing import Any

import numpy as np
import torch
from torch import nn, optim

from viz import limits
from viz.language.runtime.callback import Callback
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
        elif isinstance(one, np.ndarray):
            total += one.nbytes
        elif isinstance(one, str):
            total += getsizeof(one)
        elif isinstance(one, dict):
            total += _PAIR * len(one)
            pending.extend((*one.keys(), *one.values()))
        elif isinstance(one, (list, tuple)):
            total += _ENTRY * len(one)
            pending.extend(one)
        else:
            pending.extend(_inside(one))
    return total


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


def _inside(thing: Any) -> Iterator[Any]:
    """The values in a module, an optimizer, or a function of the program."""
    if isinstance(thing, nn.Module):
        yield from thing.parameters()
        yield from thing.buffers()
    elif isinstance(thing, optim.Optimizer):
        yield from thing.state.values()
        yield thing.param_groups
    elif isinstance(thing, Callback):
        yield from thing.holds
