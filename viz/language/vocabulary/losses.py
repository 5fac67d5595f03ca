"""The losses that a program may use, as classes and as functions, both made from the catalog's entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from viz.entry import Entry
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function, Runs, positional_count
from viz.language.runtime.kinds import Kind
from viz.language.runtime.sizes import DryRun, broadcast, check_growth, check_work
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard, tensors_in
from viz.losses import LOSSES
from viz.pytorch.parameters import tensors_of

#: Targets whose shape torch itself checks against the input's: such a loss is no larger than its input.
_HELD_AGAINST_THE_INPUT = ("classes", "labels")


def classes() -> dict[str, Function]:
    """The classes of the losses, by name."""
    made = {}
    for entry in LOSSES:
        of_torch = getattr(nn, entry.name)
        keywords = frozenset({*_names(entry)})
        made[entry.name] = Function(
            f"torch.nn.{entry.name}", of_torch, positional_count(of_torch, keywords), keywords
        )
    return made


def functions() -> dict[str, Function]:
    """The losses as functions, which PyTorch has in `torch.nn.functional` only."""
    made = {}
    for entry in LOSSES:
        of_torch = getattr(F, entry.function)
        keywords = frozenset({*entry.inputs, *_names(entry)})
        count = positional_count(of_torch, keywords)
        call = _of_some(of_torch) if entry.targets == "labels" else of_torch
        made[entry.function] = Function(f"F.{entry.function}", call, count, keywords, _growth(entry))
    return made


def kinds() -> dict[type, Kind]:
    """The kind of each loss, by its class."""
    made: dict[type, Kind] = {}
    for entry in LOSSES:
        of_torch: type = getattr(nn, entry.name)
        growth = _growth(entry)
        call = nn.Module.__call__ if growth is None else _checked(growth)
        call = _of_some(call) if entry.targets == "labels" else call
        names = frozenset(entry.inputs)
        function = Function(
            entry.name, call, 1 + len(entry.inputs), names, runs=_weighted(call) if entry.tensors else None
        )
        weights = {name: Attribute(name, attrgetter(name)) for name in entry.tensors}
        made[of_torch] = Kind(says="a loss", inside=tensors_of, call=function, attributes=weights)
    return made


def _names(entry: Entry) -> Sequence[str]:
    return (*entry.tensors, *(argument.name for argument in entry.arguments))


def _growth(entry: Entry) -> DryRun | None:
    """A function whose result is as large as the loss's largest tensor; None if that is its input."""
    if entry.targets in _HELD_AGAINST_THE_INPUT:
        return None
    return _with_variance if "var" in entry.inputs else broadcast


def _with_variance(input: torch.Tensor, target: torch.Tensor, var: Any, **_: Any) -> torch.Tensor:
    """A tensor as large as a loss with a variance; a variance for each row is for all numbers of the row."""
    errors = input - target
    if isinstance(var, torch.Tensor) and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    stretched: torch.Tensor = errors * var
    return stretched


def _of_some(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, but raises LimitReached for the loss of an empty batch: torch returns unwritten memory for it."""

    def run(*args: Any, **options: Any) -> Any:
        _check_pairs(args, options)
        made = call(*args, **options)
        operands = [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)]
        if isinstance(made, torch.Tensor) and not made.dim() and any(not one.numel() for one in operands):
            raise LimitReached("torch computes no loss for an empty batch here: it returns unwritten memory.")
        return made

    return run


def _check_pairs(args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Raise LimitReached if a loss that compares each score of a row with each other one would take too long."""
    for one in (*args, *options.values()):
        if isinstance(one, torch.Tensor) and one.dim():
            check_work(one.numel() * one.shape[-1])


def _weighted(call: Callable[..., Any]) -> Runs:
    """How a loss is called that may have weights of its own: the observer hears of those too, as operands."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        loss, *given = args
        if next(loss.buffers(), None) is not None:
            return heard(state, span, partial(call, *args, **options))
        made = call(*args, **options)
        if isinstance(made, torch.Tensor):
            state.meter.count_tensor(made)
            state.observer.operation(span, made, list(tensors_in((*given, *options.values()))))
        return made

    return run


def _checked(growth: DryRun) -> Callable[..., Any]:
    """The call of a loss whose own weights are broadcast with its arguments."""

    def call(loss: nn.Module, *args: Any, **options: Any) -> Any:
        weights = list(loss.buffers())
        operands = [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)]
        if len({one.shape for one in (*operands, *weights)}) < 2:
            pass  # nothing is broadcast
        elif weights:
            check_growth(broadcast, [*operands, *weights], [*operands, *weights], {})
        elif len(operands) > 1:
            check_growth(growth, operands, args, options)
        return loss(*args, **options)

    return call
