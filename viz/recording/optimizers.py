"""Describes optimizers and schedulers: options, state, parameter groups, and the updates of a step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import nn, optim

from viz.catalog import IMPLEMENTATION_SWITCHES
from viz.frames.events import Update
from viz.frames.plain import Value
from viz.pytorch.storages import storage_of
from viz.recording.memory import overlap
from viz.recording.reading.values import Values, dtype_name
from viz.text import shortened

#: The keys of a parameter group that are no options.
_NO_OPTIONS = frozenset({"params", "param_names"})
#: Types of options that are shown as they are.
_PLAIN = frozenset({bool, int, float, str, type(None)})
#: Types of the entries of a group that have no dtype; its parameters are a list.
_WITHOUT_DTYPE = _PLAIN | {list, tuple}
#: The lr of a parameter group, a number or a tensor.
_lr_of = itemgetter("lr")
#: Characters of the description of a scheduler.
_LONGEST = 120


def options(optimizer: optim.Optimizer, values: Values, group: int = 0) -> Mapping[str, Value | str | None]:
    """Return the options of one of the optimizer's parameter groups, as torch holds them."""
    held = {**optimizer.param_groups[group]}
    for name in _NO_OPTIONS:
        held.pop(name, None)
    if not _PLAIN.issuperset(map(type, held.values())):
        return {name: value if type(value) in _PLAIN else _option(value, values) for name, value in held.items()}
    return held


def _option_dtypes(group: Mapping[str, Any]) -> Mapping[str, str]:
    """The dtype of each option of a group that is a tensor or a NumPy number: torch computes with it in that."""
    if _WITHOUT_DTYPE.issuperset(map(type, group.values())):
        return {}  # nearly always
    return {
        name: dtype_name(value.dtype) if isinstance(value, torch.Tensor) else str(value.dtype)
        for name, value in group.items()
        if isinstance(value, (torch.Tensor, np.floating))
    }


def state(optimizer: optim.Optimizer, parameter: torch.Tensor, values: Values) -> Mapping[str, Value]:
    """Return the optimizer's state for `parameter` (`exp_avg`, `step`, …); empty before its first step."""
    kept: dict[str, Value] = {}
    if not optimizer.state:  # SGD without momentum has none
        return kept
    for name, value in optimizer.state.get(parameter, {}).items():
        if isinstance(value, torch.Tensor):
            kept[name] = values.read(value)
        elif isinstance(number := _plain(value), (bool, int, float)):
            kept[name] = number
    return kept


def rates(optimizer: optim.Optimizer) -> tuple[float, ...]:
    """Return the lr of each parameter group."""
    return tuple(map(float, map(_lr_of, optimizer.param_groups)))  # compared after each statement


def parameters(optimizer: optim.Optimizer | nn.Module) -> list[tuple[int, torch.Tensor]]:
    """Return every parameter with its group's number, in the optimizer's order; a module counts as one group."""
    if isinstance(optimizer, nn.Module):
        return [(0, one) for one in optimizer.parameters()]
    return [(number, one) for number, group in enumerate(optimizer.param_groups) for one in group["params"]]


class Step:
    """Compares the parameters before and after one `optimizer.step()`: construct it before the step."""

    def __init__(self, optimizer: optim.Optimizer, values: Values) -> None:
        self._optimizer = optimizer
        self._values = values
        self._groups: dict[int, int] = {}  # the group of a parameter, by its id
        self._places: dict[int, list[int]] = {}  # its indices: a parameter may be passed twice
        self._parameters: list[torch.Tensor] = []
        for place, (group, one) in enumerate(parameters(optimizer)):
            if id(one) not in self._places:
                self._parameters.append(one)
                self._groups[id(one)] = group
            self._places.setdefault(id(one), []).append(place)
        self._before = [(values.read(one), state(optimizer, one, values)) for one in self._parameters]
        self._copies = [one.detach().clone() for one in self._parameters]

    def updates(self, names: list[str], first: Mapping[str, Value | str | None]) -> tuple[Update, ...]:
        """Return the update of each parameter; `names` are in the optimizer's order, `first` are the options of
        the first group."""
        values, optimizer = self._values, self._optimizer
        groups = [first] + [options(optimizer, values, one) for one in range(1, len(optimizer.param_groups))]
        dtypes = [_option_dtypes(group) for group in optimizer.param_groups]
        shared = _sharing(self._parameters)
        made = []
        for one, (value, kept), copy in zip(self._parameters, self._before, self._copies, strict=True):
            places, number = tuple(self._places[id(one)]), self._groups[id(one)]
            group = groups[number]
            others = shared.get(id(one)) if shared else None
            made.append(
                Update(
                    names[places[0]],
                    value,
                    values.read_optional(one.grad),  # as the closure left it, if the step called one
                    values.read(one),
                    values.read(one.detach() - copy),
                    kept,
                    state(optimizer, one, values),
                    None if group is first or group == first else group,
                    dtype_name(one.dtype),
                    places,
                    tuple([names[self._places[id(other)][0]] for other in others]) if others else (),
                    not others or all(_lies(one) == _lies(other) for other in others),
                    dtypes[number],
                )
            )
        return tuple(made)


