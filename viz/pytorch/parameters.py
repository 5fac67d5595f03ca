"""Reads modules: their layers in the order of a call, and the paths of their tensors in a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import nn

#: Where a module keeps what is registered in it, by name.
_REGISTERED = ("_parameters", "_buffers", "_modules")


def layers(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers of `module` in the order of a call, with their paths (`[0]`, `[1][2]`; empty for itself).

    A layer that a Sequential holds twice is yielded twice. A class that derives from Sequential is a layer itself.
    """
    if type(module) is nn.Sequential:
        for place, child in enumerate(module):
            yield from layers(child, f"{path}[{place}]")
    else:
        yield path, module


def named_tensors(name: str, module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield each parameter and buffer once, with its path in a program whose `name` holds the module.

    The paths are `net[0].weight`, `net.blocks[1].scale`, `bn.running_mean` or, for the weights of a loss,
    `criterion.weight`.
    """
    seen: set[int] = set()
    for path, one in modules(name, module):
        for own, tensor in own_tensors(path, one):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield own, tensor


def registries(module: nn.Module) -> list[Mapping[str, object]]:
    """Return where torch registered what is in `module` and in the modules inside it: dicts, but no empty ones.

    As long as their entries are the same, `named_tensors` is the same too, and takes many times as long.
    """
    found: list[Mapping[str, object]] = []
    pending, seen = [module], {id(module)}
    for one in pending:
        held = vars(one)
        found += [entries for kind in _REGISTERED if (entries := held.get(kind))]
        for child in held.get("_modules", {}).values():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                pending.append(child)
    return found


def modules(path: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the module at this path and those inside it, each once with its path, in torch's order."""
    pending, seen = [(path, module)], {id(module)}
    while pending:
        here, one = pending.pop()
        yield here, one
        inside = [part for part in children(here, one) if id(part[1]) not in seen]
        seen.update(id(child) for _, child in inside)
        pending.extend(reversed(inside))


def children(path: str, module: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return the modules directly inside the one at this path, each once with its path."""
    return [(_part(path, module, name), one) for name, one in module.named_children()] if _is_made(module) else []


def own_tensors(path: str, module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Return the parameters and buffers directly in the module at this path, each once with its path."""
    if not _is_made(module):
        return []
    held = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
    return [(_part(path, module, name), one) for name, one in held]


def _part(path: str, module: nn.Module, name: str) -> str:
    """Return how a program writes what a module at this path calls `name`."""
    if isinstance(module, (nn.ModuleDict, nn.ParameterDict)):
        return f"{path}[{name!r}]"
    return f"{path}[{name}]" if name.isdecimal() else f"{path}.{name}"


def _is_made(module: nn.Module) -> bool:
    """Whether `Module.__init__` has run: a class's own `__init__` may be before its call."""
    return "_parameters" in vars(module)


def with_tensors(variables: Mapping[str, object]) -> dict[str, object]:
    """Return the variables, with the parameters and buffers of each module after it."""
    held: dict[str, object] = {}
    for name, thing in variables.items():
        held[name] = thing
        if isinstance(thing, nn.Module):
            held.update(named_tensors(name, thing))
    return held


def tensors_of(module: nn.Module) -> Iterator[torch.Tensor]:
    """The parameters and the buffers of a module."""
    if not _is_made(module):
        return
    yield from module.parameters()
    yield from module.buffers()
