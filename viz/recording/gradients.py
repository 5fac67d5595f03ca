"""Watches a backward pass from inside: what arrived at each Node and what left it, in the engine's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch

from viz.frames.plain import Value, plain
from viz.pytorch.graph import TorchNode

#: What a hook of a Node is given: a gradient for each input or output, None where there is none.
Gradients = tuple[torch.Tensor | None, ...]


@plain
class Visit:
    """The gradients that arrived at a Node (one an output), and those that left it (one an entry of
    `next_functions`)."""

    received: tuple[Value | None, ...]
    sent: tuple[Value | None, ...]


class watched:  # noqa: N801  # used as a function is; a generator's context manager takes twice as long
    """A dict that fills with the visits to `functions`, by their number, while a backward runs inside.

    `done` is called with the number of a Node when its visit is over.

    The dict's order is the engine's. The hooks hold numbers and plain copies only, never a tensor of the
    graph, and every one of them is removed at the end, whatever happened.
    """

    __slots__ = ("_done", "_functions", "_handles", "_read", "_visits")

    def __init__(
        self,
        functions: Iterable[tuple[int, TorchNode]],
        read: Callable[[torch.Tensor], Value],
        done: Callable[[int], None] | None = None,
    ) -> None:
        self._functions = functions
        self._read = read
        self._done = done
        self._visits: dict[int, Visit] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> dict[int, Visit]:
        try:
            for number, function in self._functions:
                self._handles.append(function.register_hook(partial(self._visit, number)))
        except BaseException:
            self.__exit__()
            raise
        return self._visits

    def __exit__(self, *raised: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _visit(self, number: int, sent: Gradients, received: Gradients) -> None:
        read = self._read
        self._visits[number] = Visit(
            tuple([None if one is None else read(one) for one in received]),
            tuple([None if one is None else read(one) for one in sent]),
        )
        if self._done is not None:
            self._done(number)
