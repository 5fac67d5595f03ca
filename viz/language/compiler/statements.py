"""Turns a program's statements into closures; refuses statements without an entry here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from viz import limits
from viz.budget import pause
from viz.editing.binding import attributes_of, bound_in, names_of, owners_of, set_by
from viz.editing.inner import without_header
from viz.editing.loops import is_main_guard, iteration_loop, range_of, top_level
from viz.editing.spans import Source
from viz.editing.training_loops import last_training_line, training_loops
from viz.frames import events
from viz.frames.events import Assigned, Evaluated, Event, Jumped
from viz.frames.plain import Span
from viz.language.compiler import contexts, control, plain_statements, skipping
from viz.language.compiler.definitions import classes, exceptions, functions
from viz.language.compiler.definitions.given_names import attributes_in
from viz.language.compiler.expressions import Expressions
from viz.language.compiler.operators import IN_PLACE, sign_of
from viz.language.compiler.refusal_list import RefusalList
from viz.language.compiler.refusals import CONSTRUCTS, OPERATORS, UNKNOWN
from viz.language.compiler.scope import Scope
from viz.language.compiler.targets import change_of, store_in
from viz.language.runtime.entries import Nothing, Skipped
from viz.language.runtime.problems import Refused, refused
from viz.language.runtime.program import Loop, Program, Statement
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.autograd import differentiation
from viz.language.vocabulary.kinds import describe
from viz.syntax import Command

_T = TypeVar("_T")


class Statements:
    """Compiles the statements of one program, in order."""

    def __init__(self, text: str, source: Source, tree: ast.Module) -> None:
        self._text = text
        self._tree = tree
        self.scope = Scope(bound_in(tree.body) | _declared_global(tree), attributes_in(tree))
        self.expressions = Expressions(source, self.scope)
        self._refusals = RefusalList(self.scope, self.expressions.span)
        self._tried: set[ast.stmt] = set()
        self._depth = 0
        self.training: frozenset[ast.For | ast.While] = frozenset()
        self.compilers: dict[type[ast.stmt], Callable[[Any], Statement]] = {
            ast.AnnAssign: self._annotated,
            ast.Assert: lambda node: plain_statements.asserted(self, node),
            ast.Assign: self._assign,
            ast.AugAssign: self._augmented,
            ast.Break: lambda node: control.jump(self, node, self.scope.in_loop),
            ast.ClassDef: lambda node: classes.class_(self, node),
            ast.Continue: lambda node: control.jump(self, node, self.scope.in_loop),
            ast.Delete: lambda node: plain_statements.deleted(self, node),
            ast.Expr: self._expression,
            ast.For: lambda node: control.for_(self, node),
            ast.FunctionDef: lambda node: functions.define(self, node),
            ast.If: lambda node: control.if_(self, node),
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Pass: self._pass,
            ast.Raise: lambda node: exceptions.raise_(self, node),
            ast.Return: lambda node: functions.return_(self, node),
            ast.Try: lambda node: exceptions.try_(self, node),
            ast.While: lambda node: control.while_(self, node),
            ast.With: lambda node: contexts.with_(self, node),
        }

    def program(self) -> Program:
        """The compiled program; raises Refused for what the language does not support in it."""
        program = self._attempt(self._tree, self._program)
        self._refusals.check()
        assert program is not None  # or the reason was raised
        return program

    def _program(self) -> Program:
        nodes = top_level(self._tree.body)
        found = iteration_loop(self._tree.body)
        training = training_loops([self._tree])
        until = last_training_line(self._tree, training)
        if until and training != {found}:
            self.training = frozenset(training)
            return Program(self._text, (), None, self.section(nodes), trains_until=until)
        if found is None:
            return Program(self._text, (), None, self.section(nodes))
        place = nodes.index(found)
        before = self.section(nodes[:place])
        loop, body = self._loop(found)
        after = self.section(nodes[place + 1 :])
        return Program(self._text, before, loop, body, after)

    def section(self, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        """The statements of a part of the program, without docstrings and other strings that Python drops too.

        Those that are refused are left out.
        """
        kept = [node for node in nodes if not (_is_nothing(node) or functions.is_declaration(self, node))]
        if len(kept) > limits.STATEMENTS:
            message = (
                f"This is statement {limits.STATEMENTS + 1:,} of its part; {limits.STATEMENTS:,} is the most."
            )
            raise refused(message, self.expressions.span(kept[limits.STATEMENTS]), "Limit")
        if self._depth > limits.BLOCKS:
            raise refused(
                f"Blocks are nested at most {limits.BLOCKS} deep; move the inner ones into a function.",
                self.expressions.span(kept[0]),
                "Limit",
            )
        self._depth += 1
        made = [self._statement(node) for node in kept]
        self._depth -= 1
        return tuple([one for one in made if one is not None])

    def target(self, target: ast.expr) -> Callable[[State, Any], None]:
        """How a value is stored in a target."""
        return store_in(self.expressions, target)

    def _statement(self, node: ast.stmt) -> Statement | None:
        """The compiled statement; None if it is refused, which the list of refusals then has."""
        pause()
        self._tried.add(node)
        self._refusals.meet(node)
        made = self._attempt(node, lambda: self._compiled(node))
        if made is None:
            with self.scope.block():
                for one in without_header(node, lambda inner: inner not in self._tried):
                    self._statement(one)
        return made

    def _attempt(self, node: ast.stmt | ast.Module, made: Callable[[], _T]) -> _T | None:
        """What `made` returns; None if it raises Refused, which the list of refusals then has."""
        depth, lost = self._depth, frozenset(self.scope.lost)
        try:
            return made()
        except Refused as refusal:
            if self._refusals.full:
                raise
            found = refusal
        self._depth = depth
        self._refusals.add(found, node, lost)
        return None

    def _compiled(self, node: ast.stmt) -> Statement:
        if self._depth == 1 and is_main_guard(node):
            return plain_statements.main_guard(self, node)
        compiler = self.compilers.get(type(node))
        if compiler is None:
            raise self._refused(node, CONSTRUCTS.get(type(node), UNKNOWN))
        return compiler(node)

    def _refused(self, node: ast.stmt | ast.expr | ast.alias, message: str) -> Exception:
        return self.expressions.refused(node, message)

    def _loop(self, node: ast.For) -> tuple[Loop | None, tuple[Statement, ...]]:
        self._refusals.meet(node)
        loop = self._attempt(node, lambda: self._header(node))
        self._depth += 1
        with self.scope.iterations():
            body = self.section(node.body)
        self._depth -= 1
        return loop, body

    def _header(self, node: ast.For) -> Loop:
        header = (
            "The loop over the iterations is `for iteration in range(100):`, with integers in the parentheses."
        )
        call, bar = range_of(node), node.iter
        assert call is not None and isinstance(bar, ast.Call) and isinstance(node.target, ast.Name)
        is_range = isinstance(call.func, ast.Name) and call.func.id == "range"
        if bar is not call or not is_range:  # what a progress bar shows is checked, and shown nowhere
            for one in (*(() if bar is call else bar.args[1:]), *[each.value for each in bar.keywords]):
                self.expressions.compile(one)
        if (is_range and call.keywords) or not 1 <= len(call.args) <= 3:
            raise self._refused(call, header)
        if node.orelse:
            raise self._refused(
                node.orelse[0], "`else` after a loop is not part of this language; write its lines below."
            )
        numbers = tuple([self.expressions.compile(one) for one in call.args])
        span = self.expressions.span(call)
        loop = Loop(span, node.target.id, numbers, _written_total(call.args, span))
        self.scope.bind(node.target.id, self.expressions.span(node.target))
        return loop

    def _made(self, node: ast.stmt, run: Callable[[State], None], event: Event, **marks: Any) -> Statement:
        return Statement(self.expressions.span(node), run, event, **marks)

    def _annotated(self, node: ast.AnnAssign) -> Statement:
        """`x: int = 3`, whose annotation changes nothing."""
        assert node.value is not None  # or `section` left it out
        return self._assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def _assign(self, node: ast.Assign) -> Statement:
        found = skipping.skipped_of(self.expressions, node.targets[0])
        if found is not None:
            return self._skipped(node, found, node.value, *node.targets)
        value = self.expressions.compile(node.value)
        stores = [self.target(target) for target in node.targets]
        event = Assigned(names_of(*node.targets), owners_of(*node.targets), attributes_of(*node.targets))

        def run(state: State) -> None:
            result = value(state)
            for store in stores:
                store(state, result)

        in_place = any(_is_part(target) for target in node.targets) or self._changes(node.value)
        return self._made(node, run, event, root=self._differentiated(node.value), in_place=in_place)

    def _augmented(self, node: ast.AugAssign) -> Statement:
        if type(node.op) not in IN_PLACE:
            raise self._refused(node, OPERATORS[type(node.op)])
        symbol, apply = sign_of(self.expressions, node, node.op)[0], IN_PLACE[type(node.op)]
        change = self.expressions.compile(node.value)
        run = change_of(self.expressions, node.target, symbol, apply, change, node)
        event = Assigned(names_of(node.target), owners_of(node.target), attributes_of(node.target))
        return self._made(node, run, event, in_place=True)

    def _skipped(self, node: ast.stmt, found: Skipped, *parts: ast.expr) -> Statement:
        """A line that changes nothing here."""
        event = events.Skipped(self.expressions.span(node).text, found.says)
        in_place = any(self._changes(one) for one in parts)
        return self._made(node, skipping.skip(self.expressions, *parts), event, in_place=in_place)

    def _expression(self, node: ast.Expr) -> Statement:
        if isinstance(node.value, Command):
            return self._made(node, lambda state: None, skipping.command(self.expressions, node.value))
        if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
            return functions.yield_(self, node)
        found = skipping.skipped_of(self.expressions, node.value)
        if found is not None:
            return self._skipped(node, found, node.value)
        value = self.expressions.compile(node.value)
        span = self.expressions.span(node)
        root, optimizes = self._differentiated(node.value), False
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            method = node.value.func
            optimizes = method.attr in ("step", "zero_grad")
            root = self.expressions.compile(method.value) if method.attr == "backward" else root

        def run(state: State) -> None:
            result = value(state)
            if isinstance(result, Nothing):
                state.event = events.Skipped(span.text, result.of.says)

        in_place = self._changes(node.value)
        called = self.expressions.static(node.value.func) if isinstance(node.value, ast.Call) else None
        event: Event = Evaluated(span.text, "" if called is None else str(called))
        target = set_by(node.value)
        if target is not None:
            event = Assigned((), owners_of(target), (ast.unparse(target),))
        return self._made(node, run, event, root=root, in_place=in_place, optimizes=optimizes)

    def _differentiated(self, node: ast.expr) -> Expression | None:
        """The first argument of `torch.autograd.grad(…)`, None if the expression is no call of it."""
        if isinstance(node, ast.Call) and node.args:
            called = self.expressions.static(node.func)
            if called is differentiation.FUNCTIONS["grad"]:
                return self.expressions.compile(node.args[0])
        return None

    def _pass(self, node: ast.Pass) -> Statement:
        return self._made(node, lambda state: None, Jumped("pass"))

    def _changes(self, node: ast.expr) -> bool:
        """True if an expression calls a function that may change an existing tensor."""
        for one in ast.walk(node):
            if isinstance(one, ast.Call):
                # PyTorch ends the names of such methods with `_`.
                if isinstance(one.func, ast.Attribute) and one.func.attr.endswith("_"):
                    return True
                if self.scope.impure and self.expressions.static(one.func) is None:
                    return True
        return False

    def _import(self, node: ast.Import) -> Statement:
        bound: dict[str, Any] = {}
        for alias in node.names:
            where = self.expressions.span(alias)
            library = self.scope.library(alias.name, where)
            name = alias.asname or alias.name.partition(".")[0]
            # `import torch.nn` binds `torch`, and `import torch.nn as nn` binds `nn`.
            bound[name] = library if alias.asname else self.scope.library(name, where)
            self.scope.bind_import(name, bound[name], where)
        return self._importing(node, bound)

    def _import_from(self, node: ast.ImportFrom) -> Statement:
        where = self.expressions.span(node)
        library = self.scope.library(f"{'.' * node.level}{node.module or ''}", where)
        bound: dict[str, Any] = {}
        for alias in node.names:
            spot = self.expressions.span(alias)
            if alias.name == "*":
                raise self._refused(alias, f"`import *` is not part of this language; write `import {library}`.")
            name = alias.asname or alias.name
            bound[name] = self.scope.member(library, alias.name, spot)
            self.scope.bind_import(name, bound[name], spot)
        return self._importing(node, bound)

    def _importing(self, node: ast.Import | ast.ImportFrom, bound: dict[str, Any]) -> Statement:
        held = {name: one for name, one in bound.items() if skipping.not_held(one) is None}
        if held:
            return self._made(node, lambda state: state.variables.update(held), Assigned(tuple(held)))
        says = next((said for one in bound.values() if (said := skipping.not_held(one)) is not None), "")
        return self._made(node, lambda state: None, events.Skipped(self.expressions.span(node).text, says))


def _written_total(args: Sequence[ast.expr], where: Span) -> int | None:
    """The number of iterations if the range's arguments are literals; raises Refused if it is too large."""
    numbers = []
    for one in args:
        negative = isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub)
        number = one.operand if isinstance(one, ast.UnaryOp) else one
        if not isinstance(number, ast.Constant):
            return None
        numbers.append(-number.value if negative and type(number.value) is int else number.value)
    return total_of(numbers, where)


def total_of(numbers: Sequence[Any], where: Span) -> int:
    """How many iterations `range(*numbers)` has; raises Refused if it is no range, or is too long."""
    if not all(type(one) is int for one in numbers):
        wrong = next(one for one in numbers if type(one) is not int)
        raise refused(f"`range` takes integers, but this is {describe(wrong)}.", where)
    if len(numbers) == 3 and numbers[2] == 0:
        raise refused("The step of a range cannot be 0; leave it out.", where)
    counted = range(*numbers)
    # len() does not work past 2**63.
    total = max(0, (counted.stop - counted.start + counted.step - (1 if counted.step > 0 else -1)) // counted.step)
    if total > limits.ITERATIONS:
        message = f"The loop asks for {total:,} iterations; {limits.ITERATIONS:,} is the most."
        raise refused(message, where, "Limit")
    return total


def _declared_global(tree: ast.Module) -> set[str]:
    return {name for one in ast.walk(tree) if isinstance(one, ast.Global) for name in one.names}


def _is_part(target: ast.expr) -> bool:
    """True for an attribute or a part of an object, which existed before the assignment."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(_is_part(one) for one in target.elts)
    return not isinstance(target, ast.Name)


def _is_nothing(node: ast.stmt) -> bool:
    """True for a docstring, another string on its own, and an annotation without a value."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )
