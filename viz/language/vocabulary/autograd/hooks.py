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

    __slots__ = ("_function", "_name", "_state")

    def __init__(self, state: State, name: str, function: Callback) -> None:
        self._state, self._name, self._function = state, name, function

    def __call__(self, given: torch.Tensor) -> Any:
        result = silently(self._state, self._function, given)
        if result is not None and not isinstance(result, torch.Tensor):
            raise NotHere(f"a hook returns the gradient to go on with, or nothing, but this is {describe(result)}")
        return result


def _method(name: str) -> Function:
    """A method that registers a hook of a tensor."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        tensor, hook = [*args, *options.values()]
        if not isinstance(hook, Callback):
            raise NotHere(f"`{name}` takes a function of the program, as in `x.{name}(lambda grad: print(grad))`")
        return getattr(torch.Tensor, name)(tensor, _Hook(state, name, hook))

    call = getattr(torch.Tensor, name)
    return Function(f"Tensor.{name}", call, 2, frozenset({"hook"}), callables=True, runs=run)


#: The methods of a tensor.
METHODS: dict[str, Function] = {
    name: _method(name) for name in ("register_hook", "register_post_accumulate_grad_hook")
}
KINDS: dict[type, Kind] = {
    RemovableHandle: Kind(
        says="the handle of a hook",
        inside=lambda handle: (),
        methods={"remove": Function("RemovableHandle.remove", RemovableHandle.remove, 1)},
    )
}
