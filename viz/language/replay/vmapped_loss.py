"""The loss for many values of two leaves at once: the program's forward lines run once, on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import nn

#: Bytes of tensors that the lines may make for all points together.
_MOST = 64 * 2**20


class Lines(Protocol):
    """Forward lines, ready to run."""

    def run(self, changed: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The loss with these names changed and all others as the set-up left them."""

    @property
    def made(self) -> int:
        """Bytes of tensors that the last run made."""

    @property
    def names(self) -> Mapping[str, Any]:
        """What the set-up's names hold."""


def losses(lines: Lines, names: Sequence[str], values: Sequence[Sequence[float]]) -> list[float] | None:
    """The loss at each point by `torch.func.vmap`: values[k] are the values of the leaf names[k] at the points.

    Every operation runs once, on the values of all points: for 625 points this takes a fiftieth of the time. None
    if the lines cannot run like this: they look at a number (`.item()`, `if loss < 1`), draw random numbers, reach
    a leaf other than by its name, or make too much. The lines must have run for one point before.
    """
    leaves = [lines.names[name] for name in names]
    if lines.made * len(values[0]) > _MOST or not _only_by_name(lines.names, leaves):
        return None
    points = [
        torch.tensor(of, dtype=leaf.dtype).reshape(-1, *leaf.shape)
        for of, leaf in zip(values, leaves, strict=True)
    ]
    try:
        made = torch.func.vmap(lambda *held: lines.run(dict(zip(names, held, strict=True))).reshape(()))(*points)
    except Exception:  # noqa: BLE001  # the lines do run point by point, so no error here is the program's
        return None
    numbers: list[float] = made.tolist()
    return numbers


def _only_by_name(names: Mapping[str, Any], leaves: Sequence[torch.Tensor]) -> bool:
    """Whether the lines reach the leaves by their names alone, and reach no list that they would change."""
    for thing in names.values():
        if isinstance(thing, (list, dict, tuple)):
            return False
        if isinstance(thing, nn.Module) and any(one is leaf for one in thing.parameters() for leaf in leaves):
            return False
        if isinstance(thing, torch.Tensor) and any(_share(thing, leaf) for leaf in leaves):
            return False
    return True


def _share(tensor: torch.Tensor, leaf: torch.Tensor) -> bool:
    """Whether another tensor shares the memory of a leaf."""
    return tensor is not leaf and tensor.untyped_storage().data_ptr() == leaf.untyped_storage().data_ptr()
