"""All that a program may say: the libraries, and what each type of object has; built from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.language.runtime.entries import Attribute, Base, Function, GradMode, Library
from viz.language.vocabulary import (
    arrays,
    autograd_function,
    containers,
    differentiation,
    init,
    layers,
    losses,
    mathematics,
    numpy_functions,
    numpy_random,
    optimizers,
    tensors,
    torch_random,
)

_FUNCTIONAL = Library(
    "torch.nn.functional", {**tensors.functions_of(F, "F"), **losses.functions(), **layers.FUNCTIONS}
)
_NN = Library("torch.nn", {**losses.classes(), **layers.CLASSES, "functional": _FUNCTIONAL, "init": init.INIT})
_OPTIM = Library("torch.optim", {**optimizers.CLASSES, "lr_scheduler": optimizers.SCHEDULERS})
_AUTOGRAD = Library("torch.autograd", {"Function": Base("torch.autograd.Function"), **differentiation.FUNCTIONS})
_TORCH = Library(
    "torch",
    {
        **tensors.functions_of(torch, "torch"),
        **tensors.creations(),
        **tensors.CHECKED,
        **torch_random.FUNCTIONS,
        **tensors.DTYPES,
        "from_numpy": numpy_functions.FROM_NUMPY,
        "nn": _NN,
        "optim": _OPTIM,
        "autograd": _AUTOGRAD,
        "no_grad": GradMode("torch.no_grad", torch.no_grad, False),
        "enable_grad": GradMode("torch.enable_grad", torch.enable_grad, True),
    },
)

#: What a program may import, by its name.
LIBRARIES: dict[str, Library] = {
    library.name: library
    for library in (
        _TORCH,
        _NN,
        _OPTIM,
        _FUNCTIONAL,
        init.INIT,
        optimizers.SCHEDULERS,
        _AUTOGRAD,
        numpy_functions.NUMPY,
        numpy_random.RANDOM,
        mathematics.MATH,
    )
}

#: The methods of each type of object.
METHODS: dict[type, Mapping[str, Function]] = {
    torch.Tensor: {
        **tensors.tensor_methods(),
        **differentiation.METHODS,
        **torch_random.METHODS,
        "numpy": numpy_functions.TO_NUMPY,
    },
    **optimizers.METHODS,
    **layers.METHODS,
    **containers.METHODS,
    autograd_function.Context: autograd_function.METHODS,
    autograd_function.Custom: {"apply": autograd_function.APPLY},
    **numpy_functions.METHODS,
}
#: What can be read off each type of object.
ATTRIBUTES: dict[type, Mapping[str, Attribute]] = {
    torch.Tensor: tensors.TENSOR_ATTRIBUTES,
    **tensors.LARGEST,
    **optimizers.ATTRIBUTES,
    **layers.ATTRIBUTES,
    np.ndarray: numpy_functions.ATTRIBUTES,
    autograd_function.Context: autograd_function.ATTRIBUTES,
    autograd_function.Custom: {"apply": autograd_function.APPLY_ATTRIBUTE},
}
# A parameter of a module is a tensor like any other.
METHODS[nn.Parameter] = METHODS[torch.Tensor]
ATTRIBUTES[nn.Parameter] = ATTRIBUTES[torch.Tensor]
#: What `thing[key]` gives, for each type of object that is no tensor, list, tuple, text or dict.
INDEXABLE: dict[type, Callable[[Any, Any], Any]] = {
    nn.Sequential: layers.layer_at,
    np.ndarray: arrays.part,
}
#: What `thing[key] = value` does, likewise.
SETITEMS: dict[type, Callable[[Any, Any, Any], None]] = {np.ndarray: arrays.put}
#: The entries that `for` goes through, likewise.
ITERABLE: dict[type, Callable[[Any], Iterable[Any]]] = {nn.Sequential: list, np.ndarray: arrays.rows}
#: What can be set on each type of object.
SETTABLE: dict[type, frozenset[str]] = dict.fromkeys((torch.Tensor, nn.Parameter), tensors.TENSOR_SETTABLE)
#: What an object of each type does when it is called.
CALLS: dict[type, Function] = {
    **losses.calls(),
    **layers.CALLS,
    autograd_function.Applied: autograd_function.APPLY_VALUE,
}

#: Every attribute and method that any object has: what is not here is refused before the program runs.
ATTRIBUTE_NAMES = frozenset(name for table in (*METHODS.values(), *ATTRIBUTES.values()) for name in table)


def kind_of(thing: object) -> str:
    """A word or two for what a program's value is: for messages."""
    if isinstance(thing, torch.Tensor):
        return "a tensor"
    if isinstance(thing, optim.Optimizer):
        return "an optimizer"
    if isinstance(thing, LRScheduler):
        return "a scheduler"
    if arrays.is_array(thing):
        return "a number of NumPy" if arrays.is_number(thing) else "an array"
    if type(thing) in tensors.LARGEST:
        return "a pair of values and indices"
    if isinstance(thing, nn.Module):
        return "a module" if type(thing) in layers.TYPES else "a loss"
    if isinstance(thing, (Library, Function, autograd_function.Custom)) or callable(thing):
        return f"`{thing}`"
    names = {
        bool: "True or False",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        tuple: "a tuple",
        dict: "a dict",
        range: "a range",
    }
    return "None" if thing is None else names.get(type(thing), f"a {type(thing).__name__}")
