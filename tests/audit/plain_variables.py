"""Reads the values of a program's names in plain Python: numbers bit for bit, and a tensor's properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import nn

from viz import limits
from viz.frames.frame import Variable
from viz.frames.plain import Summary, Value, plain
from viz.pytorch.graph import function_of, is_leaf_tensor


@plain
class PlainVariable(Variable):
    """A name's value in plain Python; `parameter` is the id of a parameter with a name like `net[0].weight`."""

    parameter: int | None = None


class Reader:
    """Reads names; returns the same `PlainVariable` object for a name until something about it changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Any, PlainVariable]] = {}

    def read(self, names: Mapping[str, object]) -> dict[str, PlainVariable]:
        """Return the value of each name that holds a tensor, an array, a number or a list of numbers."""
        found = {}
        for name, thing, parameter in named(names):
            held = self._held(name, thing, parameter)
            if held is not None:
                found[name] = held
        return found

    def _held(self, name: str, thing: object, parameter: int | None) -> PlainVariable | None:
        key = fingerprint(thing)
        known = self._known.get(name)
        if known is not None and known[0] is thing and known[1] == key and known[2].parameter == parameter:
            return known[2]
        held = _made(thing, parameter)
        if held is not None:
            self._known[name] = thing, key, held
        return held


def named(names: Mapping[str, object]) -> Iterator[tuple[str, object, int | None]]:
    """The names of a program; after each module, its parameters and buffers: `net[0].weight`.

    The number is the id of a parameter or buffer, which has one name on the page: the first that it got.
    """
    modules = [one for one in names.values() if is_module(one)]
    held = {id(one) for module in modules for one in (*module.parameters(), *module.buffers())}
    for name, thing in names.items():
        if name.startswith("__"):
            continue
        yield name, thing, id(thing) if id(thing) in held else None
        if is_module(thing):
            for path, parameter in (*thing.named_parameters(), *thing.named_buffers()):
                yield f"{name}{way_into(thing, path)}", parameter, id(parameter)


def is_module(thing: object) -> TypeGuard[nn.Module]:
    """Whether this is a module whose `super().__init__()` has run."""
    return isinstance(thing, nn.Module) and "_parameters" in vars(thing)


def way_into(module: nn.Module, path: str) -> str:
    """How a program writes a path of torch: `.blocks[0].weight` for `blocks.0.weight`."""
    way, here = "", module
    for part in path.split("."):
        keyed = isinstance(here, (nn.ModuleDict, nn.ParameterDict))
        way += f"[{part!r}]" if keyed else f"[{part}]" if part.isdigit() else f".{part}"
        here = getattr(here, part)
    return way


def grad_of(tensor: torch.Tensor) -> torch.Tensor | None:
    """The `.grad` of a leaf or of a tensor that retains it; for others torch would warn."""
    return tensor.grad if is_leaf_tensor(tensor) or tensor.retains_grad else None


def fingerprint(thing: object) -> Any:
    """A value that changes when a tensor, an array, a number or a list of numbers changes."""
    if isinstance(thing, torch.Tensor):
        grad = grad_of(thing)
        return (
            _memory(thing),
            None if grad is None else _memory(grad),
            thing.requires_grad,
            type(function_of(thing)),
        )
    if isinstance(thing, np.ndarray):
        return thing.tobytes()
    if isinstance(thing, (bool, int, float, np.generic)):
        return repr(thing)
    if isinstance(thing, (list, tuple)) and _plain_numbers(thing) is not None:
        return repr(thing)
    return None


def numbers(tensor: torch.Tensor) -> Value:
    """The numbers of a tensor."""
    memory = torch.zeros(tensor.shape, dtype=tensor.dtype) if tensor._is_zerotensor() else tensor
    value: Value = memory.tolist() if tensor.numel() <= limits.WHOLE else in_words(memory)
    return value


def in_words(tensor: torch.Tensor) -> Summary:
    """What the page says in words of a tensor that is too large for its numbers."""
    dtype, real = str(tensor.dtype).removeprefix("torch."), tensor.detach()
    if tensor.dtype not in (torch.float32, torch.float64):
        real = real.to(torch.float32 if tensor.is_floating_point() else torch.float64)
    return Summary(
        shape=tuple(tensor.shape),
        dtype=dtype,
        device="cpu",
        minimum=real.min().item(),
        maximum=real.max().item(),
        mean=real.mean().item(),
        norm=torch.linalg.vector_norm(real).item(),
        zeros=1 - int(real.count_nonzero()) / real.numel(),
        nans=int(real.isnan().sum()) / real.numel(),
        infs=int(real.isinf().sum()) / real.numel(),
    )


def numbers_of(thing: object) -> Value | None:
    """The numbers of a tensor, an array or a number; None for anything else."""
    held = _made(thing, None)
    return None if held is None else held.value


def _memory(tensor: torch.Tensor) -> Any:
    try:
        return str(tensor.dtype), tuple(tensor.shape), tensor.detach().numpy().tobytes()
    except (TypeError, RuntimeError):  # NumPy has no bfloat16, and no conjugated memory
        return str(tensor.dtype), tuple(tensor.shape), repr(numbers(tensor))


def _made(thing: object, parameter: int | None) -> PlainVariable | None:
    if isinstance(thing, torch.Tensor):
        grad, function = grad_of(thing), function_of(thing)
        return PlainVariable(
            "tensor",
            value=numbers(thing),
            grad=None if grad is None else numbers(grad),
            requires_grad=thing.requires_grad,
            is_leaf=is_leaf_tensor(thing),
            shape=tuple(thing.shape),
            dtype=str(thing.dtype).removeprefix("torch."),
            grad_fn=None if function is None else type(function).__name__,
            parameter=parameter,
        )
    if isinstance(thing, np.ndarray):
        return PlainVariable("array", value=_in_array(thing), shape=thing.shape, dtype=str(thing.dtype))
    if isinstance(thing, np.generic):
        return PlainVariable("number", value=thing.item())
    if isinstance(thing, (bool, int, float)):
        return PlainVariable("number", value=thing)
    if isinstance(thing, (list, tuple)):
        plain = _plain_numbers(thing)
        return None if plain is None else PlainVariable("list", value=plain)
    return None


def _in_array(array: np.ndarray[Any, Any]) -> Value:
    """The numbers of an array."""
    if array.size > limits.WHOLE:
        return in_words(torch.tensor(array))
    value: Value = array.tolist()
    return value


def _plain_numbers(things: list[Any] | tuple[Any, ...]) -> list[Value] | None:
    numbers = [one.item() if isinstance(one, np.generic) else one for one in things]
    return numbers if all(isinstance(one, (bool, int, float)) for one in numbers) else None
