"""Finds everything that a program can reach, and the path to each thing, to see what a statement changed."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import numpy as np
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from tests.audit.plain_variables import fingerprint, is_module, way_into

#: Stands for a value that cannot be found.
UNKNOWN = object()
#: The most things that are visited; of a program with more, the rest is skipped.
_MOST = 3000


@dataclass(frozen=True, slots=True)
class Reached:
    """The content at each path (`W`, `W.grad`, `d['a'][0]`, `opt.param_groups[0]['lr']`).

    For a tensor or an array, the content includes its memory; for a container, it is the identity and the keys.
    Each thing is listed under the first path that leads to it; `aliases` has the other names that lead to a thing
    listed under a name.
    """

    ways: dict[str, Any]
    aliases: dict[str, set[str]]


def reached(names: Mapping[str, object]) -> Reached:
    """Everything that these names lead to."""
    found = Reached({}, {})
    seen: dict[int, str] = {}
    for name, thing in names.items():
        if not name.startswith("__"):
            for way, content in _in(name, thing, seen):
                found.ways[way] = content
                if isinstance(content, _Elsewhere):
                    found.aliases.setdefault(root_of(content.way), set()).add(name)
            if len(found.ways) > _MOST:
                break
    return found


def changes(before: Reached, after: Reached) -> dict[str, tuple[Any, Any]]:
    """The changes by path: (before, after).

    A thing that is only listed under another path now has not changed.
    """
    old, new = before.ways, after.ways
    moved = [way for way in new if way in old and _is_moved(old[way], new[way])]
    return {
        way: (old.get(way), new.get(way))
        for way in dict.fromkeys((*old, *new))
        if old.get(way) != new.get(way)
        if not any(way == one or way.startswith((f"{one}.", f"{one}[")) for one in moved)
    }


def _is_moved(before: Any, after: Any) -> bool:
    """Whether one is a thing, and the other says that the same thing is listed under another path."""
    for one, other in ((before, after), (after, before)):
        if isinstance(one, _Elsewhere) and not isinstance(other, _Elsewhere):
            return bool(one.thing == (other[0] if isinstance(other, tuple) else other))
    return False


def numbers_at(path: str, ways: Mapping[str, Any]) -> Any:
    """The number or numbers at a path, which may end in indices into a tensor; UNKNOWN if there are none."""
    way = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in ways), "")
    match ways.get(way):
        case None:
            return None if way.endswith(".grad") else UNKNOWN
        case (int(), tuple(keys)) if all(isinstance(key, str) for key in keys):
            contents = [ways.get(f"{way}[{key}]") for key in keys]
            entries = [numbers_of(one, ways) if isinstance(one, str) else UNKNOWN for one in contents]
            return UNKNOWN if UNKNOWN in entries else element_of(entries, path[len(way) :])
        case content:
            return element_of(numbers_of(content, ways), path[len(way) :])


def element_of(value: Any, places: str) -> Any:
    """The element at indices such as `[1, 0]`, or the value itself if they are empty; UNKNOWN if there is none."""
    indices = re.fullmatch(r"(?:\[([\d, ]+)\])?", places)
    if indices is None:
        return UNKNOWN
    for place in indices[1].split(", ") if indices[1] else ():
        if not isinstance(value, list) or int(place) >= len(value):
            return UNKNOWN
        value = value[int(place)]
    return value


def numbers_of(content: Any, ways: Mapping[str, Any]) -> Any:
    """The number or numbers in the content of a path; UNKNOWN if it has none."""
    match content:
        case _Elsewhere():
            return UNKNOWN if content.way not in ways else numbers_of(ways[content.way], ways)
        case str():
            return _number_of(content)
        case bool():
            return content
        case (int(), (str(), tuple(), _) as memory):
            return numbers_of(memory, ways)
        case (str(dtype), tuple(shape), bytes(memory)):
            return np.frombuffer(memory, dtype.removeprefix("torch.")).reshape(shape).tolist()
    return UNKNOWN


def _number_of(text: str) -> Any:
    """The number that `repr` writes as this string."""
    plain = re.fullmatch(r"np\.\w+\((.+)\)", text)
    digits = plain[1] if plain else text
    if digits in ("nan", "inf", "-inf"):
        return float(digits)
    try:
        value = ast.literal_eval(digits)
    except (SyntaxError, ValueError):
        return UNKNOWN
    return value if value is None or isinstance(value, (bool, int, float)) else UNKNOWN


def root_of(way: str) -> str:
    """The name that a path begins with."""
    return re.split(r"[.\[]", way, maxsplit=1)[0]


def listed(path: str, ways: Mapping[str, Any]) -> str:
    """The path under which the thing at this path is listed, if its name leads to something listed elsewhere."""
    root = root_of(path)
    content = ways.get(root)
    return f"{content.way}{path[len(root) :]}" if isinstance(content, _Elsewhere) else path


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A thing that is already listed under another path."""

    thing: int
    way: str = field(compare=False)


