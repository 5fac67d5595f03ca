"""Hooks the Nodes of a graph: what a backward brings to each, and what leaves it, in the engine's order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeAlias

import torch

from viz.frames.plain import Value
from viz.pytorch.graph import TorchNode

#: What torch passes to a Node's hook: a gradient for each input or output, or None.
Gradients = tuple[torch.Tensor | None, ...]
_Values: TypeAlias = "tuple[Value | None, ...]"
#: The gradients that arrived at a Node (one for each output), and those that left it (one for each entry of
#: `next_functions`).
Visit: TypeAlias = tuple[_Values, _Values]


class hooked:  # noqa: N801  # called like a function; a generator's context manager takes twice as long
    """While a backward runs inside, fill a dict with the visits to `functions`, by the numbers that they have.

    The dict is in the engine's order. After each visit, `done` is called with the Node's number. The hooks hold
    numbers and plain copies, never a tensor of the graph, and are removed at the end even if backward raises. What
    reading raises is raised at the end, and not in the backward. `apart` makes the context to read in.
    """

    __slots__ = ("_apart", "_collects", "_done", "_failure", "_functions", "_handles", "_read", "_visits")

    def __init__(
        self,
        functions: Mapping[TorchNode, int],
        read: Callable[[torch.Tensor | None], Value | None],
        done: Callable[[int], None] | None = None,
        apart: Callable[[], AbstractContextManager[object]] = nullcontext,
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
        if gc.isenabled():
            gc.disable()  # it would visit the growing recording again and again, and free nothing
            self._collects = True
        try:
            for function, number in self._functions.items():
                self._handles.append(function.register_hook(partial(self._visit, number)))
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

    def _visit(self, number: int, sent: Gradients, received: Gradients) -> None:
        try:
            with self._apart():
                self._visits[number] = tuple(map(self._read, received)), tuple(map(self._read, sent))
                if self._done is not None:
                    self._done(number)
        except Exception as failure:  # noqa: BLE001  # the backward is not the recorder's
            self._failure = failure
