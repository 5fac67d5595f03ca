"""What a program has of torch.nn.init: other first values for a parameter, written into it in place."""

from __future__ import annotations

from torch import nn

from viz.language.entries import Function, Library

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


def _function(name: str, names: str) -> Function:
    arguments = names.split()
    keywords = frozenset({"tensor", *arguments})
    return Function(f"torch.nn.init.{name}", getattr(nn.init, name), 1 + len(arguments), keywords, draws=True)


INIT = Library("torch.nn.init", {name: _function(name, names) for name, names in _FUNCTIONS.items()})
