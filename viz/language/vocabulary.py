"""All that a program may say: the libraries, and what each type of object has; built from the tables."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn, optim

from viz import catalog
from viz.language import random, tensors
from viz.language.entries import Attribute, Function, Library
from viz.language.sizes import broadcast


def _class_of(entry: catalog.Entry, home: Any, own: tuple[str, ...]) -> Function:
    """The class that a catalog's entry names, with the arguments listed there and `own` ones before them."""
    made = getattr(home, entry.name)
    keywords = frozenset({*own, *(argument.name for argument in entry.arguments)})
    positional = 0
    for parameter in inspect.signature(made).parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.name not in keywords:
            break
        positional += 1
    return Function(f"{entry.module}.{entry.name}", made, positional, keywords)


_LOSSES = {entry.name: _class_of(entry, nn, ()) for entry in catalog.LOSSES}
_OPTIMIZERS = {entry.name: _class_of(entry, optim, ("params",)) for entry in catalog.OPTIMIZERS}

_FUNCTIONAL = Library("torch.nn.functional", tensors.functions_of(F, "F"))
_NN = Library("torch.nn", {**_LOSSES, "functional": _FUNCTIONAL})
_OPTIM = Library("torch.optim", dict(_OPTIMIZERS))
_TORCH = Library(
    "torch",
    {
        **tensors.functions_of(torch, "torch"),
        **tensors.creations(),
        **random.FUNCTIONS,
        **tensors.DTYPES,
        "nn": _NN,
        "optim": _OPTIM,
    },
)

#: What a program may import, by its name.
LIBRARIES: dict[str, Library] = {library.name: library for library in (_TORCH, _NN, _OPTIM, _FUNCTIONAL)}

_OPTIMIZER_METHODS = {
    "step": Function(
        "optimizer.step",
        optim.Optimizer.step,
        1,
        around=lambda observer, span, args, options: observer.step(args[0]),
    ),
    "zero_grad": Function(
        "optimizer.zero_grad",
        optim.Optimizer.zero_grad,
        2,
        frozenset({"set_to_none"}),
        around=lambda observer, span, args, options: observer.zero_grad(args[0]),
    ),
}

#: The methods of each type of object.
METHODS: dict[type, Mapping[str, Function]] = {torch.Tensor: {**tensors.tensor_methods(), **random.METHODS}}
#: What can be read off each type of object.
ATTRIBUTES: dict[type, Mapping[str, Attribute]] = {torch.Tensor: tensors.TENSOR_ATTRIBUTES}
#: What can be set on each type of object.
SETTABLE: dict[type, frozenset[str]] = {torch.Tensor: tensors.TENSOR_SETTABLE}
#: What an object of each type does when it is called.
CALLS: dict[type, Function] = {}

for _entry in _OPTIMIZERS.values():
    METHODS[_entry.call] = {  # type: ignore[index]  # a class is both
        name: Function(
            method.name, getattr(_entry.call, name), method.positional, method.keywords, around=method.around
        )
        for name, method in _OPTIMIZER_METHODS.items()
    }
for _entry in _LOSSES.values():
    CALLS[_entry.call] = Function(  # type: ignore[index]
        _entry.name,
        nn.Module.__call__,
        3,
        frozenset({"input", "target"}),
        growth=broadcast,
    )

#: Every attribute and method that any object has: what is not here is refused before the program runs.
ATTRIBUTE_NAMES = frozenset(name for table in (*METHODS.values(), *ATTRIBUTES.values()) for name in table)


def kind_of(thing: object) -> str:
    """A word or two for what a program's value is: for messages."""
    if isinstance(thing, torch.Tensor):
        return "a tensor"
    if isinstance(thing, optim.Optimizer):
        return "an optimizer"
    if isinstance(thing, nn.Module):
        return "a loss"
    if isinstance(thing, (Library, Function)):
        return f"`{thing}`"
    names = {
        bool: "True or False",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        tuple: "a list",
    }
    return "None" if thing is None else names.get(type(thing), f"a {type(thing).__name__}")
