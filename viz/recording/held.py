"""Notices whether a tensor that a name holds has changed."""

from __future__ import annotations

from collections.abc import Mapping

import torch


class Held:
    """A tensor that a name holds, with its versions and settings as they were when this was made."""

    __slots__ = ("grad", "grad_version", "has_grad", "is_leaf", "node", "requires_grad", "thing", "version")

    def __init__(self, thing: torch.Tensor, node: int | None, is_leaf: bool, has_grad: bool) -> None:
        self.thing = thing
        self.node = node
        self.is_leaf = is_leaf
        self.version = thing._version
        self.requires_grad = thing.requires_grad
        # Any other non-leaf has no `.grad`, and reading it would make torch warn.
        self.has_grad = is_leaf or has_grad or thing.retains_grad
        self.grad = grad = thing.grad if self.has_grad else None
        self.grad_version = -1 if grad is None else grad._version

    def keep_grad(self) -> None:
        """Record that the tensor has a `.grad` from now on."""
        self.has_grad = True


def changed_names(tensors: Mapping[str, Held]) -> list[str]:
    """Return the names of the tensors whose numbers, `.grad` or `requires_grad` changed."""
    names = []
    for name, held in tensors.items():
        thing = held.thing
        if (
            thing._version != held.version
            # `detach_` changes this, too; the result of a Function is a leaf inside the Function only.
            or thing.requires_grad != held.requires_grad
            or (
                held.has_grad  # the `.grad` of any other non-leaf stays None
                and (
                    (grad := thing.grad) is not held.grad
                    or (grad is not None and grad._version != held.grad_version)
                )
            )
        ):
            names.append(name)
    return names
