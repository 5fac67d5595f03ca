"""Compiles `with`: the modes of autograd, and the context managers of the program's own classes."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any

import torch

from viz.frames.events import Entered
from viz.language.compiler.control import check_pauses, report
from viz.language.compiler.definitions.functions import mode_of
from viz.language.compiler.protocols import Compiler, StatementCompiler
from viz.language.runtime.entries import GradMode
from viz.language.runtime.flow import Thrown, run_block
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.program_class import Instance, ModuleInstance
from viz.language.runtime.state import State

#: Evaluates what follows `with`.
_Make = Callable[[State], AbstractContextManager[Any, Any]]


def with_(compiler: StatementCompiler, node: ast.With) -> Statement:
    """`with torch.no_grad():`, and `with Timer() as timer:` of a class of the program."""
    expressions = compiler.expressions
    modes = [_mode(expressions, item.context_expr) for item in node.items]
    items = []
    for item, mode in zip(node.items, modes, strict=True):
        make = mode or _of_program(expressions, item.context_expr)
        items.append((make, None if item.optional_vars is None else compiler.target(item.optional_vars)))
    body = compiler.section(node.body)
    text = ", ".join([expressions.span(item.context_expr).text for item in node.items])
    where, line, sets_mode = expressions.span(node), node.lineno, any(modes)

    def run(state: State) -> Flow | None:
        start = time.perf_counter()
        with ExitStack[bool]() as stack:
            for make, store in items:
                entered = stack.enter_context(make(state))
                if store is not None:
                    store(state, entered)
            grad = torch.is_grad_enabled()
            if state.silent and grad and sets_mode:
                raise refused(
                    "The `backward` of a Function builds no graph; leave `torch.enable_grad()` out.", where
                )
            report(state, line, Entered(text, grad if sets_mode or not grad else None), start)
            return run_block(state, body)
        return None  # the `__exit__` of the program took the exception

    check_pauses(compiler, node, body)
    in_place = any(one.changes for one in body)
    return Statement(where, run, Entered(text, None), in_place=in_place, compound=True)


def _mode(compiler: Compiler, node: ast.expr) -> _Make | None:
    """A mode of autograd; None for anything else."""
    found = compiler.static(node.func if isinstance(node, ast.Call) else node)
    if not isinstance(found, GradMode):
        return None
    if not isinstance(node, ast.Call):
        raise compiler.refused(node, f"This mode is written `with {found.example}:` here.")
    mode = mode_of(compiler, node, found)
    return lambda state: mode(state)()


def _of_program(compiler: Compiler, node: ast.expr) -> _Make:
    value, span = compiler.compile(node), compiler.span(node)

    def make(state: State) -> AbstractContextManager[Any]:
        thing = value(state)
        state.span = span
        if not isinstance(thing, (Instance, ModuleInstance)):
            raise refused(
                "`with` is followed by a mode such as `torch.no_grad()`, or by an object with `__enter__` and "
                f"`__exit__`, but this is {describe(thing)}.",
                span,
            )
        return _Context(state, thing)

    return make


def _no_trace() -> TracebackType:
    """A traceback without the values of a run, which a real one would keep alive."""
    return TracebackType(None, sys._getframe(), 0, 1)


_TRACE = _no_trace()


class _Context(AbstractContextManager[Any, bool]):
    """An object of the program as the context manager that its class says it is."""

    def __init__(self, state: State, thing: Any) -> None:
        kind = type(thing)
        missing = next((one for one in ("__enter__", "__exit__") if not hasattr(kind, one)), None)
        if missing is not None:
            said = " (missed __exit__ method)" if missing == "__exit__" else ""
            raise TypeError(f"{kind.__qualname__!r} object does not support the context manager protocol{said}")
        self._state, self._thing, self._depth = state, thing, len(state.handlers)

    def __enter__(self) -> Any:
        entered = self._thing.__enter__()
        self._depth = len(self._state.handlers)
        self._state.handlers.append((Exception,))  # `__exit__` may take what the block raises
        return entered

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        state = self._state
        del state.handlers[self._depth :]
        if error is None:
            result = state.result  # of a `return` in the block
            self._thing.__exit__(None, None, None)
            state.result = result
            return False
        if not isinstance(error, Thrown):  # the run is over
            return False
        raised, passes = state.raised, state.passes
        taken = bool(self._thing.__exit__(type(error.error), error.error, _TRACE))
        state.raised, state.passes = (None if taken else raised), passes
        return taken
