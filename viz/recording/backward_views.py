"""The Nodes of views that a backward with `create_graph` itself creates, and where their views lie in memory."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch
from torch.autograd.graph import get_gradient_edge

from viz.frames.graph import Saved
from viz.pytorch.graph import Entries, TorchNode, function_of, unseen
from viz.recording.views import AS_STRIDED, COPY_SLICES, TensorGeometry, geometry, place
from viz.recording.visits import Gradients

#: The Nodes of `copy_`, and of `fill_` with a number.
_COPY, _FILL = "CopyBackwards", "FillBackward2"

#: Nodes of views, each with what it saves.
_Found: TypeAlias = Iterator[tuple[TorchNode, tuple[Saved, ...]]]


@contextmanager
def record_view_nodes(
    functions: Iterable[tuple[TorchNode, tuple[Saved, ...]]],
    known: dict[TorchNode, int],
    made: dict[TorchNode, tuple[Saved, ...]],
) -> Iterator[None]:
    """While a backward runs inside, fill `made` with the Nodes of views that it creates, and what they save.

    `functions` are the graph's Nodes that `MAKERS` lists, each with what it saved; `known` has all of its Nodes.
    """

    def visit(name: str, saved: Mapping[str, Any], sent: Gradients, received: Gradients) -> None:
        made.update(MAKERS[name](_Visit(saved, sent, received, known)))

    handles: list[Any] = []
    try:
        for function, saved in functions:
            recorded = {one.name: one.value for one in saved}
            handles.append(function.register_hook(partial(visit, type(function).__name__, recorded)))
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass(frozen=True)
class _Visit:
    """A backward's visit to a Node: what the Node saved, and torch's tensors that left it and arrived at it."""

    saved: Mapping[str, Any]
    sent: Gradients
    received: Gradients
    known: dict[TorchNode, int]

    def first(self, name: str) -> TorchNode | None:
        """Return the Node of the gradient that left along the first edge, if it has that name."""
        return None if self.sent[0] is None else _named(function_of(self.sent[0]), name)

    def place(self, name: str) -> TensorGeometry | None:
        """Return where the Node's tensor `name` lies in memory, None if that was not recorded."""
        size, stride, offset = (
            self.saved.get(f"{name}_geometry.{part}") for part in ("size", "stride", "storage_offset")
        )
        return None if size is None or stride is None or offset is None else (size, stride, offset)

    def arrived(self) -> list[tuple[TorchNode, int]]:
        """Return the Nodes of the gradients that arrived, each with its output number."""
        edges = [get_gradient_edge(one) for one in self.received if one is not None and one.requires_grad]
        return [(edge.node, edge.output_nr) for edge in edges]

    def made(self) -> Iterator[tuple[TorchNode, Entries]]:
        """Yield the Nodes that the visit created, each with its `next_functions`."""
        before = ChainMap({node: 0 for node, _ in self.arrived()}, self.known)
        for root in [function_of(one) for one in self.sent if one is not None]:
            if root is not None:
                yield from unseen(root, before).items()


def _by_copy_slices(visit: _Visit) -> _Found:
    """torch copies the gradient into a new tensor with the base's layout, but with storage offset 0.

    torch then applies the inner Node to the view of that copy, and writes the result back into the view by
    `copy_`.
    """
    base, view = visit.place("base"), visit.place("view")
    if base is None or view is None:
        return
    copied = (*base[:2], 0)
    written = visit.first(COPY_SLICES)
    if written is not None:
        yield written, _written(_COPY, copied, (*view[:2], view[2] - base[2]))
    arrived = visit.arrived()
    for function, entries in visit.made():
        copy = _named(entries[0][0], _COPY) if _named(function, AS_STRIDED) else None
        if copy is not None and copy.next_functions[1] in arrived:
            yield function, geometry("self", copied)


def _by_view(visit: _Visit) -> _Found:
    """torch writes the gradient into a flat tensor of zeros, where the view lies, and returns the base's part."""
    (result,), base, function = visit.sent, visit.place("self"), visit.first(AS_STRIDED)
    if result is None or result._base is None or base is None or function is None:
        return
    line = place(result._base)
    yield function, geometry("self", line)
    written = _named(function.next_functions[0][0], COPY_SLICES)
    if written is not None:
        size, stride, offset = (visit.saved[name] for name in ("size", "stride", "storage_offset"))
        # torch leaves out dimensions of size 1, and expanded dimensions (stride 0).
        kept = [number for number, one in enumerate(size) if one != 1 and stride[number] != 0]
        view = [size[one] for one in kept], [stride[one] for one in kept], offset - min(offset, base[2])
        yield written, _written(_COPY, line, view)


def _by_svd(visit: _Visit) -> _Found:
    """torch fills the diagonal of the differences that it divides by with ones."""
    for function, _ in visit.made():
        if _named(function, COPY_SLICES):
            differences = torch.empty(function._input_metadata[0].shape, device="meta")
            yield function, _written(_FILL, place(differences), place(differences.diagonal(0, -2, -1)))


def _by_cumprod(visit: _Visit) -> _Found:
    """If a factor is 0, torch writes the gradients into a tensor of zeros, one index of the dimension at a
    time."""
    function, dim = visit.first(COPY_SLICES), visit.saved["dim"]
    if function is None:
        return
    zeros = torch.empty(function._input_metadata[0].shape, device="meta")
    for index in reversed(range(zeros.shape[dim])):
        if function is not None:
            yield function, _written(_COPY, place(zeros), place(zeros.select(dim, index)))
            function = _named(function.next_functions[0][0], COPY_SLICES)


def _written(inner: str, base: TensorGeometry, view: TensorGeometry) -> tuple[Saved, ...]:
    """Return what a CopySlices saves if its inner Node saves nothing."""
    return (Saved("fn", inner), *geometry("base", base), *geometry("view", view))


def _named(function: TorchNode | None, name: str) -> TorchNode | None:
    """Return the Node if it has that name."""
    return function if type(function).__name__ == name else None


#: The Nodes whose backward creates Nodes of views, each with the function that finds those in a visit.
MAKERS: dict[str, Callable[[_Visit], _Found]] = {
    COPY_SLICES: _by_copy_slices,
    AS_STRIDED: _by_view,
    "CumprodBackward0": _by_cumprod,
    "LinalgSvdBackward0": _by_svd,
}
