"""The methods of a module that go through it: its parameters, buffers and modules, each once or with its name."""

from __future__ import annotations

from typing import Any

from torch import nn

from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere


def _walk(name: str, *keywords: str) -> Function:
    """A method that returns one of torch's generators."""
    return Function(f"Module.{name}", getattr(nn.Module, name), 1 + len(keywords), frozenset(keywords))


def _apply(module: nn.Module, fn: Any) -> nn.Module:
    """`net.apply(init)`: the function is called with each module in the net, and with the net itself last."""
    if not isinstance(fn, Callback):
        raise NotHere("`apply` takes a function of the program, which is called with each module")
    return module.apply(fn)


METHODS: dict[str, Function] = {
    **{
        name: _walk(name, *keywords)
        for name, keywords in {
            "parameters": ("recurse",),
            "named_parameters": ("prefix", "recurse"),
            "buffers": ("recurse",),
            "named_buffers": ("prefix", "recurse"),
            "children": (),
            "named_children": (),
            "modules": (),
            "named_modules": (),
        }.items()
    },
    "apply": Function("Module.apply", _apply, 2, frozenset({"fn"}), callables=True),
}
