"""Turns an expression's syntax tree into a closure that runs it; what has no entry here is refused."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch

from viz import limits
from viz.frames import Span
from viz.language import vocabulary
from viz.language.calls import State, arithmetic, invoke
from viz.language.entries import Function, Library
from viz.language.problems import refused
from viz.language.refusals import CONSTRUCTS, OPERATORS, UNKNOWN
from viz.language.scope import Scope
from viz.language.sizes import check_list
from viz.language.spans import Source

Expression = Callable[[State], Any]

#: The operators, by their type in the tree: how they are written, and what they do.
BINARY: dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Pow: ("**", operator.pow),
    ast.MatMult: ("@", operator.matmul),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
UNARY: dict[type[ast.AST], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}

_CONSTANTS = (int, float, str)  # True and False are ints; None is allowed too


class Expressions:
    """Compiles the expressions of one program; `scope` knows its names."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self._source = source
        self._scope = scope
        self._compilers: dict[type[ast.expr], Callable[[Any], Expression]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.Compare: self._compare,
            ast.List: self._list,
            ast.Tuple: self._list,
        }

    def compile(self, node: ast.expr) -> Expression:
        """The closure for an expression; Refused for what the language does not have."""
        compiler = self._compilers.get(type(node))
        if compiler is None:
            raise self.refused(node, CONSTRUCTS.get(type(node), UNKNOWN))
        return compiler(node)

    def refused(self, node: ast.stmt | ast.expr | ast.keyword | ast.alias, message: str) -> Exception:
        """A Refused where `node` stands."""
        return refused(message, self._source.span(node))

    def static(self, node: ast.expr) -> Any:
        """What an expression stands for before anything runs: a library or something in one; None for the rest."""
        if isinstance(node, ast.Name):
            return self._scope.imported(node.id)
        if isinstance(node, ast.Attribute):
            library = self.static(node.value)
            if isinstance(library, Library):
                return self._scope.member(library, node.attr, self._source.span(node))
        return None

    def _constant(self, node: ast.Constant) -> Expression:
        value = node.value
        if value is not None and not isinstance(value, _CONSTANTS):
            raise self.refused(node, "A value of this kind is not part of this language; write a number.")
        if isinstance(value, int) and value.bit_length() > limits.INTEGER_BITS:
            raise self.refused(
                node, f"Whole numbers stay below 2**{limits.INTEGER_BITS} here; write a float, as in 1e30."
            )
        return lambda state: value

    def _name(self, node: ast.Name) -> Expression:
        name, span = node.id, self._source.span(node)
        imported = self._scope.imported(name)
        if imported is not None:
            return lambda state: imported
        self._scope.check_read(name, span)

        def read(state: State) -> Any:
            try:
                return state.variables[name]
            except KeyError:
                state.span = span
                raise NameError(f"name {name!r} is not defined") from None

        return read

    def _list(self, node: ast.List | ast.Tuple) -> Expression:
        make = list if isinstance(node, ast.List) else tuple
        span = self._source.span(node)
        entries = [self.compile(entry) for entry in node.elts]
        if all(_is_number(entry) for entry in node.elts):
            numbers = make([entry(_NOTHING) for entry in entries])
            return lambda state: numbers

        def build(state: State) -> Any:
            made = make([entry(state) for entry in entries])
            state.span = span
            check_list(made)
            return made

        return build

    def _binary(self, node: ast.BinOp) -> Expression:
        return self.operation(node, node.op, node.left, node.right)

    def operation(
        self, node: ast.expr, sign: ast.operator | ast.cmpop, left: ast.expr, right: ast.expr
    ) -> Expression:
        """The closure for `left sign right`."""
        if type(sign) not in BINARY:
            raise self.refused(node, OPERATORS[type(sign)])
        symbol, apply = BINARY[type(sign)]
        first, second, span = self.compile(left), self.compile(right), self._source.span(node)
        return lambda state: arithmetic(state, span, symbol, apply, first(state), second(state))

    def _unary(self, node: ast.UnaryOp) -> Expression:
        apply = UNARY.get(type(node.op))
        if apply is None:
            raise self.refused(node, OPERATORS[type(node.op)])
        operand, span = self.compile(node.operand), self._source.span(node)
        symbol = "-" if apply is operator.neg else "+"
        if _is_number(node):
            number = apply(operand(_NOTHING))
            return lambda state: number

        def run(state: State) -> Any:
            value = operand(state)
            return arithmetic(state, span, symbol, lambda one, _: apply(one), value, None)

        return run

    def _compare(self, node: ast.Compare) -> Expression:
        if len(node.ops) > 1:
            raise self.refused(node, "A chain of comparisons is not part of this language; write one at a time.")
        sign, right = node.ops[0], node.comparators[0]
        if isinstance(sign, (ast.Is, ast.IsNot)):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise self.refused(node, OPERATORS[type(sign)])
            left, wanted = self.compile(node.left), isinstance(sign, ast.Is)
            return lambda state: (left(state) is None) == wanted
        return self.operation(node, sign, node.left, right)

    def _attribute(self, node: ast.Attribute) -> Expression:
        span = self._source.span(node)
        found = self.static(node)
        if found is not None:
            return lambda state: found
        thing, name = self.compile(node.value), node.attr
        self._scope.check_attribute(name, span)
        tables = {kind: table[name] for kind, table in vocabulary.ATTRIBUTES.items() if name in table}

        def read(state: State) -> Any:
            owner = thing(state)
            attribute = tables.get(type(owner))
            state.span = span
            if attribute is None:
                raise self._scope.no_attribute(owner, name, span)
            result = attribute.read(owner)
            if type(result) is torch.Tensor:
                state.observer.operation(span, result, (owner,) if attribute.makes else ())
            return result

        return read

    def _call(self, node: ast.Call) -> Expression:
        args = [self.compile(one) for one in node.args]
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.refused(
                    keyword, "`**` before an argument is not part of this language; write the names out."
                )
        options = {str(keyword.arg): self.compile(keyword.value) for keyword in node.keywords}
        span = self._source.span(node)
        found = self.static(node.func)
        if found is not None:
            return self._library_call(node, found, args, options)
        if isinstance(node.func, ast.Attribute):
            return self._method_call(node.func, span, args, options)
        return self._object_call(node.func, span, args, options)

    def _library_call(
        self, node: ast.Call, found: Any, args: Sequence[Expression], options: dict[str, Expression]
    ) -> Expression:
        span = self._source.span(node)
        if not isinstance(found, Function):
            raise self.refused(node.func, f"`{found}` cannot be called.")
        misuse = found.misuse(len(args), list(options))
        if misuse is not None:
            raise self.refused(node, misuse)

        def run(state: State) -> Any:
            given = [one(state) for one in args]
            return invoke(state, span, found, given, {name: one(state) for name, one in options.items()})

        return run

    def _method_call(
        self, func: ast.Attribute, span: Span, args: Sequence[Expression], options: dict[str, Expression]
    ) -> Expression:
        thing, name = self.compile(func.value), func.attr
        self._scope.check_attribute(name, self._source.span(func))
        tables = {kind: table[name] for kind, table in vocabulary.METHODS.items() if name in table}
        misuses = {kind: method.misuse(1 + len(args), list(options)) for kind, method in tables.items()}
        where = self._source.span(func)

        def run(state: State) -> Any:
            owner = thing(state)
            method = tables.get(type(owner))
            if method is None:
                raise self._scope.no_attribute(owner, name, where)
            misuse = misuses[type(owner)]
            if misuse is not None:
                raise refused(misuse, span)
            given = [owner, *[one(state) for one in args]]
            return invoke(state, span, method, given, {name: one(state) for name, one in options.items()})

        return run

    def _object_call(
        self, func: ast.expr, span: Span, args: Sequence[Expression], options: dict[str, Expression]
    ) -> Expression:
        """The call of what a variable holds: a loss, or a function under another name."""
        called, names = self.compile(func), list(options)
        misuses = {kind: function.misuse(1 + len(args), names) for kind, function in vocabulary.CALLS.items()}

        def run(state: State) -> Any:
            thing = called(state)
            if isinstance(thing, Function):
                function, given, misuse = thing, [], thing.misuse(len(args), names)
            elif type(thing) in misuses:
                function, given, misuse = vocabulary.CALLS[type(thing)], [thing], misuses[type(thing)]
            else:
                what = vocabulary.kind_of(thing)
                raise refused(f"{what[0].upper()}{what[1:]} cannot be called here.", span)
            if misuse is not None:
                raise refused(misuse, span)
            given += [one(state) for one in args]
            return invoke(state, span, function, given, {name: one(state) for name, one in options.items()})

        return run


def _is_number(node: ast.expr) -> bool:
    """True for a number as it is written, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


#: Closures of written numbers look at no state.
_NOTHING: Any = None
