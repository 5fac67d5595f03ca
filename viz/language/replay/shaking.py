"""Changes last digits, to see how far rounding may move what torch computes from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils import _pytree
from torch.utils._python_dispatch import TorchDispatchMode

Tensor = torch.Tensor
_EPS: float = torch.finfo(torch.float64).eps
#: Kernels that round nothing: they move numbers, or cast them.
_EXACT = (torch.ops.aten.clone, torch.ops.aten._to_copy)


def shaken(tensor: Tensor, random: torch.Generator) -> Tensor:
    """A copy of the tensor with different last digits."""
    return tensor * (1 + _EPS * torch.randint(-2, 3, tensor.shape, generator=random).double())


class Shaking(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not type its own mode
    """Changes the last digits of each float64 result of a kernel, also inside torch's functions and in backward.

    Numbers that cancel inside a call leave what its arguments and its result do not show.
    """

    def __init__(self, random: torch.Generator) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._random = random

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the kernel makes, shaken unless it is a view, or changed in place."""
        made = func(*args, **(kwargs or {}))
        if func.overloadpacket in _EXACT or any(one.alias_info is not None for one in func._schema.returns):
            return made
        return _pytree.tree_map_only(torch.Tensor, self._one, made)

    def _one(self, made: Tensor) -> Tensor:
        rounded = made.dtype is torch.float64 and made.layout is torch.strided
        return shaken(made, self._random) if rounded else made
