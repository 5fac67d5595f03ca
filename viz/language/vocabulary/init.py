"""The part of torch.nn.init that a program may use: sets the first values of a parameter in place."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from viz.language.runtime.entries import Function, Library
from viz.language.runtime.problems import NotHere
from viz.language.vocabulary.arrays import NUMBERS

#: The functions, and the names of their arguments after the tensor. `generator` is left out: a run has its own.
_FUNCTIONS = {
    "uniform_": "a b",
    "normal_": "mean std",
    "trunc_normal_": "mean std a b",
    "constant_": "val",
    "ones_": "",
    "zeros_": "",
    "eye_": "",
    "xavier_uniform_": "gain",
    "xavier_normal_": "gain",
    "kaiming_uniform_": "a mode nonlinearity",
    "kaiming_normal_": "a mode nonlinearity",
    "orthogonal_": "gain",
}


#: Arguments that are strings; all others are numbers.
_WORDS = frozenset({"mode", "nonlinearity"})


def _function(name: str, names: str) -> Function:
    arguments, call = names.split(), getattr(nn.init, name)

    def run(tensor: Any, *args: Any, **options: Any) -> torch.Tensor:
        if not isinstance(tensor, torch.Tensor):
            raise NotHere(f"`nn.init.{name}` takes a parameter, as in `nn.init.{name}(net[0].weight)`")
        for argument, value in (*zip(arguments, args, strict=False), *options.items()):
            if not isinstance(value, str if argument in _WORDS else NUMBERS):
                raise NotHere(f"`{argument}` is a {'word' if argument in _WORDS else 'number'}")
        made: torch.Tensor = call(tensor, *args, **options)
        return made

    keywords = frozenset({"tensor", *arguments})
    return Function(f"torch.nn.init.{name}", run, 1 + len(arguments), keywords, draws=True, changes="value")


INIT = Library("torch.nn.init", {name: _function(name, names) for name, names in _FUNCTIONS.items()})
