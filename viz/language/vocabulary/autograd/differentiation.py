"""The entry points of autograd: `Tensor.backward`, `torch.autograd.grad` and `Tensor.retain_grad`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.watching.observer import Observer

Tensor = torch.Tensor


def _backward(
    observer: Observer, span: Span, args: Sequence[Any], options: Mapping[str, Any]
) -> AbstractContextManager[None]:
    given = dict(zip(("root", "gradient", "retain_graph", "create_graph"), args, strict=False)) | dict(options)
    return observer.backward(span, args[0], _keeps(given))


def _keeps(given: Mapping[str, Any]) -> bool:
    """Whether the saved tensors stay: `retain_graph`, which defaults to `create_graph`."""
    keeps = given.get("retain_graph")
    try:
        return bool(given.get("create_graph") if keeps is None else keeps)
    except (RuntimeError, ValueError):  # it has no truth value: torch raises an error of its own
        return False


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """`torch.autograd.grad` of one tensor; raises TypeError for several."""
    _only(outputs)
    return torch.autograd.grad(
        outputs,
        inputs,
        grad_outputs,
        retain_graph,
        create_graph,
        allow_unused=allow_unused,
        materialize_grads=materialize_grads,
    )


def _watched(
    observer: Observer, span: Span, args: Sequence[Any], options: Mapping[str, Any]
) -> AbstractContextManager[Callable[[Any], None]]:
    names = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph")
    given = dict(zip(names, args, strict=False)) | dict(options)
    inputs = given.get("inputs")
    tensors = [inputs] if isinstance(inputs, Tensor) else inputs if isinstance(inputs, (list, tuple)) else []
    return observer.differentiate(
        span, _only(given.get("outputs")), [one for one in tensors if isinstance(one, Tensor)], _keeps(given)
    )


def _only(outputs: Any) -> Tensor:
    """The one tensor to differentiate; raises TypeError if there are none or several."""
    if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
        (outputs,) = outputs
    if not isinstance(outputs, Tensor):
        raise NotHere(
            "`torch.autograd.grad` differentiates one tensor here; add several, as in `a.sum() + b.sum()`"
        )
    return outputs


#: The methods of a tensor.
METHODS: dict[str, Function] = {
    "backward": Function(
        "Tensor.backward",
        Tensor.backward,
        4,
        frozenset({"gradient", "retain_graph", "create_graph"}),
        around=_backward,
    ),
    "retain_grad": Function(
        "Tensor.retain_grad",
        Tensor.retain_grad,
        1,
        around=lambda observer, span, args, _: observer.retain(args[0]),
    ),
}

#: What `torch.autograd` has.
FUNCTIONS: dict[str, Function] = {
    "grad": Function(
        "torch.autograd.grad",
        grad,
        5,
        frozenset(
            {
                "outputs",
                "inputs",
                "grad_outputs",
                "retain_graph",
                "create_graph",
                "allow_unused",
                "materialize_grads",
            }
        ),
        around=_watched,
    ),
}
