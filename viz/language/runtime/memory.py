"""Estimates the memory of a program's values, nested ones included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import inf
from sys import getsizeof
from typing import Any

import numpy as np
import torch
from torch import nn, optim

from viz import limits
from viz.language.runtime.kinds import kind_of
from viz.language.runtime.meter import CLASS, TENSOR
from viz.language.runtime.state import State
from viz.pytorch.graph import function_of, is_leaf_tensor, unseen
from viz.pytorch.saved_tensors import saved_tensors

#: The bytes of a module, an optimizer or a scheduler, besides its tensors, and of a generator of random numbers.
_OBJECT = 2_500
_OBJECTS = (
    *(nn.Module, optim.Optimizer, optim.lr_scheduler.LRScheduler),
    *(np.random.RandomState, np.random.Generator),
)
#: Tensors as large as a parameter that an optimizer keeps for it, LBFGS and its history apart.
_STATE = 4
#: Values that hold no others.
_PLAIN = frozenset((type(None), bool, int, float, str))
#: Values that are measured between two looks at the time.
_BETWEEN_PULSES = 10_000

#: How many bytes a value takes without the values inside it, and these.
_Measures = tuple[Callable[[Any], int], Callable[[Any], Iterable[Any]]]


def held(things: Iterable[Any], most: float = inf, pulse: Callable[[], None] = lambda: None) -> int:
    """About how many bytes these values take together, each of them once; stops counting past `most`.

    `pulse` is called now and then: hundreds of thousands of small values take a good part of a second.

    The graph behind a tensor counts with the tensors that its Nodes saved, and with what a program's own Functions
    put into `ctx`: the rest of it is in the recording.
    """
    total = 0
    seen: dict[int, Any] = {}  # the values too: what takes the place of a freed one would have its id
    storages: set[int] = set()
    nodes: set[Any] = set()
    known: dict[type, _Measures | None] = {}
    pending = list(things)
    while pending and total <= most:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen[id(one)] = one
        if len(seen) % _BETWEEN_PULSES == 0:
            pulse()
        type_ = type(one)
        if type_ not in known:
            known[type_] = _measures(one)
        if (measures := known[type_]) is not None:
            size, inside = measures
            total += size(one)
            pending.extend(inside(one))
            continue
        total += TENSOR
        if not one._is_zerotensor():  # zeros without memory: the derivative of a sign
            storage = one.untyped_storage()
            if storage.data_ptr() not in storages:
                storages.add(storage.data_ptr())
                array = getattr(storage, "array", None)
                total += storage.nbytes() if array is None else 0
                pending.append(array)
        pending.extend(_behind(one, nodes))
    return total


def tensors_in(things: Iterable[Any]) -> Iterator[torch.Tensor]:
    """Every tensor that these values hold, each of them once, and the `.grad` of each leaf."""
    seen: dict[int, Any] = {}
    pending = list(things)
    while pending:
        one = pending.pop()
        if type(one) in _PLAIN or id(one) in seen:
            continue
        seen[id(one)] = one
        if not isinstance(one, torch.Tensor):
            pending.extend(kind_of(one).inside(one))
            continue
        yield one
        if is_leaf_tensor(one):
            pending.append(one.grad)


def check_memory(state: State) -> None:
    """Measure what the program's names hold; raise LimitReached if it takes too much memory."""
    classes = CLASS * len(state.classes)
    state.meter.measured(classes + held(state.scopes, limits.MADE, state.meter.check_time))


def lend(array: np.ndarray[Any, Any], tensor: torch.Tensor) -> torch.Tensor:
    """The tensor, whose memory is the array's from now on: torch would not say that it keeps the whole array."""
    storage: Any = tensor.untyped_storage()
    storage.array = array
    return tensor


def remembered(optimizer: optim.Optimizer) -> int:
    """How many bytes an optimizer's state may come to take, however often it steps."""
    tensors = 2 * limits.HISTORY if isinstance(optimizer, optim.LBFGS) else _STATE
    held = [one for group in optimizer.param_groups for one in group["params"]]
    return sum(tensors * one.numel() * one.element_size() for one in held)


def _behind(tensor: torch.Tensor, nodes: set[Any]) -> Iterator[Any]:
    """The gradient of a leaf, and what is kept in the graph behind another tensor."""
    function = function_of(tensor)
    if function is not None:
        fresh = unseen(function, nodes)
        nodes.update(fresh)
        for node in fresh:
            yield getattr(node, "kept", None)
            yield from saved_tensors(node)
    elif is_leaf_tensor(tensor):
        yield tensor.grad


def _measures(thing: Any) -> _Measures | None:
    """How to measure the values of this one's type; None for a tensor, which shares its memory."""
    if isinstance(thing, torch.Tensor):
        return None
    size: Callable[[Any], int] = getsizeof
    if isinstance(thing, np.ndarray):
        size = _size_of_array
    elif isinstance(thing, _OBJECTS):
        size = _size_of_object
    return size, kind_of(thing).inside


def _size_of_array(array: np.ndarray[Any, Any]) -> int:
    """How many bytes an array takes; a part of another one has no memory of its own."""
    base: Any = array.base
    if base is None or isinstance(base, (np.ndarray, torch.Tensor)):
        return getsizeof(array)
    return getsizeof(array) + array.nbytes


def _size_of_object(_: Any) -> int:
    return _OBJECT
