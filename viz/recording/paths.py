"""Finds the path to a thing that no variable holds itself: `net[0].weight`, `rows[1]`, `params[0].grad`."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from torch import nn, optim

from viz.pytorch.graph import is_leaf_tensor
from viz.pytorch.objects import attributes_of
from viz.pytorch.parameters import children, own_tensors

#: The keys of a dict that a path may have: the text of any other may be long, or be made by a program.
_KEYS = (str, int, float, bool, type(None))
#: The types of entries that no path leads to.
_PLAIN = frozenset(_KEYS)
#: The number of things after which a search gives up.
_MOST = 1000


def path_to(thing: object, variables: Mapping[str, object]) -> str | None:
    """Return the shortest path to `thing`, or to the base of a view; None if the program does not reach it."""
    if isinstance(thing, torch.Tensor) and thing._base is not None:
        return path_to(thing._base, variables)
    return next((path for path, held in reached(variables) if held is thing), None)


def own_path_to(thing: object, variables: Mapping[str, object]) -> str | None:
    """Return the shortest path to `thing` that begins with a name of the running function, or any other one."""
    return next((path for path, held in reached(dict(_own_first(variables))) if held is thing), None)


def paths_to(things: Collection[object], variables: Mapping[str, object]) -> dict[int, str]:
    """Return the path to each of `things` itself, by its id, in one search; things out of reach are left out."""
    wanted = {id(thing) for thing in things}
    found: dict[int, str] = {}
    for path, held in reached(variables) if wanted else ():
        if id(held) in wanted:
            found.setdefault(id(held), path)
            if len(found) == len(wanted):
                break
    return found


def reached(variables: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield everything that a program with these names reaches, with its path, the shortest paths first."""
    pending = deque(variables.items())
    seen: set[int] = set()
    while pending and len(seen) < _MOST:
        path, held = pending.popleft()
        yield path, held
        if id(held) not in seen:
            seen.add(id(held))
            pending.extend(_parts(path, held))


def _own_first(variables: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the names, those of the running function first: a ChainMap yields them last."""
    if not isinstance(variables, ChainMap):
        yield from variables.items()
        return
    seen: set[str] = set()
    for names in variables.maps:
        for name, held in names.items():
            if name not in seen:
                seen.add(name)
                yield name, held


def _parts(path: str, held: Any) -> Iterator[tuple[str, object]]:
    """Yield what a thing holds, with the paths."""
    for name, one in attributes_of(held):
        yield f"{path}.{name}", one
    if isinstance(held, (list, tuple, deque)):
        yield from _entries(path, held)
    elif isinstance(held, dict):
        for key, one in list(held.items())[:_MOST]:
            if isinstance(key, _KEYS):
                yield f"{path}[{key!r}]", one
    elif isinstance(held, torch.Tensor):
        if (is_leaf_tensor(held) or held.retains_grad) and held.grad is not None:
            yield f"{path}.grad", held.grad
    elif isinstance(held, nn.Module):
        yield from own_tensors(path, held)
        yield from children(path, held)
    elif isinstance(held, optim.Optimizer):
        yield f"{path}.param_groups", held.param_groups


def _entries(path: str, held: Collection[object]) -> Iterator[tuple[str, object]]:
    """Yield the entries of a list with their paths, without numbers and strings."""
    if set(map(type, held)) <= _PLAIN:  # a list of losses may be long: types are compared in C
        return
    for place, one in enumerate(islice(held, _MOST)):
        if type(one) not in _PLAIN:
            yield f"{path}[{place}]", one
