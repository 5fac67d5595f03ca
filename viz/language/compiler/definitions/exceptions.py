"""`try`, `raise` and `assert`'s kin: exceptions of Python and torch that a program handles itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viz.frames.events import Caught, Evaluated
from viz.language.compiler.control import block_of, check_pauses
from viz.language.compiler.protocols import StatementCompiler
from viz.language.runtime.flow import Thrown, can_be_handled, run_block, tell
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.classes.exceptions import EXCEPTIONS
from viz.watching.raised import problem_of_exception

_Block = Sequence[Statement]


@dataclass(frozen=True, slots=True)
class _Handler:
    """`except types as name:`, and its block."""

    types: tuple[type[Exception], ...]
    name: str
    line: int
    event: Caught
    body: _Block


def try_(compiler: StatementCompiler, node: ast.Try) -> Statement:
    """`try … except … else … finally …`."""
    body = block_of(compiler, node.body)
    handlers = [_handler(compiler, one) for one in node.handlers]
    otherwise, last = block_of(compiler, node.orelse), block_of(compiler, node.finalbody)
    inner = [*body, *otherwise, *last, *[one for handler in handlers for one in handler.body]]
    check_pauses(compiler, node, inner)
    run = _handling(body, handlers, otherwise) if handlers else lambda state: run_block(state, body)
    if last:
        run = _finishing(run, last)
    in_place = any(one.changes for one in inner)
    return Statement(compiler.expressions.span(node), run, Evaluated("try"), in_place=in_place, compound=True)


def _handler(compiler: StatementCompiler, node: ast.ExceptHandler) -> _Handler:
    expressions, types = compiler.expressions, node.type
    listed = types.elts if isinstance(types, ast.Tuple) else [types] if types is not None else []
    found = []
    for one in listed:
        name = one.id if isinstance(one, ast.Name) else ""
        if name not in EXCEPTIONS:
            raise expressions.refused(
                one, "`except` is followed by an exception of Python, as in `except RuntimeError as error:`."
            )
        found.append(EXCEPTIONS[name])
    if node.name is not None:
        expressions.scope.bind(node.name, expressions.span(node))
    text = expressions.span(node).text.partition(":")[0]
    body = block_of(compiler, node.body)
    return _Handler(tuple(found) or (Exception,), node.name or "", node.lineno, Caught(text), body)


def _handling(body: _Block, handlers: Sequence[_Handler], otherwise: _Block) -> Callable[[State], Flow | None]:
    """Run a block, and the first handler that takes its exception."""
    types = tuple([one for handler in handlers for one in handler.types])

    def run(state: State) -> Flow | None:
        passes = state.passes
        state.handlers.append(types)
        try:
            flow = run_block(state, body)
        except Thrown as thrown:
            caught = thrown.error
            handler = next((one for one in handlers if isinstance(caught, one.types)), None)
            if handler is None:
                raise
        else:
            handler = None
        finally:
            state.handlers.pop()
        if handler is None:
            return flow if flow is not None else run_block(state, otherwise)
        state.leave(passes)
        return _handle(state, handler, caught)

    return run


def _handle(state: State, handler: _Handler, caught: Exception) -> Flow | None:
    """Run the block of a handler; its name is gone afterwards, as in Python."""
    # A traceback would hold every value of the statements that raised.
    caught.__traceback__ = caught.__context__ = caught.__cause__ = None
    state.raised, raised = None, problem_of_exception(caught, state.span)
    names = state.variables
    if handler.name:
        names[handler.name] = caught
        state.rebound()
    state.handling.append(caught)
    try:
        tell(state, handler.line, replace(handler.event, kind=raised.kind, message=raised.message), 0.0)
        return run_block(state, handler.body)
    finally:
        state.handling.pop()
        if names.pop(handler.name, None) is not None:
            state.rebound()


def _finishing(run: Callable[[State], Flow | None], last: _Block) -> Callable[[State], Flow | None]:
    """Run something, then the block of `finally`, also after an exception."""

    def finish(state: State) -> Flow | None:
        passes = state.passes
        depth = len(state.handlers)
        state.handlers.append((Exception,))
        try:
            flow = run(state)
        except Thrown:
            del state.handlers[depth:]
            raised, state.passes = state.raised, passes
            jumped = run_block(state, last)
            if jumped is None:
                state.raised = raised
                raise
            state.raised = None
            return jumped
        del state.handlers[depth:]
        result = state.result
        jumped = run_block(state, last)
        if jumped is not None:
            return jumped
        state.result = result
        return flow

    return finish


def raise_(compiler: StatementCompiler, node: ast.Raise) -> Statement:
    """`raise`, with an exception or without one."""
    expressions = compiler.expressions
    span = expressions.span(node)
    value: Expression | None = None if node.exc is None else expressions.compile(node.exc)
    if node.cause is not None:
        expressions.compile(node.cause)

    def run(state: State) -> None:
        error: Any = _current(state) if value is None else value(state)
        state.span = span
        if isinstance(error, type) and issubclass(error, Exception):
            error = error()
        if not isinstance(error, Exception):
            raise TypeError("exceptions must derive from BaseException")
        if not can_be_handled(error):
            raise refused("This exception is not one of the program's own.", span)
        raise error

    return Statement(span, run, Evaluated(span.text))


def _current(state: State) -> Exception:
    if not state.handling:
        raise RuntimeError("No active exception to reraise")
    return state.handling[-1]
