"""Keeps what each name of a program holds, and by which name a tensor goes."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import torch
from torch import nn

from viz.pytorch.parameters import named_tensors, registries
from viz.recording.paths import path_to, paths_to

#: What torch registered in a module: the ids and the keys of all entries, and the names that tensors have.
_Registered: TypeAlias = "tuple[list[tuple[object, ...]], list[str | None]]"


class Bindings:
    """What each name of a program holds (`things`). A tensor goes by the first name that held it."""

    def __init__(self) -> None:
        self.things: dict[str, object] = {}
        self.visible: Mapping[str, object] = {}
        self.calls = 0  # of functions of the program that run
        self._outside: Mapping[str, object] = {}  # the names outside of functions
        self._names: dict[int, str] = {}
        self._owners: dict[str, str] = {}  # the module's name, by its parameter's name
        # What a module had registered, and the names of that, when its parameters were those recorded.
        self._registered: dict[str, _Registered] = {}

    def name_of(self, tensor: torch.Tensor) -> str | None:
        """Return the name that holds this very tensor."""
        return self._names.get(id(tensor))

    def is_named(self, number: int) -> bool:
        """Whether a name holds the thing with this `id`, a tensor."""
        return number in self._names

    def path_to(self, thing: object, variables: Mapping[str, object]) -> str | None:
        """Return how a program with these names reaches a thing."""
        name = self.name_of(thing) if isinstance(thing, torch.Tensor) else None
        return name or path_to(thing, variables)

    def paths_to(self, tensors: Sequence[torch.Tensor]) -> list[str | None]:
        """Return how the program reaches each of these very tensors: the name that holds it, or a path."""
        names = self._names
        named = [names.get(id(one)) for one in tensors]
        if None not in named:
            return named
        nameless = [one for one, name in zip(tensors, named, strict=True) if name is None]
        paths = paths_to(nameless, self.visible)
        return [name or paths.get(id(one)) for one, name in zip(tensors, named, strict=True)]

    def calls_around(self, name: str) -> int:
        """Return how many calls a name is inside of: 0 for a name outside of functions."""
        outside = self._outside
        if not self.calls or self.visible is outside:
            return 0
        owner = self._owners.get(name, name)
        if outside.get(owner) is self.things.get(owner):
            return 0
        return self.calls

    def turn_to(self, variables: Mapping[str, object]) -> list[str]:
        """Let the program see these names, and forget the others; return those."""
        self.visible = variables
        self._outside = self._outside or variables
        visible = flat(variables)
        gone = [name for name in self.things if name not in visible and self._owners.get(name) not in visible]
        for name in gone:
            self.rename(name, self.things.pop(name), None, visible)
            self._owners.pop(name, None)
        return gone

    def rename(self, name: str, before: object, now: object, variables: Mapping[str, object]) -> None:
        """Record that `name` holds `now` and no longer `before`."""
        former = id(before)
        if self._names.get(former) == name:
            del self._names[former]
            if former in map(id, variables.values()):  # seldom
                self._names[former] = next(other for other, thing in variables.items() if thing is before)
        if isinstance(now, torch.Tensor):
            self._names.setdefault(id(now), name)

    def own(self, name: str, parameter: torch.Tensor, owner: str, variables: Mapping[str, object]) -> None:
        """Record that `name` is a parameter of the module that `owner` holds."""
        self._owners[name] = owner
        self.rename(name, None, parameter, variables)

    def keep_registered(self, owner: str, module: nn.Module) -> None:
        """Record what torch registered in the module that `owner` holds."""
        self._registered[owner] = self._now(module)

    def owns(self, owner: str, module: nn.Module) -> bool:
        """Whether the parameters, and the modules inside, of the module that `owner` holds are those recorded.

        A parameter with a name of its own is none of them.
        """
        before, now = self._registered.get(owner), self._now(module)
        if before == now:
            return True
        there = {id(parameter): one for one, parameter in named_tensors(owner, module)}
        names, owners = self._names, self._owners
        known = {id(self.things[one]): one for one, other in owners.items() if other == owner}
        owned = {
            number: one
            for number, one in there.items()
            if number not in names or owners.get(names[number]) == owner
        }
        if known == owned:
            self._registered[owner] = now
        return known == owned and (before is None or before[0] == now[0])

    def _now(self, module: nn.Module) -> _Registered:
        found = registries(module)
        numbers = [[*map(id, entries.values())] for entries in found]
        what = [(id(entries), *entries, *inside) for entries, inside in zip(found, numbers, strict=True)]
        return what, [self._names.get(one) for inside in numbers for one in inside]

    def disown(self, owner: str, variables: Mapping[str, object]) -> list[str]:
        """Forget the names of the parameters of the module that `owner` held; return them."""
        self._registered.pop(owner, None)
        gone = [one for one, other in self._owners.items() if other == owner] if self._owners else []
        for one in gone:
            del self._owners[one]
            self.rename(one, self.things.pop(one), None, variables)
        return gone


def flat(variables: Mapping[str, object]) -> Mapping[str, object]:
    """Return the same names in one dict: a ChainMap looks up each of them in Python code."""
    if not isinstance(variables, ChainMap):
        return variables
    one: dict[str, object] = {}
    for names in reversed(variables.maps):
        one.update(names)
    return one
