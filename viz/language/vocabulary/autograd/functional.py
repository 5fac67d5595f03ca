"""`torch.autograd.functional`: Jacobians and Hessians of the program's functions, and products with vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from torch.autograd import functional

from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard, tensors_in

#: The most elements of all inputs: a Hessian needs a backward for each of them.
_MOST = 100
#: The functions, each with the names of its arguments that may be positional, and of those that may not here.
_FUNCTIONS = {
    "jacobian": "func inputs create_graph strict",
    "hessian": "func inputs create_graph strict",
    "vjp": "func inputs v create_graph strict",
    "jvp": "func inputs v create_graph strict",
    "vhp": "func inputs v create_graph strict",
    "hvp": "func inputs v create_graph strict",
}


def _function(name: str, names: str) -> Function:
    call = getattr(functional, name)
    keywords = names.split()

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        given = dict(zip(keywords, args, strict=False)) | dict(options)
        func, inputs = given.get("func"), given.get("inputs")
        if not isinstance(func, Callback):
            raise NotHere(f"`{name}` takes a function of the program and its inputs, as in `{name}(f, x)`")
        count = sum(one.numel() for one in tensors_in((inputs,)))
        if count > _MOST:
            raise LimitReached(f"`{name}` takes inputs with at most {_MOST} elements together here.")
        return heard(state, span, partial(call, *args, **options))

    return Function(
        f"torch.autograd.functional.{name}", call, len(keywords), frozenset(keywords), callables=True, runs=run
    )


FUNCTIONS: dict[str, Function] = {name: _function(name, names) for name, names in _FUNCTIONS.items()}
