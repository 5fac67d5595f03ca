"""Hooks the Nodes of a graph: what a backward brings to each, and what leaves it, in the engine's order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch

from viz.frames.plain import Value, plain
from viz.pytorch.graph import TorchNode

#: What torch passes to a Node's hook: a gradient for each input or output, or None.
Gradients = tuple[torch.Tensor | None, ...]


@plain
class Visit:
    """The gradients that arrived at a Node (one for each output), and those that left it (one for each entry of
    `next_functions`)."""

    received: tuple[Value | None, ...]
    sent: tuple[Value | None, ...]


class hooked:  # noqa: N801  # called like a function; a generator's context manager takes twice as long
    """While a backward runs inside, fill a dict with the visits to `functions`, by their numbers.

    The dict is in the engine's order. After each visit, `done` is called with the Node's number. The hooks hold
    numbers and plain copies, never a tensor of the graph, and are removed at the end even if backward raises. What
    reading raises is raised at the end, and not in the backward. `apart` makes the context to read in.
    """

    __slots__ = ("_apart", "_collects", "_done", "_failure", "_functions", "_handles", "_read", "_visits")

    def __init__(
        self,
        functions: Iterable[tuple[int, TorchNode]],
        read: Callable[[torch.Tensor], Value],
        done: Callable[[int], None] | None = None,
        apart: Callable[[], AbstractContextManager[object]] | None = None,
    ) -> None:
        self._apart = apart
        self._collects = False
        self._failure: Exception | None = None
        self._functions = functions
        self._read = read
        self._done = done
        self._visits: dict[int, Visit] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> dict[int, Visit]:
        if self._apart is not None and gc.isenabled():
            gc.disable()  # it would visit the growing recording again and again, and free nothing
            self._collects = True
        visit = self._visit if self._apart is None else self._visit_apart
        try:
            for number, function in self._functions:
                self._handles.append(function.register_hook(partial(visit, number)))
        except BaseException:
            self.__exit__()
            raise
        return self._visits

    def __exit__(self, *raised: object) -> None:
        for handle in self._handles:
            handle.remove()
        if self._collects:
            gc.enable()
        if self._failure is not None and raised[:1] == (None,):
            raise self._failure

    def _visit_apart(self, number: int, sent: Gradients, received: Gradients) -> None:
        assert self._apart is not None, "chosen for it"
        try:
            with self._apart():
                self._visit(number, sent, received)
        except Exception as failure:  # noqa: BLE001  # the backward is not the recorder's
            self._failure = failure

    def _visit(self, number: int, sent: Gradients, received: Gradients) -> None:
        read = self._read
        self._visits[number] = Visit(
            tuple([None if one is None else read(one) for one in received]),
            tuple([None if one is None else read(one) for one in sent]),
        )
        if self._done is not None:
            self._done(number)
