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
        """The loss, the set-up's names as they were but for these."""

    @property
    def made(self) -> int:
        """Bytes of tensors that the last run made."""

    @property
    def names(self) -> Mapping[str, Any]:
        """What the set-up's names hold."""


def losses(lines: Lines, names: Sequence[str], values: Sequence[Sequence[float]]) -> list[float] | None:
    """The loss at each point, as `torch.func.vmap` has it: values[k] are those of the leaf names[k] at each point.

    Every operation runs once, on the values of all points: for 625 points it takes a fiftieth of the time. None
    where the lines cannot run so: they look at a number (`.item()`, `if loss < 1`), draw random ones, reach the
    leaves by another way than their names, or make too much. What has run must have run for one point before.
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
    except Exception:  # noqa: BLE001  # for one point they run; whatever stops them here, they have to run point by point
        return None
    numbers: list[float] = made.tolist()
    return numbers


def _only_by_name(names: Mapping[str, Any], leaves: Sequence[torch.Tensor]) -> bool:
    """Whether the lines can come to the leaves by their names alone, and to no list that they would change."""
    for thing in names.values():
        if isinstance(thing, (list, dict, tuple)):
            return False
        if isinstance(thing, nn.Module) and any(one is leaf for one in thing.parameters() for leaf in leaves):
            return False
        if isinstance(thing, torch.Tensor) and any(_share(thing, leaf) for leaf in leaves):
            return False
    return True


def _share(tensor: torch.Tensor, leaf: torch.Tensor) -> bool:
    """Whether another tensor has the memory of a leaf."""
    return tensor is not leaf and tensor.untyped_storage().data_ptr() == leaf.untyped_storage().data_ptr()
