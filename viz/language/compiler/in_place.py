"""Tells who watches of what a program writes into a view: torch keeps the Node of that out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.compiler.calls import invoke
from viz.language.compiler.operators import calculate
from viz.language.runtime.entries import Function
from viz.language.runtime.state import State

Tensor = torch.Tensor
_MASKS = (torch.bool, torch.uint8)


def invoke_in_place(
    state: State, span: Span, function: Function, args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """As `invoke`, for a method that changes the object it is called on."""
    thing, *others = args
    if not _is_told(thing, (*args, *options.values())):
        return invoke(state, span, function, args, options)

    def again(copy: Tensor) -> None:
        if not function.draws:
            function.call(copy, *others, **options)
            return
        before = state.draws.mark()
        try:
            with state.draws.turn():
                function.call(copy, *others, **options)
        finally:
            state.draws.go_back(before)

    with _around(state, thing, lambda: thing, again):
        return invoke(state, span, function, args, options)


def calculate_in_place(
    state: State, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any
) -> Any:
    """As `calculate`, for `a symbol= b`."""
    if not isinstance(a, (Tensor, np.ndarray)):
        return calculate(state, span, symbol, apply, a, b)
    if not isinstance(a, Tensor) or not _is_told(a, (a, b)):
        with state.observer.changing(a, "value"):
            return calculate(state, span, symbol, apply, a, b)
    with state.observer.changing(a, "value"), _around(state, a, lambda: a, lambda copy: apply(copy, b)):
        return calculate(state, span, symbol, apply, a, b)


def storing(state: State, thing: Tensor, key: Any, value: Any) -> AbstractContextManager[None]:
    """Around `thing[key] = value`."""
    if not _needs_grad((thing, value)):
        return nullcontext()
    outer, inner = _split(key)

    def again(copy: Tensor) -> None:
        copy[inner] = value

    return _around(state, thing, lambda: thing.detach()[outer], again)


def _around(
    state: State, thing: Tensor, part: Callable[[], Tensor], again: Callable[[Tensor], object]
) -> AbstractContextManager[None]:
    return state.observer.writing(thing if thing._base is None else thing._base, part, again)


def _is_told(thing: Any, operands: Iterable[Any]) -> bool:
    """Whether a change of `thing` is one of a view that autograd records."""
    return isinstance(thing, Tensor) and thing._is_view() and _needs_grad(operands)


def _needs_grad(operands: Iterable[Any]) -> bool:
    return torch.is_grad_enabled() and any(isinstance(one, Tensor) and one.requires_grad for one in operands)


def _split(key: Any) -> tuple[Any, Any]:
    """Where a store goes, as torch goes there: the key of a view, then the key inside of that view.

    Whole numbers, slices and None make the view, tensors and lists are indices in it.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if not any(_is_index(one) for one in parts):
        return key, ...
    outer: list[Any] = []
    inner: list[Any] = []
    for one in parts:
        if not _is_index(one):
            outer.append(one)
            inner += [...] if one is ... else [slice(None)] if one is None or isinstance(one, slice) else []
        elif isinstance(one, Tensor) and not one.dim():  # one True or False, for a dimension of its own
            outer.append(None)
            inner.append(one.unsqueeze(0))
        else:
            outer += [slice(None)] * (one.dim() if isinstance(one, Tensor) and one.dtype in _MASKS else 1)
            inner.append(one)
    return tuple(outer), tuple(inner)


def _is_index(one: Any) -> bool:
    """Whether torch takes this part of a key for an index; a tensor of one whole number is as good as that."""
    return isinstance(one, (list, range)) or (isinstance(one, Tensor) and (one.dim() > 0 or one.dtype in _MASKS))
