"""Statements with blocks, and jumps: `if`, `while`, the inner `for`, `with`, `break` and `continue`."""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from typing import Any, Literal

from viz.editing.binding import names_of
from viz.frames.events import Decided, Entered, Event, Jumped, Passed
from viz.frames.plain import Span
from viz.language.compiler.protocols import StatementCompiler
from viz.language.runtime.entries import GradMode
from viz.language.runtime.flow import check_limits, execute, run_block, tell
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Flow, Statement
from viz.language.runtime.state import Expression, State

_Keyword = Literal["if", "elif", "while"]
_NO_ELSE = "`else` after a loop is not part of this language; write its lines below."


def if_(compiler: StatementCompiler, node: ast.If) -> Statement:
    """`if … elif … else …`: a frame for each condition that is tested, then those of the block that runs."""
    branches = [_branch(compiler, node, "if")]
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and _is_elif(compiler, node.orelse[0]):
        node = node.orelse[0]
        branches.append(_branch(compiler, node, "elif"))
    first, *others = branches
    last = _block(compiler, node.orelse)

    # A loop over the branches, not nested calls: there may be many.
    def run(state: State) -> Flow | None:
        flow = first.run(state)
        for one in others:
            if flow is not Flow.NEXT:
                return flow
            flow = execute(state, one)
        return run_block(state, last) if flow is Flow.NEXT else flow

    in_place = any(one.changes for one in (*branches, *last))
    return Statement(first.span, run, first.event, in_place=in_place, compound=True)


def _branch(compiler: StatementCompiler, node: ast.If, keyword: _Keyword) -> Statement:
    """A condition, and the block that runs if it holds."""
    holds, event = _condition(compiler, node.test, keyword)
    body = _block(compiler, node.body)
    line = node.lineno

    def run(state: State) -> Flow | None:
        return run_block(state, body) if _decide(state, line, holds, event) else Flow.NEXT

    return _compound(compiler, node, run, event, body)


def while_(compiler: StatementCompiler, node: ast.While) -> Statement:
    """`while`: a frame each time that the condition is tested."""
    if node.orelse:
        raise compiler.expressions.refused(node.orelse[0], _NO_ELSE)
    with compiler.expressions.scope.block():
        holds, event = _condition(compiler, node.test, "while")
        body = _loop_body(compiler, node.body)
    line = node.lineno

    def run(state: State) -> Flow | None:
        outer, number = state.passes, 0
        while True:
            state.passes = (*outer, number)
            if not _decide(state, line, holds, event, outer):
                return None
            flow = run_block(state, body)
            state.passes = outer
            if flow is Flow.BREAK:
                return None
            if flow is Flow.RETURN:
                return flow
            number += 1
            state.meter.count_statement()

    return _compound(compiler, node, run, event, body)


def for_(compiler: StatementCompiler, node: ast.For) -> Statement:
    """A `for` inside the program: a frame for each entry that it takes, and one at its end."""
    expressions = compiler.expressions
    if node.orelse:
        raise expressions.refused(node.orelse[0], _NO_ELSE)
    entries, span = expressions.compile(node.iter), expressions.span(node.iter)
    with expressions.scope.block():
        store = compiler.target(node.target)
        body = _loop_body(compiler, node.body)
    names, line = names_of(node.target), node.lineno
    event = Passed(names, span.text, 0)

    def run(state: State) -> Flow | None:
        outer, number, start = state.passes, 0, time.perf_counter()
        for entry in entries_of(state, span, entries(state)):
            state.passes = (*outer, number)
            store(state, entry)
            _report(state, line, Passed(names, span.text, number), start)
            flow = run_block(state, body)
            state.passes = outer
            if flow is Flow.BREAK:
                return None
            if flow is Flow.RETURN:
                return flow
            number += 1
            state.meter.count_statement()
            state.span, start = span, time.perf_counter()
        _report(state, line, Passed(names, span.text, number, over=True), start)
        return None

    return _compound(compiler, node, run, event, body)


def with_(compiler: StatementCompiler, node: ast.With) -> Statement:
    """`with torch.no_grad():` and `with torch.enable_grad():`."""
    expressions = compiler.expressions
    wanted = "`with` is followed by `torch.no_grad():` or `torch.enable_grad():` here."
    modes = []
    for item in node.items:
        call = item.context_expr
        found = expressions.static(call.func) if isinstance(call, ast.Call) else None
        if not isinstance(found, GradMode) or not isinstance(call, ast.Call) or call.args or call.keywords:
            raise expressions.refused(item.context_expr, wanted)
        if item.optional_vars is not None:
            raise expressions.refused(item.optional_vars, "`as` after `with` is not supported; leave it out.")
        modes.append(found)
    body = compiler.section(node.body)
    text = ", ".join([expressions.span(item.context_expr).text for item in node.items])
    where = expressions.span(node)
    event, line = Entered(text, modes[-1].grad), node.lineno

    def run(state: State) -> Flow | None:
        start = time.perf_counter()
        if state.silent and event.grad:
            raise refused("The `backward` of a Function builds no graph; leave `torch.enable_grad()` out.", where)
        with modes[-1].make():
            _report(state, line, event, start)
            return run_block(state, body)

    return _compound(compiler, node, run, event, body)


def jump(compiler: StatementCompiler, node: ast.Break | ast.Continue, in_loop: bool) -> Statement:
    """`break` and `continue`."""
    flow = Flow.BREAK if isinstance(node, ast.Break) else Flow.CONTINUE
    keyword: Literal["break", "continue"] = "break" if flow is Flow.BREAK else "continue"
    if not in_loop:
        raise compiler.expressions.refused(node, f"`{keyword}` is only allowed in a loop; leave it out.")
    return Statement(compiler.expressions.span(node), lambda state: flow, Jumped(keyword))


def _condition(compiler: StatementCompiler, node: ast.expr, keyword: _Keyword) -> tuple[Expression, Decided]:
    span = compiler.expressions.span(node)
    return compiler.expressions.compile(node), Decided(keyword, span.text, False)


def _decide(
    state: State, line: int, condition: Expression, event: Decided, after: tuple[int, ...] | None = None
) -> bool:
    """Test a condition, and report it; if it does not hold, the program is in the passes `after`."""
    start = time.perf_counter()
    holds = bool(condition(state))
    if not holds and after is not None:
        state.passes = after
    _report(state, line, Decided(event.keyword, event.text, holds), start)
    return holds


def _report(state: State, line: int, event: Event, start: float) -> None:
    check_limits(state)
    tell(state, line, event, time.perf_counter() - start)


def _block(compiler: StatementCompiler, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
    with compiler.expressions.scope.block():
        return compiler.section(nodes)


def _loop_body(compiler: StatementCompiler, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
    with compiler.expressions.scope.loop():
        return compiler.section(nodes)


def _is_elif(compiler: StatementCompiler, node: ast.If) -> bool:
    """Whether an `if` that is all of an `else` block was written as `elif`."""
    return compiler.expressions.span(node).text.startswith("elif")


def _compound(
    compiler: StatementCompiler, node: ast.stmt, run: Any, event: Event, inner: Sequence[Statement]
) -> Statement:
    span: Span = compiler.expressions.span(node)
    return Statement(span, run, event, in_place=any(one.changes for one in inner), compound=True)
