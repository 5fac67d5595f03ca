"""Hooks: functions of the program that torch calls with a gradient during a backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.kinds import Kind, describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.autograd.silently import silently


class _Hook:
    """A function of the program that runs when torch calls it with a gradient."""

    __slots__ = ("_function", "_state")

    def __init__(self, state: State, function: Callback) -> None:
        self._state, self._function = state, function

    def __call__(self, given: torch.Tensor) -> Any:
        result = silently(self._state, self._function, given)
        if result is not None and not isinstance(result, torch.Tensor):
            raise NotHere(f"a hook returns the gradient to go on with, or nothing, but this is {describe(result)}")
        return result


def _register(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`x.register_hook(function)`."""
    tensor, hook = [*args, *options.values()]
    if not isinstance(hook, Callback):
        raise NotHere("`register_hook` takes a function of the program, as in `x.register_hook(lambda g: g * 2)`")
    handle = _OF_TORCH(tensor, _Hook(state, hook))
    state.observer.hook(tensor)
    return handle


_OF_TORCH: Any = torch.Tensor.register_hook
#: The methods of a tensor.
METHODS: dict[str, Function] = {
    "register_hook": Function(
        "Tensor.register_hook", _OF_TORCH, 2, frozenset({"hook"}), callables=True, runs=_register
    )
}
KINDS: dict[type, Kind] = {
    RemovableHandle: Kind(
        says="the handle of a hook",
        inside=lambda handle: (),
        methods={"remove": Function("RemovableHandle.remove", RemovableHandle.remove, 1)},
    )
}
