"""Watches a backward pass from inside: what arrived at each Node and what left it, in the engine's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch

from viz.frames import Value, plain
from viz.pytorch.graph import Function

#: What a hook of a Node is given: a gradient for each input or output, None where there is none.
Gradients = tuple[torch.Tensor | None, ...]


@plain
class Visit:
    """The gradients that arrived at a Node (one an output), and those that left it (one an entry of
    `next_functions`)."""

    received: tuple[Value | None, ...]
    sent: tuple[Value | None, ...]


@contextmanager
def watched(
    functions: Iterable[tuple[int, Function]],
    read: Callable[[torch.Tensor], Value],
    done: Callable[[int], None] | None = None,
) -> Iterator[dict[int, Visit]]:
    """A dict that fills with the visits to `functions`, by their number, while a backward runs inside.

    `done` is told of each visit when it is over.

    The dict's order is the engine's. The hooks hold numbers and plain copies only, never a tensor of the
    graph, and every one of them is removed at the end, whatever happened.
    """
    visits: dict[int, Visit] = {}

    def visit(number: int, sent: Gradients, received: Gradients) -> None:
        visits[number] = Visit(
            tuple([None if one is None else read(one) for one in received]),
            tuple([None if one is None else read(one) for one in sent]),
        )
        if done is not None:
            done(number)

    handles: list[Any] = []
    try:
        for number, function in functions:
            handles.append(function.register_hook(partial(visit, number)))
        yield visits
    finally:
        for handle in handles:
            handle.remove()
