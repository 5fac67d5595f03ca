"""How a program reaches a thing that no name of its own holds: `net[0].weight`, `rows[1]`, `params[0].grad`."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch
from torch import nn, optim

from viz.pytorch.graph import is_leaf_tensor

#: How many things a search looks at: lists may be long, and lists in lists longer.
_MOST = 1000


def path_to(thing: object, variables: Mapping[str, object]) -> str | None:
    """How a program with these names reaches `thing`, a view's base for a view; None where it does not.

    A name is found before a part of what a name holds, and that before a part of a part.
    """
    if isinstance(thing, torch.Tensor) and thing._base is not None:
        return path_to(thing._base, variables)
    return next((path for path, held in _reached(variables) if held is thing), None)


def paths_to(things: Collection[object], variables: Mapping[str, object]) -> dict[int, str]:
    """How a program with these names reaches each of `things` itself, by its id: one search for all of them.

    Those that it does not reach are left out.
    """
    wanted = {id(thing) for thing in things}
    found: dict[int, str] = {}
    for path, held in _reached(variables) if wanted else ():
        if id(held) in wanted:
            found.setdefault(id(held), path)
            if len(found) == len(wanted):
                break
    return found


def _reached(variables: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What a program with these names reaches, with the path to it, the shortest path first."""
    pending = deque(variables.items())
    seen: set[int] = set()
    while pending and len(seen) < _MOST:
        path, held = pending.popleft()
        yield path, held
        if id(held) not in seen:
            seen.add(id(held))
            pending.extend(_parts(path, held))


def _parts(path: str, held: Any) -> Iterator[tuple[str, object]]:
    """What a thing holds, each with its path."""
    if isinstance(held, (list, tuple)):
        for place, one in enumerate(held[:_MOST]):
            yield f"{path}[{place}]", one
    elif isinstance(held, dict):
        for key, one in list(held.items())[:_MOST]:
            yield f"{path}[{key!r}]", one
    elif isinstance(held, torch.Tensor):
        if (is_leaf_tensor(held) or held.retains_grad) and held.grad is not None:
            yield f"{path}.grad", held.grad
    elif isinstance(held, nn.Module):
        for name, one in held.named_parameters(recurse=False):
            yield f"{path}.{name}", one
        for place, child in enumerate(held.children()):
            yield f"{path}[{place}]", child
    elif isinstance(held, optim.Optimizer):
        yield f"{path}.param_groups", held.param_groups
