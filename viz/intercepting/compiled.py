"""Keeps out of the way of functions that `torch.compile` made: they trace whatever intercepts torch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from viz.intercepting.calls import Calls
from viz.intercepting.changes import Changes, Replaced

#: The module of torch that switches compiled code on and off, and its function that does so.
_EVAL_FRAME, _SWITCH = "torch._dynamo.eval_frame", "_maybe_set_eval_frame"


def is_compiled(module: object) -> bool:
    """Whether `torch.compile` made this module."""
    dynamo = sys.modules.get(_EVAL_FRAME)
    return dynamo is not None and isinstance(module, dynamo.OptimizedModule)


@contextmanager
def apart_from_compiled(made: Changes, calls: Calls) -> Iterator[None]:
    """While a compiled function runs within the context, undo the changes `made`, and leave the stack of modes.

    Nothing is heard of what it does then.
    """
    switch = _Switch(made, calls)
    calls.apart = switch.apart
    with Changes([Replaced(torch, "compile", switch.before_compiling)]):
        switch.watch()
        try:
            yield
        finally:
            switch.end()
            calls.apart = nullcontext


class _Switch:
    """Knows whether compiled code runs, by torch's own switch, once torch has loaded that."""

    def __init__(self, made: Changes, calls: Calls) -> None:
        self._made = made
        self._calls = calls
        self._watching: Changes | None = None
        self._caller: object = None  # the call of a compiled function that keeps us away

    def before_compiling(self, original: Any) -> Callable[..., Any]:
        """Return `torch.compile` that loads the switch, and then is as it was."""

        def compile_(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            self.watch()
            return result

        return compile_

    def watch(self) -> None:
        """Watch the switch, if torch has loaded it."""
        dynamo = sys.modules.get(_EVAL_FRAME)
        if self._watching is None and dynamo is not None and hasattr(dynamo, _SWITCH):
            self._watching = Changes([Replaced(dynamo, _SWITCH, self._switched)])
            self._watching.resume()

    def end(self) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.pause()
            self._watching = None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Keep away within the context."""
        left = self._calls.leave()  # while it reports a call, torch has it off the stack already
        self._caller = self
        self._made.pause()
        try:
            yield
        finally:
            self._caller = None
            self._made.resume()
            if left:
                self._calls.back()

    def _switched(self, original: Any) -> Callable[[Any], Any]:
        def switch(callback: Any) -> Any:
            caller = sys._getframe(1)
            if callable(callback) and self._caller is None and self._calls.ours and self._calls.leave():
                self._caller = caller
                self._made.pause()  # before compiled code is on: our own would be compiled
            before = original(callback)
            # While torch compiles, it turns the switch for purposes of its own.
            if caller is self._caller and not callable(callback):
                self._caller = None
                self._made.resume()
                self._calls.back()
            return before

        return switch
