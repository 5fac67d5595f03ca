"""Notices that the lr of an optimizer's groups has changed."""

from __future__ import annotations

from collections.abc import Collection

from torch import optim

from viz.frames.changes import Change
from viz.recording.changes import Reported
from viz.recording.optimizers import rates


class LearningRates:
    """The optimizers that names hold, each with its lr as it was when the name was last looked at."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[optim.Optimizer, tuple[float, ...]]] = {}

    def hold(self, name: str, optimizer: optim.Optimizer) -> None:
        """Take down the lr of the optimizer that `name` holds."""
        self._held[name] = optimizer, rates(optimizer)

    def drop(self, name: str) -> None:
        """Forget a name, which may hold no optimizer."""
        self._held.pop(name, None)

    def changed(self) -> list[str]:
        """The names of the optimizers with another lr than before."""
        held = self._held
        return [name for name, (one, before) in held.items() if rates(one) != before] if held else []

    def changes(self, name: str, watched: Collection[int], reported: Reported) -> tuple[Change, ...]:
        """The changes of lr in the groups of what `name` holds, apart from those `watched` or `reported`."""
        if name not in self._held:
            return ()
        optimizer, before = self._held[name]
        if (id(optimizer), "entry") in reported:
            return ()
        groups = enumerate(zip(optimizer.param_groups, before, rates(optimizer), strict=False))
        return tuple(
            Change(f"{name}.param_groups[{place}]['lr']", "entry", repr(old), repr(new))
            for place, (group, old, new) in groups
            if old != new and id(group) not in watched
        )
