"""Notices whether a tensor that a name holds has changed."""

from __future__ import annotations

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

    def changed(self) -> bool:
        """Whether the tensor's numbers, its `.grad` or `requires_grad` changed."""
        thing = self.thing
        if thing._version != self.version:
            return True
        if not self.has_grad:
            return False  # the `.grad` of a non-leaf stays None
        if thing.requires_grad != self.requires_grad:
            return True  # it may no longer be a leaf: the result of a Function is one inside the Function
        grad = thing.grad
        if grad is not self.grad:
            return True
        return grad is not None and grad._version != self.grad_version
