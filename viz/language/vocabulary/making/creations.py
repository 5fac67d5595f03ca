"""The functions and methods that create a tensor, of numbers or of a size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from viz.language.runtime.entries import Function
from viz.language.runtime.memory import lend
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import DryRun

#: The functions that create a tensor of a size: the names of their arguments, and how many more may follow.
_OF_SIZE: dict[str, tuple[str, int]] = {
    "zeros": ("size", 6),
    "ones": ("size", 6),
    "full": ("size fill_value", 0),
    "eye": ("n m", 0),
    "arange": ("start end step", 0),
    "linspace": ("start end steps", 0),
}
#: The same for the methods: `x.new_zeros(2)`.
_NEW: dict[str, tuple[str, int]] = {
    "new_zeros": ("size", 6),
    "new_ones": ("size", 6),
    "new_full": ("size fill_value", 0),
}
_OPTIONS = frozenset({"dtype", "requires_grad", "device"})


def check_data(data: Any) -> None:
    """Raise TypeError for numbers that torch would only convert slowly, with a warning."""
    pending = [data] if isinstance(data, (list, tuple)) else []
    while pending:
        for one in pending.pop():
            if isinstance(one, (list, tuple)):
                pending.append(one)
            elif isinstance(one, np.ndarray):
                # torch would warn that this is slow, and convert all of it before it could be refused.
                raise NotHere("make one array of several first, as in `torch.tensor(np.array([…]))`")


def filled(size: Sequence[Any], dtype: torch.dtype, requires_grad: bool = False) -> torch.Tensor:
    """A tensor without numbers of its own, which torch leaves as the memory was: filled as it is in torch's
    deterministic mode, so that a run is the same each time."""
    lost: float = torch.nan
    if not dtype.is_floating_point:
        lost = True if dtype == torch.bool else torch.iinfo(dtype).max
    return torch.full(tuple(size), lost, dtype=dtype, requires_grad=requires_grad)


def _of_numbers(call: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`torch.tensor` or `torch.as_tensor` of numbers, of one tensor or of one array."""

    def make(data: Any, *args: Any, **options: Any) -> torch.Tensor:
        check_data(data)
        made = call(data, *args, **options)
        shared = isinstance(data, np.ndarray) and made.data_ptr() == data.__array_interface__["data"][0]
        return lend(data, made) if shared else made

    return make


def _of_size(label: str, call: DryRun, names: str, more: int) -> Function:
    arguments = names.split()
    keywords = frozenset({*arguments, *_OPTIONS})
    return Function(label, call, len(arguments) + more, keywords, call, creates=True)


def _empty(*size: Any, dtype: Any = None, requires_grad: Any = False, device: Any = None, **named: Any) -> Any:
    """`torch.empty`."""
    made = torch.empty(*size, dtype=dtype, device="meta", **named)
    return made if device == "meta" else filled(made.shape, made.dtype, requires_grad)


def _new_empty(tensor: Any, *size: Any, dtype: Any = None, **options: Any) -> Any:
    """`x.new_empty(…)`."""
    return _empty(*size, dtype=tensor.dtype if dtype is None else dtype, **options)


def _empty_like(input: Any, dtype: Any = None, requires_grad: Any = False) -> Any:
    """`torch.empty_like`."""
    made = torch.empty_like(input, dtype=dtype, device="meta")
    return filled(made.shape, made.dtype, requires_grad)


def functions() -> dict[str, Function]:
    """The functions of torch that create a tensor."""
    numbers = frozenset({"data", "dtype", "requires_grad", "device"})
    return {
        "tensor": Function("torch.tensor", _of_numbers(torch.tensor), 1, numbers),
        "as_tensor": Function(
            "torch.as_tensor", _of_numbers(torch.as_tensor), 2, frozenset({"data", "dtype", "device"})
        ),
        **{name: _of_size(f"torch.{name}", getattr(torch, name), *shape) for name, shape in _OF_SIZE.items()},
        "empty": _of_size("torch.empty", _empty, "size", 6),
        "empty_like": Function(
            "torch.empty_like", _empty_like, 1, frozenset({"input", "dtype", "requires_grad", "device"})
        ),
    }


def methods() -> dict[str, Function]:
    """The methods of a tensor that create another one."""

    def entry(name: str, call: DryRun, names: str, more: int) -> Function:
        return _of_size(f"Tensor.{name}", call, names, more + 1)

    return {
        **{name: entry(name, getattr(torch.Tensor, name), *shape) for name, shape in _NEW.items()},
        "new_empty": entry("new_empty", _new_empty, "size", 6),
        "new_tensor": Function(
            "Tensor.new_tensor",
            _of_numbers_like,
            2,
            frozenset({"data", "dtype", "requires_grad", "device"}),
        ),
    }


def _of_numbers_like(tensor: Any, data: Any, **options: Any) -> torch.Tensor:
    """`x.new_tensor(data)`."""
    check_data(data)
    made: torch.Tensor = tensor.new_tensor(data, **options)
    return made
