"""What torch knows of a view and shows nobody: its place in its base, and the Node of what is written into it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import torch
from torch.autograd.graph import get_gradient_edge

from viz.frames import Saved
from viz.recording.gradients import Gradients
from viz.recording.saved import saved_by
from viz.recording.values import Values
from viz.recording.walk import Entries, Function, function_of, unseen

#: The Node of a base after something was written into a view of it.
COPY_SLICES = "CopySlices"
#: The Node of a view that torch made anew, from its place in memory.
AS_STRIDED = "AsStridedBackward0"
#: The Node of singular values and vectors, whose derivative torch writes into a view itself.
SVD = "LinalgSvdBackward0"
#: What `copy_` makes, and `fill_` of a number.
_COPY, _FILL = "CopyBackwards", "FillBackward2"

#: Where a tensor lies in memory, in elements: its size, its strides and where it begins.
_Place: TypeAlias = tuple[Sequence[int], Sequence[int], int]


def base_of(function: Function, tensors: Iterable[torch.Tensor]) -> tuple[Saved, ...]:
    """Where the base of the view lies that `function` made anew, which is one of `tensors`; nothing where none is.

    torch keeps that in the Node too, out of sight.
    """
    bases = [one._base for one in tensors if function_of(one) is function]
    return () if not bases or bases[0] is None else _geometry("self", _place(bases[0]))


def _place(tensor: torch.Tensor) -> _Place:
    return tensor.shape, tensor.stride(), int(tensor.storage_offset())


def _geometry(name: str, place: _Place) -> tuple[Saved, ...]:
    size, stride, offset = place
    return (
        Saved(f"{name}_geometry.size", list(size)),
        Saved(f"{name}_geometry.stride", list(stride)),
        Saved(f"{name}_geometry.storage_offset", offset),
    )


class Write:
    """An operation that is about to write into a part of `base`, of which torch will keep the Node out of sight.

    `again` does the same to a copy of the part; it is called once torch has done it.
    """

    def __init__(self, base: torch.Tensor, part: torch.Tensor, again: Callable[[torch.Tensor], object]) -> None:
        self._base, self._part, self._again = base, part, again
        self._needs = base.requires_grad
        self._node = function_of(base)
        self._copy = part.detach().clone()

    def made(self) -> Function | None:
        """The CopySlices that torch made of it; None where it needed none."""
        function = function_of(self._base)
        new = function is not None and function is not self._node and type(function).__name__ == COPY_SLICES
        return function if new else None

    def kept(self, values: Values, name_of: Callable[[torch.Tensor], str | None]) -> tuple[Saved, ...]:
        """What the CopySlices has inside: what its inner Node (`fn`) saved, and where base and view lie."""
        copy = self._copy.requires_grad_(self._needs)
        if self._needs:
            copy = copy.clone()  # a leaf cannot be written into
        before = function_of(copy)
        self._again(copy)
        inner = function_of(copy)
        if inner is None or inner is before:
            raise RuntimeError("an operation on a copy of a view made no Node, and on the view it made one")
        return (
            *saved_by(inner, values, name_of),
            Saved("fn", type(inner).__name__),
            *_geometry("base", _place(self._base)),
            *_geometry("view", _place(self._part)),
        )


@contextmanager
def followed(
    functions: Iterable[tuple[Function, tuple[Saved, ...]]],
    known: dict[Function, int],
    made: dict[Function, tuple[Saved, ...]],
) -> Iterator[None]:
    """While a backward runs inside, `made` fills with what the Nodes of views that it makes itself keep.

    Only one with `create_graph` makes some: where it comes to a CopySlices, to a view made anew or to an SVD.
    `functions` are those, each with what is recorded of it, and `known` all Nodes of the graph.
    """

    def visit(name: str, saved: Mapping[str, Any], sent: Gradients, received: Gradients) -> None:
        if name == SVD:
            made.update(_by_svd(sent, received, known))
        elif "view_geometry.size" in saved:
            made.update(_by_copy_slices(saved, sent, received, known))
        elif "self_geometry.size" in saved:
            made.update(_by_view(saved, sent))

    handles: list[Any] = []
    try:
        for function, saved in functions:
            recorded = {one.name: one.value for one in saved}
            handles.append(function.register_hook(partial(visit, type(function).__name__, recorded)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _by_copy_slices(
    saved: Mapping[str, Any], sent: Gradients, received: Gradients, known: dict[Function, int]
) -> Iterator[tuple[Function, tuple[Saved, ...]]]:
    """torch copies what arrived into a new tensor that lies as the base does, but from 0 on. To its view at the
    same place it applies the Node inside, and what that gives for the view it writes back into it by `copy_`.
    """
    (size, stride, start), view = _recorded(saved, "base"), _recorded(saved, "view")
    base = size, stride, 0
    written = _named(None if sent[0] is None else function_of(sent[0]), COPY_SLICES)
    if written is not None:
        yield written, _written(_COPY, base, (*view[:2], view[2] - start))
    arrived = _edges(received)
    for function, entries in _made_here(sent, arrived, known):
        copy = _named(entries[0][0], _COPY) if _named(function, AS_STRIDED) else None
        if copy is not None and copy.next_functions[1] in arrived:
            yield function, _geometry("self", base)


def _by_svd(
    sent: Gradients, received: Gradients, known: dict[Function, int]
) -> Iterator[tuple[Function, tuple[Saved, ...]]]:
    """torch writes ones on the diagonal of the differences by which it divides."""
    for function, _ in _made_here(sent, _edges(received), known):
        if _named(function, COPY_SLICES):
            differences = torch.empty(function._input_metadata[0].shape)
            yield function, _written(_FILL, _place(differences), _place(differences.diagonal(0, -2, -1)))


def _edges(received: Gradients) -> list[tuple[Function, int]]:
    """Where the derivatives of what arrived go on."""
    edges = [get_gradient_edge(one) for one in received if one is not None and one.requires_grad]
    return [(edge.node, edge.output_nr) for edge in edges]


def _made_here(
    sent: Gradients, arrived: list[tuple[Function, int]], known: dict[Function, int]
) -> Iterator[tuple[Function, Entries]]:
    """The Nodes that a visit made, each with its `next_functions`: not those `known` or behind what arrived."""
    before = ChainMap({node: 0 for node, _ in arrived}, known)
    for root in [function_of(one) for one in sent if one is not None]:
        if root is not None:
            yield from unseen(root, before).items()


def _by_view(saved: Mapping[str, Any], sent: Gradients) -> Iterator[tuple[Function, tuple[Saved, ...]]]:
    """torch writes what arrived into the view's place in memory of zeros, and takes the base's place out of it."""
    (result,) = sent
    function = None if result is None else _named(function_of(result), AS_STRIDED)
    if result is None or function is None or result._base is None:
        return
    memory = _place(result._base)
    yield function, _geometry("self", memory)
    written = _named(function.next_functions[0][0], COPY_SLICES)
    if written is not None:
        offset = saved["storage_offset"]
        start = min(offset, saved["self_geometry.storage_offset"])
        # Dimensions of one number are left out there, and those along which every number is the same.
        sides = [one for one in zip(saved["size"], saved["stride"], strict=True) if one[0] != 1 and one[1] != 0]
        yield (
            written,
            _written(_COPY, memory, ([one for one, _ in sides], [one for _, one in sides], offset - start)),
        )


def _written(inner: str, base: _Place, view: _Place) -> tuple[Saved, ...]:
    """What a CopySlices keeps whose inner Node saves nothing."""
    return (Saved("fn", inner), *_geometry("base", base), *_geometry("view", view))


def _recorded(saved: Mapping[str, Any], name: str) -> _Place:
    size, stride, offset = (saved[f"{name}_geometry.{part}"] for part in ("size", "stride", "storage_offset"))
    return size, stride, offset


def _named(function: Function | None, name: str) -> Function | None:
    """The Node, if it is one of that name."""
    return function if type(function).__name__ == name else None
