"""Reads modules: their layers in the order of a call, and the paths of their parameters in a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import nn


def layers(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers of `module` in the order of a call, with their paths (`[0]`, `[1][2]`; empty for itself).

    A layer that a Sequential holds twice is yielded twice.
    """
    if isinstance(module, nn.Sequential):
        for place, child in enumerate(module):
            yield from layers(child, f"{path}[{place}]")
    else:
        yield path, module


def named_parameters(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield each parameter once, with its path in a program whose `name` holds the module (`net[0].weight`)."""
    seen: set[int] = set()
    if not _is_made(module):
        return
    for path, layer in layers(module):
        for own, parameter in layer.named_parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield f"{name}{path}.{own}", parameter


def _is_made(module: nn.Module) -> bool:
    """Whether `Module.__init__` has run: a class's own `__init__` may be before its call."""
    return "_parameters" in vars(module)


def with_parameters(variables: Mapping[str, object]) -> dict[str, object]:
    """Return the variables, with the parameters of each module after it."""
    held: dict[str, object] = {}
    for name, thing in variables.items():
        held[name] = thing
        if isinstance(thing, nn.Module):
            held.update(named_parameters(name, thing))
    return held


def tensors_of(module: nn.Module) -> Iterator[torch.Tensor]:
    """The parameters and the buffers of a module."""
    if not _is_made(module):
        return
    yield from module.parameters()
    yield from module.buffers()