def before_closure(optimizer: optim.Optimizer, then: Callable[[], None]) -> AbstractContextManager[None]:
    """Call `then` before each call of the closure that `optimizer.step(closure)` makes inside.

    LBFGS moves the parameters between its calls, before any statement of the closure runs.
    """
    return _closure_watched(optimizer, then) if isinstance(optimizer, optim.LBFGS) else nullcontext()


@contextmanager
def _closure_watched(optimizer: optim.Optimizer, then: Callable[[], None]) -> Iterator[None]:
    def watched(closure: Any) -> Any:
        def call() -> Any:
            then()
            return closure()

        return call if callable(closure) else closure

    def before(stepping: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], Any]:
        given = tuple([one if one is stepping else watched(one) for one in args])
        return given, {name: watched(one) for name, one in options.items()}

    handle = optimizer.register_step_pre_hook(before)
    try:
        yield
    finally:
        handle.remove()


def _sharing(tensors: Sequence[torch.Tensor]) -> dict[int, list[torch.Tensor]]:
    """Return, by a tensor's id, the other tensors that share memory with it; most tensors have no entry."""
    storages = {id(one): storage_of(one) for one in tensors if one.numel()}
    if len(set(storages.values())) == len(storages):
        return {}
    found: dict[int, list[torch.Tensor]] = {}
    for one in tensors:
        mine = storages.get(id(one))
        others = [
            other
            for other in tensors
            if other is not one and mine is not None and storages.get(id(other)) == mine and overlap(one, other)
        ]
        if others:
            found[id(one)] = others
    return found


def _lies(tensor: torch.Tensor) -> tuple[int, torch.Size, tuple[int, ...], torch.dtype]:
    """Return a tensor's address and layout."""
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype


def optimizer_text(optimizer: optim.Optimizer, values: Values) -> str:
    """Describe an optimizer in one line: its options, and those options of further groups that differ."""
    first = _own(optimizer, options(optimizer, values))
    text = f"{type(optimizer).__name__}({_named(first)})"
    for number in range(1, len(optimizer.param_groups)):
        group = _own(optimizer, options(optimizer, values, number))
        others = {name: group[name] for name, one in first.items() if group.get(name, one) != one}
        text += f" and a group with {_named(others) or 'the same options'}"
    return text


def scheduler_text(scheduler: Any) -> str:
    """Describe a scheduler in one line: its own arguments that are numbers or strings."""
    names = list(inspect.signature(type(scheduler)).parameters)
    held = {name: getattr(scheduler, name, None) for name in names if name not in ("optimizer", "last_epoch")}
    plain = {name: one for name, one in held.items() if isinstance(one, (bool, int, float, str))}
    text = f"{type(scheduler).__name__}({_named(plain)})"
    return shortened(text, _LONGEST)


def _own(optimizer: optim.Optimizer, held: Mapping[str, Value | str | None]) -> dict[str, Value | str | None]:
    """Return the options of the optimizer's class, without those that choose a kernel."""
    known = optimizer.defaults.keys() - set(IMPLEMENTATION_SWITCHES)
    return {name: one for name, one in held.items() if name in known}


def _named(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _option(value: Any, values: Values) -> Value | str | None:
    if isinstance(value, torch.Tensor):
        return values.read(value)
    plain = _plain(value)
    if isinstance(plain, (bool, int, float, str)) or plain is None:
        return plain
    if isinstance(plain, (tuple, list)):
        entries = [_plain(one) for one in plain]
        if all(isinstance(one, (bool, int, float)) for one in entries):
            return entries
    return str(value)


def _plain(value: Any) -> Any:
    """Return a NumPy number as Python's, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value
