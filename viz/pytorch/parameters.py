"""Reads modules: their layers in the order of a call, and the names that a program has for their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import nn


def layers(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """What computes in a call of `module`, in that order, each with its place (`[0]`, `[1][2]`; none for itself).

    A layer that a Sequential holds twice comes twice.
    """
    if isinstance(module, nn.Sequential):
        for place, child in enumerate(module):
            yield from layers(child, f"{path}[{place}]")
    else:
        yield path, module


def named_parameters(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters as a program writes them (`net[0].weight`), where `name` holds the module; each one once."""
    seen: set[int] = set()
    for path, layer in layers(module):
        for own, parameter in layer.named_parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield f"{name}{path}.{own}", parameter


def with_parameters(variables: Mapping[str, object]) -> dict[str, object]:
    """What the names of a program hold, and after each module its parameters."""
    held: dict[str, object] = {}
    for name, thing in variables.items():
        held[name] = thing
        if isinstance(thing, nn.Module):
            held.update(named_parameters(name, thing))
    return held


def tensors_of(module: nn.Module) -> Iterator[torch.Tensor]:
    """The parameters and the buffers of a module."""
    yield from module.parameters()
    yield from module.buffers()
