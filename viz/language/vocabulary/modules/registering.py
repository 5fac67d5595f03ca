"""The methods of a module that register something under a name: `register_buffer`, `add_module` and their like."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from viz.errors import LimitReached
from viz.language.runtime.entries import Function
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import NotHere

#: What a module of torch has itself: a program that assigned to it would break the module.
OF_MODULES = frozenset({*dir(nn.Module), *vars(nn.Module())}) - {"training"}
#: The layers of modules in modules of the program, together with the module itself.
_DEEPEST = 20


def check_nesting(outer: nn.Module, inner: nn.Module) -> None:
    """Raise LimitReached if modules would be nested too deep, or hold themselves."""
    level, depth = [inner], 1
    while level:
        if depth >= _DEEPEST or any(one is outer for one in level):
            raise LimitReached(f"Modules are nested at most {_DEEPEST} deep; put fewer into each other.")
        level = list({id(child): child for one in level for child in one._modules.values() if child}.values())
        depth += 1


def check_name(name: Any) -> None:
    """Raise TypeError for a name under which a module keeps nothing of a program."""
    if not isinstance(name, str) or name.startswith("_") or name in OF_MODULES:
        raise NotHere('a name is a string such as `"weight"` here, and not one that every module has')


def _add_module(module: nn.Module, name: Any, child: Any) -> None:
    """`net.add_module("fc", nn.Linear(2, 1))`."""
    check_name(name)
    if not (child is None or isinstance(child, nn.Module)):
        raise NotHere(f"a module is added here, not {describe(child)}")
    if child is not None:
        check_nesting(module, child)
    module.add_module(name, child)


def _register_parameter(module: nn.Module, name: Any, param: Any) -> None:
    """`self.register_parameter("scale", nn.Parameter(…))`, or with None."""
    check_name(name)
    if not (param is None or isinstance(param, torch.Tensor)):
        raise NotHere(f"a Parameter is registered here, not {describe(param)}")
    module.register_parameter(name, param)  # type: ignore[arg-type]  # torch says what is wrong with other tensors


def _register_buffer(module: nn.Module, name: Any, tensor: Any, persistent: Any = True) -> None:
    """`self.register_buffer("mean", torch.zeros(2))`, or with None."""
    check_name(name)
    if not (tensor is None or isinstance(tensor, torch.Tensor)):
        raise NotHere(f"a tensor is registered here, not {describe(tensor)}")
    module.register_buffer(name, tensor, persistent)


METHODS: dict[str, Function] = {
    "add_module": Function("Module.add_module", _add_module, 3, frozenset({"name", "module"})),
    "register_module": Function("Module.register_module", _add_module, 3, frozenset({"name", "module"})),
    "register_parameter": Function(
        "Module.register_parameter", _register_parameter, 3, frozenset({"name", "param"})
    ),
    "register_buffer": Function(
        "Module.register_buffer", _register_buffer, 4, frozenset({"name", "tensor", "persistent"})
    ),
}
