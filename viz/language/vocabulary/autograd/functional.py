"""`torch.autograd.functional`: Jacobians and Hessians of the program's functions, and products with vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch.autograd import functional

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_elements
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
#: Those that need a backward for each element: of the result, or of the inputs.
_REPEATING = ("jacobian", "hessian")


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
        if name in _REPEATING:
            given["func"] = _bounded(state, name, func, count)
        return heard(state, span, partial(call, **given))

    return Function(
        f"torch.autograd.functional.{name}", call, len(keywords), frozenset(keywords), callables=True, runs=run
    )


def _bounded(state: State, name: str, func: Callback, inputs: int) -> Callable[..., Any]:
    """`func`, but raises LimitReached if torch, which is not interrupted, would compute gradients for too long."""

    def run(*args: Any) -> Any:
        before = state.meter.made
        made = func(*args)
        outputs = sum(one.numel() for one in tensors_in((made,)))
        if name == "jacobian":
            check_elements(outputs * inputs)
        passes = outputs if name == "jacobian" else inputs
        if passes * (state.meter.made - before) > limits.MADE:
            raise LimitReached(
                f"`{name}` goes back through the function {passes:,} times here, which takes too long; let it "
                "make fewer or smaller tensors."
            )
        return made

    return run


FUNCTIONS: dict[str, Function] = {name: _function(name, names) for name, names in _FUNCTIONS.items()}
