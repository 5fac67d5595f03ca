"""Reports in-place writes to views to the observer: torch hides the Node of such a write from Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.compiler.calls import invoke
from viz.language.compiler.operators import calculate
from viz.language.runtime.entries import Function
from viz.language.runtime.state import State
from viz.language.vocabulary.tensor_parts import needs_grad, writing

Tensor = torch.Tensor


def invoke_in_place(
    state: State, span: Span, function: Function, args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """Like `invoke`, for a method that changes the object it is called on."""
    thing, *others = args
    if not _is_recorded_view(thing, (*args, *options.values())):
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

    with writing(state, thing, lambda: thing, again):
        return invoke(state, span, function, args, options)


def calculate_in_place(
    state: State, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any
) -> Any:
    """Like `calculate`, for `a symbol= b`."""
    if not isinstance(a, (Tensor, np.ndarray)):
        return calculate(state, span, symbol, apply, a, b)
    if not isinstance(a, Tensor) or not _is_recorded_view(a, (a, b)):
        with state.observer.changing(a, "value"):
            return calculate(state, span, symbol, apply, a, b)
    with state.observer.changing(a, "value"), writing(state, a, lambda: a, lambda copy: apply(copy, b)):
        return calculate(state, span, symbol, apply, a, b)


def _is_recorded_view(thing: Any, operands: Iterable[Any]) -> bool:
    """Whether `thing` is a view, and autograd records a change of it with these operands."""
    return isinstance(thing, Tensor) and thing._is_view() and needs_grad(operands)
