"""Makes calls of torch compute in float64: their constants, the dtypes that they ask for, and casts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

Tensor = torch.Tensor
#: Methods that cast to another floating-point dtype, each with the one that stays in float64.
_CASTS: dict[Callable[..., Any], Callable[..., Any]] = {
    Tensor.float: Tensor.double,
    Tensor.half: Tensor.double,
    Tensor.bfloat16: Tensor.double,
}


def mapped(argument: Any, change: Callable[[Any], Any]) -> Any:
    """The argument after `change`, which is applied to each entry of lists, tuples and dicts."""
    if isinstance(argument, dict):
        return {name: mapped(one, change) for name, one in argument.items()}
    if type(argument) in (list, tuple):
        return type(argument)(mapped(one, change) for one in argument)
    return change(argument)


def widened(argument: Any) -> Any:
    """An argument with its floating-point tensors and dtypes turned into float64."""
    return mapped(argument, _wide)


def cast(function: Callable[..., Any]) -> Callable[..., Any]:
    """The cast to float64 if `function` casts to another floating-point dtype, else `function` itself."""
    return _CASTS.get(function, function)


def _wide(one: Any) -> Any:
    if isinstance(one, torch.dtype):
        return torch.float64 if one.is_floating_point else one
    if isinstance(one, Tensor) and one.is_floating_point() and one.dtype != torch.float64:
        return one.double()
    return one


class InFloat64(TorchFunctionMode):
    """Makes torch compute in float64 inside, for the lines of a Function that the program defines."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _wide(cast(func)(*mapped(args, _wide_dtype), **mapped(dict(kwargs or {}), _wide_dtype)))


def _wide_dtype(one: Any) -> Any:
    return _wide(one) if isinstance(one, torch.dtype) else one
