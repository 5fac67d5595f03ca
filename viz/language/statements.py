"""Turns a program's statements into closures; what has no entry here is refused."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from viz import limits
from viz.frames import Assigned, Evaluated, Event, Span
from viz.language import vocabulary
from viz.language.calls import State, arithmetic
from viz.language.expressions import BINARY, Expressions
from viz.language.problems import refused
from viz.language.program import Loop, Program, Statement
from viz.language.refusals import CONSTRUCTS, OPERATORS, UNKNOWN
from viz.language.scope import Scope
from viz.language.spans import Source

_IN_PLACE: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.iadd,
    ast.Sub: operator.isub,
    ast.Mult: operator.imul,
    ast.Div: operator.itruediv,
    ast.Pow: operator.ipow,
    ast.MatMult: operator.imatmul,
}

_ONE_LOOP = "A program has one loop, `for iteration in range(100):`, and no loop inside it; write the lines out."


class Statements:
    """Compiles the statements of one program, in their order."""

    def __init__(self, text: str, source: Source) -> None:
        self._text = text
        self._source = source
        self._scope = Scope()
        self._expressions = Expressions(source, self._scope)
        self._compilers: dict[type[ast.stmt], Callable[[Any], Statement]] = {
            ast.Assign: self._assign,
            ast.AugAssign: self._augmented,
            ast.Expr: self._expression,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Pass: self._pass,
        }

    def program(self, tree: ast.Module) -> Program:
        """The program; Refused for the first thing in it that the language does not have."""
        loops = [number for number, node in enumerate(tree.body) if isinstance(node, ast.For)]
        if not loops:
            return Program(self._text, (), None, self._section(tree.body))
        place = loops[0]
        before = self._section(tree.body[:place])
        loop, body = self._loop(tree.body[place])
        after = self._section(tree.body[place + 1 :])
        return Program(self._text, before, loop, body, after)

    def _section(self, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        """The statements of a part of the program, without the texts that stand alone (Python drops them too)."""
        kept = [node for node in nodes if not _is_docstring(node)]
        if len(kept) > limits.STATEMENTS:
            message = (
                f"This is statement {limits.STATEMENTS + 1:,} of its part; {limits.STATEMENTS:,} is the most."
            )
            raise refused(message, self._source.span(kept[limits.STATEMENTS]), "Limit")
        return tuple([self._statement(node) for node in kept])

    def _statement(self, node: ast.stmt) -> Statement:
        if isinstance(node, ast.For):
            raise self._refused(node, _ONE_LOOP)
        compiler = self._compilers.get(type(node))
        if compiler is None:
            raise self._refused(node, CONSTRUCTS.get(type(node), UNKNOWN))
        return compiler(node)

    def _refused(self, node: ast.stmt | ast.expr | ast.alias, message: str, kind: str = "Refused") -> Exception:
        return refused(message, self._source.span(node), kind)

    def _loop(self, node: ast.stmt) -> tuple[Loop, tuple[Statement, ...]]:
        assert isinstance(node, ast.For)
        header = "A loop here is `for iteration in range(100):`, with whole numbers in the brackets."
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            raise self._refused(node.iter, header)
        if call.keywords or not 1 <= len(call.args) <= 3:
            raise self._refused(call, header)
        if not isinstance(node.target, ast.Name):
            raise self._refused(
                node.target, "The loop counts with one name, as in `for iteration in range(100):`."
            )
        if node.orelse:
            raise self._refused(
                node.orelse[0], "`else` after a loop is not part of this language; write its lines below."
            )
        numbers = tuple([self._expressions.compile(one) for one in call.args])
        span = self._source.span(call)
        loop = Loop(span, node.target.id, numbers, _written_total(call.args, span))
        self._scope.bind(node.target.id, self._source.span(node.target))
        for inner in node.body:
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                raise self._refused(inner, "An import stands above the loop; move it there.")
        return loop, self._section(node.body)

    def _made(self, node: ast.stmt, run: Callable[[State], None], event: Event, **marks: Any) -> Statement:
        return Statement(self._source.span(node), run, event, **marks)

    def _assign(self, node: ast.Assign) -> Statement:
        value = self._expressions.compile(node.value)
        stores = [self._target(target) for target in node.targets]
        names = tuple([name for target in node.targets for name in _names(target)])

        def run(state: State) -> None:
            result = value(state)
            for store in stores:
                store(state, result)

        in_place = any(isinstance(target, ast.Attribute) for target in node.targets) or _changes(node.value)
        return self._made(node, run, Assigned(names), in_place=in_place)

    def _target(self, target: ast.expr) -> Callable[[State, Any], None]:
        """How a value is stored under a name, under several, or in an attribute."""
        span = self._source.span(target)
        if isinstance(target, ast.Name):
            name = target.id
            self._scope.bind(name, span)
            return lambda state, value: state.variables.__setitem__(name, value)
        if isinstance(target, ast.Attribute):
            return self._attribute_target(target, span)
        if isinstance(target, (ast.Tuple, ast.List)) and all(isinstance(one, ast.Name) for one in target.elts):
            return self._several(target, span)
        raise self._refused(target, "Only a name can be assigned to here, as in `y_hat = …`.")

    def _several(self, target: ast.Tuple | ast.List, span: Span) -> Callable[[State, Any], None]:
        stores = [self._target(one) for one in target.elts]

        def unpack(state: State, value: Any) -> None:
            if not isinstance(value, (list, tuple)):
                state.span = span
                raise refused(f"{len(stores)} names need a list of {len(stores)} values on the right.", span)
            if len(value) != len(stores):
                raise refused(
                    f"There are {len(stores)} names on the left and {len(value)} values on the right.", span
                )
            for store, one in zip(stores, value, strict=True):
                store(state, one)

        return unpack

    def _attribute_target(self, target: ast.Attribute, span: Span) -> Callable[[State, Any], None]:
        owner, name = self._expressions.compile(target.value), target.attr
        self._scope.check_attribute(name, span)
        if not any(name in table for table in vocabulary.SETTABLE.values()):
            raise self._refused(target, f"`.{name}` cannot be assigned to; assign to a name instead.")

        def store(state: State, value: Any) -> None:
            thing = owner(state)
            state.span = span
            if name not in vocabulary.SETTABLE.get(type(thing), ()):
                raise self._scope.no_attribute(thing, name, span)
            if name == "grad" and value is None:
                with state.observer.clear_grad(thing):
                    thing.grad = None
            else:
                setattr(thing, name, value)

        return store

    def _augmented(self, node: ast.AugAssign) -> Statement:
        if type(node.op) not in _IN_PLACE:
            raise self._refused(node, OPERATORS[type(node.op)])
        if not isinstance(node.target, ast.Name):
            raise self._refused(
                node.target, "Only a name can be changed like this here, as in `total += loss.item()`."
            )
        name, span = node.target.id, self._source.span(node)
        symbol, apply = BINARY[type(node.op)][0], _IN_PLACE[type(node.op)]
        before = self._expressions.compile(ast.copy_location(ast.Name(name, ast.Load()), node.target))
        change = self._expressions.compile(node.value)
        self._scope.bind(name, span)

        def run(state: State) -> None:
            first = before(state)
            state.variables[name] = arithmetic(state, span, symbol, apply, first, change(state))

        return self._made(node, run, Assigned((name,)), in_place=True)

    def _expression(self, node: ast.Expr) -> Statement:
        value = self._expressions.compile(node.value)
        span = self._source.span(node)
        root, optimizes = None, False
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            method = node.value.func
            optimizes = method.attr in ("step", "zero_grad")
            root = self._expressions.compile(method.value) if method.attr == "backward" else None

        def run(state: State) -> None:
            value(state)

        return self._made(
            node, run, Evaluated(span.text), root=root, in_place=_changes(node.value), optimizes=optimizes
        )

    def _pass(self, node: ast.Pass) -> Statement:
        return self._made(node, lambda state: None, Evaluated("pass"))

    def _import(self, node: ast.Import) -> Statement:
        bound: dict[str, Any] = {}
        for alias in node.names:
            where = self._source.span(alias)
            library = self._scope.library(alias.name, where)
            name = alias.asname or alias.name.partition(".")[0]
            # `import torch.nn` binds `torch`, `import torch.nn as nn` what it says.
            bound[name] = library if alias.asname else self._scope.library(name, where)
            self._scope.bind_import(name, bound[name], where)
        return self._importing(node, bound)

    def _import_from(self, node: ast.ImportFrom) -> Statement:
        where = self._source.span(node)
        library = self._scope.library(f"{'.' * node.level}{node.module or ''}", where)
        bound: dict[str, Any] = {}
        for alias in node.names:
            spot = self._source.span(alias)
            if alias.name == "*":
                raise self._refused(alias, f"`import *` is not part of this language; write `import {library}`.")
            name = alias.asname or alias.name
            bound[name] = self._scope.member(library, alias.name, spot)
            self._scope.bind_import(name, bound[name], spot)
        return self._importing(node, bound)

    def _importing(self, node: ast.Import | ast.ImportFrom, bound: dict[str, Any]) -> Statement:
        return self._made(node, lambda state: state.variables.update(bound), Assigned(tuple(bound)))


def _written_total(args: Sequence[ast.expr], where: Span) -> int | None:
    """The number of iterations where the range's arguments are written out; Refused where it is too large."""
    numbers = []
    for one in args:
        negative = isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub)
        number = one.operand if isinstance(one, ast.UnaryOp) else one
        if not isinstance(number, ast.Constant):
            return None
        numbers.append(-number.value if negative and type(number.value) is int else number.value)
    return total_of(numbers, where)


def total_of(numbers: Sequence[Any], where: Span) -> int:
    """How many iterations `range(*numbers)` has; Refused where that is no range, or too long a one."""
    if not all(type(one) is int for one in numbers):
        wrong = next(one for one in numbers if type(one) is not int)
        raise refused(f"`range` counts with whole numbers, and this is {vocabulary.kind_of(wrong)}.", where)
    if len(numbers) == 3 and numbers[2] == 0:
        raise refused("The step of a range cannot be 0; leave it out.", where)
    counted = range(*numbers)
    # len() does not work past 2**63.
    total = max(0, (counted.stop - counted.start + counted.step - (1 if counted.step > 0 else -1)) // counted.step)
    if total > limits.ITERATIONS:
        message = f"The loop asks for {total:,} iterations; {limits.ITERATIONS:,} is the most."
        raise refused(message, where, "Limit")
    return total


def _names(target: ast.expr) -> list[str]:
    """The names that a target binds, `W.grad` for an attribute."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for one in target.elts for name in _names(one)]
    return [ast.unparse(target)]


def _changes(node: ast.expr) -> bool:
    """True where an expression calls a method that changes its tensor: PyTorch ends their names with `_`."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr.endswith("_")
        for one in ast.walk(node)
    )


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )
