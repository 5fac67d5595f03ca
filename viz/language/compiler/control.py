"""Statements with blocks, and jumps: `if`, `while`, the inner `for`, `break` and `continue`."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from viz.editing.binding import names_of
from viz.frames.events import Decided, Event, Jumped, Passed
from viz.frames.plain import Span
from viz.language.compiler.protocols import StatementCompiler
from viz.language.runtime.flow import check_limits, drained, steps, tell
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.program import Flow, Statement, Steps
from viz.language.runtime.state import Expression, State
from viz.watching.iterations import LoopPass, Passes
from viz.watching.passes import counter

_Keyword = Literal["if", "elif", "while"]


def if_(compiler: StatementCompiler, node: ast.If) -> Statement:
    """`if … elif … else …`: a frame for each condition that is tested, then those of the block that runs."""
    branches = [_branch(compiler, node, "if")]
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and _is_elif(compiler, node.orelse[0]):
        node = node.orelse[0]
        branches.append(_branch(compiler, node, "elif"))
    first, *others = branches
    last = block_of(compiler, node.orelse)

    # A loop over the branches, not nested calls: there may be many.
    def run(state: State) -> Steps:
        flow = yield from first.taken(state)
        for one in others:
            if flow is not Flow.NEXT:
                return flow
            flow = yield from steps(state, [one.statement])
        if flow is Flow.NEXT:
            return (yield from steps(state, last))
        return flow

    inner = [*[one.statement for one in branches], *last]
    return _compound(first.statement.span, run, first.statement.event, inner)


@dataclass(frozen=True, slots=True)
class _Branch:
    """A condition, and the block that runs if it holds; `taken` returns Flow.NEXT if it does not."""

    taken: Callable[[State], Steps]
    statement: Statement


def _branch(compiler: StatementCompiler, node: ast.If, keyword: _Keyword) -> _Branch:
    holds, event = _condition(compiler, node.test, keyword)
    body = block_of(compiler, node.body)
    line = node.lineno

    def taken(state: State) -> Steps:
        if _decide(state, line, holds, event):
            return (yield from steps(state, body))
        return Flow.NEXT

    return _Branch(taken, _compound(compiler.expressions.span(node), taken, event, body))


def while_(compiler: StatementCompiler, node: ast.While) -> Statement:
    """`while`: a frame each time that the condition is tested."""
    with compiler.expressions.scope.block():
        holds, event = _condition(compiler, node.test, "while")
        body = _loop_body(compiler, node.body)
    otherwise = block_of(compiler, node.orelse)
    line, trains = node.lineno, node in compiler.training

    def run(state: State) -> Steps:
        outer, number = state.passes, 0
        while True:
            state.passes = (*outer, LoopPass(number, trains=trains))
            if not _decide(state, line, holds, event, outer):
                state.leave(outer)
                return (yield from steps(state, otherwise))
            if state.iterates(trains):
                state.enter(state.passes)
            flow = yield from steps(state, body)
            if flow is Flow.BREAK or flow is Flow.RETURN:
                state.leave(outer)
                return None if flow is Flow.BREAK else flow
            number += 1
            state.meter.count_statement()

    return _compound(compiler.expressions.span(node), run, event, [*body, *otherwise])


def for_(compiler: StatementCompiler, node: ast.For) -> Statement:
    """A `for` inside the program: a frame for each entry that it takes, and one at its end."""
    expressions = compiler.expressions
    entries, span = expressions.compile(node.iter), expressions.span(node.iter)
    with expressions.scope.block():
        store = compiler.target(node.target)
        body = _loop_body(compiler, node.body)
    otherwise = block_of(compiler, node.orelse)
    names, line, trains = names_of(node.target), node.lineno, node in compiler.training
    event = Passed(names, span.text, 0)

    def run(state: State) -> Steps:
        outer, number, start = state.passes, 0, time.perf_counter()
        for entry in entries_of(state, span, entries(state)):
            now = LoopPass(number, names, trains)
            store(state, entry)
            if state.iterations is not None and names:
                now.count = counter(names, state.visible.get(names[0]))
            if state.iterates(trains):
                state.enter((*outer, now))
            else:
                state.passes = (*outer, now)
                report(state, line, Passed(names, span.text, number), start)
            flow = yield from steps(state, body)
            if flow is Flow.BREAK or flow is Flow.RETURN:
                state.leave(outer)
                return None if flow is Flow.BREAK else flow
            number += 1
            state.meter.count_statement()
            state.span, start = span, time.perf_counter()
        if not state.iterates(trains):
            state.within(outer)
            report(state, line, Passed(names, span.text, number, over=True), start)
        state.leave(outer)
        return (yield from steps(state, otherwise))

    return _compound(expressions.span(node), run, event, [*body, *otherwise])


def check_pauses(compiler: StatementCompiler, node: ast.With | ast.Try, inner: Sequence[Statement]) -> None:
    """Raise Refused for a `yield` in the block of a `with` or a `try`."""
    if any(one.steps is not None for one in inner):
        keyword = "with" if isinstance(node, ast.With) else "try"
        raise compiler.expressions.refused(
            node,
            f"`yield` in a `{keyword}` is not supported; move the `{keyword}` to where the generator is used.",
        )


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


def _decide(state: State, line: int, condition: Expression, event: Decided, after: Passes | None = None) -> bool:
    """Test a condition, and report it; if it does not hold, the program is in the passes `after`."""
    start = time.perf_counter()
    holds = bool(condition(state))
    if not holds and after is not None:
        state.within(after)
    report(state, line, Decided(event.keyword, event.text, holds), start)
    return holds


def report(state: State, line: int, event: Event, start: float) -> None:
    """Report the head of a statement with a block; raise LimitReached past a limit."""
    check_limits(state)
    tell(state, line, event, time.perf_counter() - start)


def block_of(compiler: StatementCompiler, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
    """The statements of a block: code that may run more than once, or not at all."""
    with compiler.expressions.scope.block():
        return compiler.section(nodes)


def _loop_body(compiler: StatementCompiler, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
    with compiler.expressions.scope.loop():
        return compiler.section(nodes)


def _is_elif(compiler: StatementCompiler, node: ast.If) -> bool:
    """Whether an `if` that is all of an `else` block was written as `elif`."""
    return compiler.expressions.span(node).text.startswith("elif")


def _compound(span: Span, run: Callable[[State], Steps], event: Event, inner: Sequence[Statement]) -> Statement:
    yields = any(one.steps is not None for one in inner)
    in_place = any(one.changes for one in inner)
    return Statement(span, drained(run), event, in_place=in_place, compound=True, steps=run if yields else None)
