"""A Node of the graph that may still change."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch

from viz.frames.events import Accumulation
from viz.frames.graph import Node, Saved
from viz.frames.plain import Span, Value
from viz.recording.reading.values import Values, dtype_name

_Values: TypeAlias = "tuple[Value | None, ...]"
#: The results of the last backward at a Node: the fields of a `Node` from `received` on, in order. A plain tuple
#: is several times as fast to make and to unpack as a named one.
BackwardHalf: TypeAlias = "tuple[_Values, _Values, int | None, Value | None, Value | None, Value | None]"

#: The backward half of a Node that the engine did not visit in the last backward.
NOT_VISITED: BackwardHalf = ((), (), None, None, None, None)


Kind: TypeAlias = Literal["operation", "leaf", "data"]


class Draft:
    """A Node that may still change; `plain` returns the Node as it is now.

    Each backward replaces `backward`. The other attributes come from the forward statements, apart from `freed`:
    whether a backward freed the Node's saved tensors.
    """

    __slots__ = (
        "backward",
        "dtype",
        "earlier",
        "expression",
        "freed",
        "grad",
        "hooked",
        "id",
        "kind",
        "name",
        "passes",
        "retains",
        "saved",
        "shape",
        "value",
        "variable",
        "version",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        kind: Kind,
        name: str,
        expression: Span | None,
        passes: tuple[int, ...],
    ) -> None:
        self.id = number
        self.passes = passes
        self.kind: Kind = kind
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
        self.hooked = False
        self.earlier = False
        self.grad: Value | None = None
        self.backward: BackwardHalf = NOT_VISITED

    def take_over(self, other: Draft) -> None:
        """Take what an earlier part of the run recorded of the same Node, without its gradients."""
        self.earlier = True
        self.expression = other.expression
        self.variable = other.variable
        self.value = other.value
        self.shape = other.shape
        self.dtype = other.dtype
        self.saved = other.saved
        self.freed = other.freed
        self.retains = other.retains
        self.hooked = other.hooked

    def hold(self, tensor: torch.Tensor, values: Values) -> None:
        """Take the tensor's numbers, shape and dtype."""
        self.value = values.read(tensor)
        try:
            self.version = tensor._version
        except RuntimeError:  # tensors made in inference mode have none
            self.version = -1
        self.shape = values.shape(tensor)
        self.dtype = dtype_name(tensor.dtype)

    def free(self) -> None:
        """Record that a backward freed the Node's saved tensors, if it has any."""
        for one in self.saved:
            if one.shape is not None:
                self.freed = True
                return

    def plain(self) -> Node:
        """Return the Node as it is now."""
        received, sent, order, grad_before, contribution, grad_after = self.backward
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
            self.freed,
            self.passes,
            self.earlier,
            self.grad,
            self.retains,
            received,
            sent,
            order,
            grad_before,
            contribution,
            grad_after,
            self.hooked,
        )

    def accumulation(self, path: str | None) -> Accumulation:
        """Return what a backward added to the `.grad` of its tensor, which the program reaches by `path`."""
        name = path or (f"({self.expression.text})" if self.expression else "")
        before, contribution, after = self.backward[3:]
        assert contribution is not None and after is not None
        return Accumulation(name, self.id, before, contribution, after)
