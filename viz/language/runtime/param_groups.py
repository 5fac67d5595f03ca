"""Parameter groups: the dicts and lists that an optimizer shares with the program."""

from __future__ import annotations

import weakref
from typing import Any

from torch import optim

from viz.language.runtime.problems import NotHere


class ParamGroups:
    """Knows which dicts and lists of a running program also belong to an optimizer.

    An optimizer keeps the dicts that it gets as groups, and `param_groups` returns its own list. What a program
    writes into them is checked at once: torch does not look at it before the next step.
    """

    def __init__(self) -> None:
        self._owners: dict[int, weakref.WeakSet[optim.Optimizer]] = {}

    def add(self, optimizer: optim.Optimizer) -> None:
        """Register a new optimizer, or one that got a new group."""
        self._owners = {key: owners for key, owners in self._owners.items() if owners}
        for thing in _things(optimizer):
            self._owners.setdefault(id(thing), weakref.WeakSet()).add(optimizer)

    def owners(self, thing: list[Any] | dict[Any, Any]) -> list[optim.Optimizer]:
        """The optimizers that keep this very list or dict."""
        owners = self._owners.get(id(thing), ())
        return [one for one in owners if any(thing is kept for kept in _things(one))]

    def check_change(self, thing: list[Any] | dict[Any, Any]) -> None:
        """Raise TypeError for a list or dict that an optimizer keeps: a program may not add or remove entries."""
        if not self.owners(thing):
            return
        if isinstance(thing, dict):
            raise NotHere("an option of an optimizer's group can be set here, but not removed")
        raise NotHere("this list belongs to an optimizer; add parameters with `optimizer.add_param_group({…})`")


def _things(optimizer: optim.Optimizer) -> list[object]:
    """The lists and dicts in which an optimizer has its groups."""
    groups = optimizer.param_groups
    return [groups, *groups, *[group["params"] for group in groups]]
