"""Finds the tensors that a Node saved for its backward."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.autograd.function import BackwardCFunction

from viz.pytorch.graph import TorchNode

_PREFIX = "_saved_"
#: A kernel's own memory: bytes without a meaning outside of it, of which some were never written.
_WORKSPACES = {"MkldnnRnnLayerBackward0": ("_saved_result3",)}
#: The `_saved_…` attributes of each type of Node, found once: `dir` is slow.
_attributes: dict[type, tuple[tuple[str, str], ...]] = {}


def saved_attributes(kind: type) -> tuple[tuple[str, str], ...]:
    """Return the attributes of a type of Node that hold what it saved, each with its name without the prefix."""
    known = _attributes.get(kind)
    if known is None:
        left_out = _WORKSPACES.get(kind.__name__, ())
        names = [name for name in dir(kind) if name.startswith(_PREFIX) and name not in left_out]
        known = _attributes[kind] = tuple((name, name.removeprefix(_PREFIX)) for name in names)
    return known


def saved_tensors(function: TorchNode) -> Iterator[torch.Tensor]:
    """Yield the tensors that `function` saved, without those that torch does not hand out any more.

    Those are all of them after a backward, and those that were changed in place.
    """
    node: object = function
    names = ["saved_tensors"] if isinstance(node, BackwardCFunction) else []
    for name in names or [attribute for attribute, _ in saved_attributes(type(function))]:
        try:
            content = getattr(function, name)
        except RuntimeError:
            continue
        for one in content if isinstance(content, (list, tuple)) else (content,):
            if isinstance(one, torch.Tensor):
                yield one
