"""The same calls of torch in float64: constants, the dtypes that they ask for, and casts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

Tensor = torch.Tensor
#: Methods that say in which dtype to go on; a run in float64 stays there.
_CASTS: dict[Callable[..., Any], Callable[..., Any]] = {
    Tensor.float: Tensor.double,
    Tensor.half: Tensor.double,
    Tensor.bfloat16: Tensor.double,
}


def mapped(argument: Any, change: Callable[[Any], Any]) -> Any:
    """An argument, with everything in its lists and dicts changed."""
    if isinstance(argument, dict):
        return {name: mapped(one, change) for name, one in argument.items()}
    if type(argument) in (list, tuple):
        return type(argument)(mapped(one, change) for one in argument)
    return change(argument)


def widened(argument: Any) -> Any:
    """An argument with its tensors, and the dtypes that it asks for, in float64 where they are of floats."""
    return mapped(argument, _wide)


def cast(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, or the cast to float64 in place of one to another dtype of floats."""
    return _CASTS.get(function, function)


def _wide(one: Any) -> Any:
    if isinstance(one, torch.dtype):
        return torch.float64 if one.is_floating_point else one
    if isinstance(one, Tensor) and one.is_floating_point() and one.dtype != torch.float64:
        return one.double()
    return one


class InFloat64(TorchFunctionMode):
    """What torch makes of numbers inside, it makes in float64: the lines of a Function of the program's own."""

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
