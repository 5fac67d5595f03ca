"""A Node of the graph while it may still change."""

from __future__ import annotations

from typing import Literal, cast

import torch

from viz.frames.events import Accumulation
from viz.frames.graph import Node, Saved
from viz.frames.plain import Span, Value
from viz.recording.values import Values, dtype_name


class Draft:
    """A Node that may still change; `plain` is the Node it is now."""

    __slots__ = (
        "contribution", "dtype", "earlier", "expression", "freed", "grad", "grad_after", "grad_before", "id",
        "kind", "name", "order", "passes", "received", "retains", "saved", "sent", "shape", "value", "variable",
        "version",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        kind: Literal["operation", "leaf", "data"],
        name: str,
        expression: Span | None,
        passes: tuple[int, ...],
    ) -> None:
        self.id = number
        self.passes = passes
        self.kind = kind
        self.name = name
        self.expression = expression
        self.variable: str | None = None
        self.value: Value | None = None
        self.version = -1  # of the tensor, when `value` was read
        self.shape: tuple[int, ...] = ()
        self.dtype = ""
        self.saved: tuple[Saved, ...] = ()
        self.freed = False
        self.retains = False
        self.earlier = False
        self.grad: Value | None = None
        self.forget_backward()

    def forget_backward(self) -> None:
        """Take off what a backward left, except that it freed the saved tensors."""
        self.received: tuple[Value | None, ...] = ()
        self.sent: tuple[Value | None, ...] = ()
        self.order: int | None = None
        self.grad_before: Value | None = None
        self.contribution: Value | None = None
        self.grad_after: Value | None = None

    def take_over(self, other: Draft) -> None:
        """What an earlier part of the run saw of the same Node, without its gradients."""
        self.earlier = True
        self.expression = other.expression
        self.variable = other.variable
        self.value = other.value
        self.shape = other.shape
        self.dtype = other.dtype
        self.saved = other.saved
        self.freed = other.freed
        self.retains = other.retains

    def hold(self, tensor: torch.Tensor, values: Values) -> None:
        """Take the tensor's numbers, shape and dtype."""
        self.value = values.read(tensor)
        self.version = tensor._version
        self.shape = tuple(tensor.shape)
        self.dtype = dtype_name(tensor.dtype)

    def plain(self) -> Node:
        """The Node as it is now."""
        return Node(
            self.id,
            self.kind,
            self.name,
            self.expression,
            self.variable,
            self.value,
            self.shape,
            self.dtype,
            self.saved,
            self.received,
            self.sent,
            self.order,
            self.freed,
            self.grad_before,
            self.contribution,
            self.grad_after,
            self.passes,
            self.earlier,
            self.grad,
            self.retains,
        )

    def accumulation(self, path: str | None) -> Accumulation:
        """What a backward added to the `.grad` of its tensor, which a program reaches so; only where one did."""
        name = path or (f"({self.expression.text})" if self.expression else "")
        contribution, after = cast(Value, self.contribution), cast(Value, self.grad_after)
        return Accumulation(name, self.id, self.grad_before, contribution, after)