def _in(way: str, thing: Any, seen: dict[int, str]) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, (bool, int, float, str, np.generic)) or thing is None:
        yield way, repr(thing)
        return
    if isinstance(thing, (ModuleType, Mock)):
        return  # a library of Python, or what stands for one
    if id(thing) in seen:
        yield way, _Elsewhere(id(thing), seen[id(thing)])
        return
    seen[id(thing)] = way
    if isinstance(thing, torch.Tensor):
        yield from _tensor(way, thing)
    elif isinstance(thing, np.ndarray):
        yield way, (id(thing), fingerprint(thing))
    elif isinstance(thing, (list, tuple, dict, deque, set, frozenset)):
        yield from _container(way, thing, seen)
    elif isinstance(thing, nn.Module):
        yield from _module(way, thing, seen)
    elif isinstance(thing, optim.Optimizer):
        yield from _optimizer(way, thing, seen)
    elif isinstance(thing, LRScheduler):
        yield way, (id(thing), thing.last_epoch)
        yield from _in(f"{way}.optimizer", thing.optimizer, seen)
    else:
        yield from _object(way, thing, seen)


def _module(way: str, thing: nn.Module, seen: dict[int, str]) -> Iterator[tuple[str, Any]]:
    if not is_module(thing):
        yield way, (id(thing), True)  # what it is when `super().__init__()` has run
        return
    yield way, (id(thing), thing.training)
    for path, one in (*thing.named_parameters(), *thing.named_buffers()):
        yield from _in(f"{way}{way_into(thing, path)}", one, seen)
    if type(thing).__module__ == "__main__":
        for name, other in vars(thing).items():
            if name[0] != "_" and name != "training":
                yield from _in(f"{way}.{name}", other, seen)


def _object(way: str, thing: Any, seen: dict[int, str]) -> Iterator[tuple[str, Any]]:
    yield way, id(thing)
    if type(thing).__module__ == "__main__":  # an object of a class of the program's own
        for name, one in vars(thing).items():
            yield from _in(f"{way}.{name}", one, seen)


def _container(way: str, thing: Any, seen: dict[int, str]) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, (set, frozenset)):
        yield way, (id(thing), tuple([repr(one) for one in thing]))
        return
    keys = thing if isinstance(thing, dict) else range(len(thing))
    names = [f"a tensor, {id(key)}" if isinstance(key, torch.Tensor) else repr(key) for key in keys]
    yield way, (id(thing), tuple(names))
    for name, key in zip(names, keys, strict=True):
        yield from _in(f"{way}[{name}]", thing[key], seen)


def _tensor(way: str, tensor: torch.Tensor) -> Iterator[tuple[str, Any]]:
    memory, grad, needs, _ = fingerprint(tensor)
    yield way, (id(tensor), memory)
    yield f"{way}.grad", grad
    yield f"{way}.requires_grad", needs
    yield f"{way}.retains_grad", tensor.requires_grad and tensor.retains_grad


def _optimizer(way: str, optimizer: optim.Optimizer, seen: dict[int, str]) -> Iterator[tuple[str, Any]]:
    yield way, id(optimizer)
    for place, group in enumerate(optimizer.param_groups):
        for name, one in group.items():
            if name == "params":
                for at, parameter in enumerate(one):
                    yield from _in(f"{way}.param_groups[{place}]['params'][{at}]", parameter, seen)
            else:
                yield from _in(f"{way}.param_groups[{place}][{name!r}]", one, seen)
    for at, (_, state) in enumerate(optimizer.state.items()):
        yield from _in(f"{way}.state[{at}]", state, seen)


def rates_of(names: Mapping[str, object]) -> dict[str, tuple[float, ...]]:
    """The lr of each group of each optimizer that a name holds."""
    held = {name: one for name, one in names.items() if isinstance(one, optim.Optimizer)}
    return {name: tuple(float(group["lr"]) for group in one.param_groups) for name, one in held.items()}


def modes_of(names: Mapping[str, object]) -> dict[str, bool]:
    """The mode of each module that a name holds."""
    return {name: one.training for name, one in names.items() if is_module(one)}
