"""Hooks of modules: functions of the program that torch calls before and after a module's `forward`."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere


def _method(name: str) -> Function:
    of_torch = getattr(nn.Module, name)

    def register(module: nn.Module, hook: Any) -> RemovableHandle:
        if not isinstance(hook, Callback):
            raise NotHere(f"`{name}` takes a function of the program")
        handle: RemovableHandle = of_torch(module, hook)
        return handle

    return Function(f"Module.{name}", register, 2, frozenset({"hook"}), callables=True)


METHODS: dict[str, Function] = {
    name: _method(name) for name in ("register_forward_hook", "register_forward_pre_hook")
}
