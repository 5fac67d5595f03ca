"""The methods of a module that move it to a device or to a dtype: `net.to(device)`, `net.double()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.memory import held
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.making.devices import no_cuda, without_devices
from viz.pytorch.parameters import tensors_of


def _cast(state: State, module: nn.Module, dtype: torch.dtype | None, call: Callable[[], nn.Module]) -> nn.Module:
    """Change a module's parameters and buffers to another dtype: torch sets the `.data` of each."""
    changed = [one for one in tensors_of(module) if one.is_floating_point() and dtype not in (None, one.dtype)]
    if any(one.grad is not None for one in changed):  # torch would give each a new AccumulateGrad
        raise NotHere("the dtype of a module is changed before its first backward here")
    with ExitStack() as stack:
        for one in reversed(changed):  # the last to be entered is the first to be left
            state.observer.shares(one)
            stack.enter_context(state.observer.changing(one, "value"))
        call()
        if changed:
            state.meter.count_bytes(held((module,)))
    return module


def _to(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> nn.Module:
    """`net.to(…)`, for a device, a dtype, or as a tensor is."""
    module, *given = args
    left = without_devices(tuple(given))
    if not left and not options:
        return module  # type: ignore[no-any-return]  # the owner of the method
    like = [*left, *options.values()][0]
    dtype = like.dtype if isinstance(like, torch.Tensor) else like if isinstance(like, torch.dtype) else None
    return _cast(state, module, dtype, lambda: module.to(*left, **options))


def _method(name: str, dtype: torch.dtype) -> Function:
    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> nn.Module:
        return _cast(state, args[0], dtype, lambda: getattr(nn.Module, name)(*args))

    return Function(f"Module.{name}", getattr(nn.Module, name), 1, runs=run)


METHODS: dict[str, Function] = {
    "to": Function(
        "Module.to", nn.Module.to, 4, frozenset({"device", "dtype", "tensor", "non_blocking"}), runs=_to
    ),
    "cpu": Function("Module.cpu", lambda module: module, 1),
    "cuda": Function("Module.cuda", no_cuda, 2, frozenset({"device"})),
    "float": _method("float", torch.float32),
    "double": _method("double", torch.float64),
    "half": _method("half", torch.float16),
}
