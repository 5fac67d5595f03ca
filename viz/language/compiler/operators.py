"""Operators: arithmetic, comparisons, `and`, `or`, `not`, and the choice `a if condition else b`."""

from __future__ import annotations

import ast
import operator
from collections import deque
from collections.abc import Callable, ItemsView, KeysView, ValuesView
from sys import getsizeof
from typing import Any

import numpy as np
import torch
from torch import nn

from viz.frames.plain import Span
from viz.language.compiler.calls import OPERANDS, arithmetic
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.refusals import OPERATORS
from viz.language.runtime.formats import interpolated
from viz.language.runtime.iterating import listed
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import ProgramClass
from viz.language.runtime.sizes import NESTED, check_list
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.arrays import is_array
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.classes.classes_behind import class_behind
from viz.language.vocabulary.containers.joining import changes, combine, combines
from viz.language.vocabulary.containers.keys import check_key
from viz.language.vocabulary.kinds import describe
from viz.language.vocabulary.operations import OPERATIONS

_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
#: The operators, by their type in the syntax tree: the symbol, and the function that computes it.
BINARY = {node: (symbol, OPERATIONS[symbol]) for node, symbol in _SYMBOLS.items()}
UNARY: dict[type[ast.AST], tuple[str, Callable[[Any], Any]]] = {
    ast.USub: ("-", operator.neg),
    ast.UAdd: ("+", operator.pos),
    ast.Invert: ("~", operator.invert),
}
#: The functions behind `a += b` and its like, which change lists and tensors in place.
IN_PLACE: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.iadd,
    ast.Sub: operator.isub,
    ast.Mult: operator.imul,
    ast.Div: operator.itruediv,
    ast.FloorDiv: operator.ifloordiv,
    ast.Mod: operator.imod,
    ast.Pow: operator.ipow,
    ast.MatMult: operator.imatmul,
    ast.BitAnd: operator.iand,
    ast.BitOr: operator.ior,
    ast.BitXor: operator.ixor,
    ast.LShift: operator.ilshift,
    ast.RShift: operator.irshift,
}

_NUMBERS = (int, float)
#: The other types that some of the operators accept, besides tensors and numbers.
_OTHERS = (str, range, torch.dtype, torch.device, np.dtype, *NESTED)


def calculate(state: State, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a symbol b`, on tensors and numbers, and on lists and strings if they support it."""
    if symbol in ("==", "!=") and (_is_class(a) or _is_class(b)):
        return (class_behind(a) is class_behind(b)) == (symbol == "==")
    if (type(a) not in OPERANDS or type(b) not in OPERANDS) and (isinstance(a, _OTHERS) or isinstance(b, _OTHERS)):
        state.span = span
        if symbol == "*" and (isinstance(a, np.integer) or isinstance(b, np.integer)):
            a, b = (int(one) if isinstance(one, np.integer) else one for one in (a, b))  # how often a list repeats
        if apply is operator.iadd and isinstance(a, (list, deque)) and not _adds(b):
            b = (deque if isinstance(a, deque) else list)(listed(state, span, b))
        if not (is_array(a) or is_array(b)) and combines(symbol, a, b):
            if changes(apply, a):
                state.groups.check_change(a)
                with state.observer.changing(a, "entries"):
                    return combine(symbol, apply, a, b)
            result = combine(symbol, apply, a, b)
            if isinstance(result, (str, *NESTED)):
                state.meter.count_bytes(getsizeof(result))
            return result
        if isinstance(a, str) and symbol == "%":
            text = interpolated(a, b, span)
            state.meter.count_bytes(getsizeof(text))
            return text
    return arithmetic(state, span, symbol, apply, a, b)


def binary(compiler: Compiler, node: ast.BinOp) -> Expression:
    """`a symbol b`."""
    symbol, apply = sign_of(compiler, node, node.op)
    first, second, span = compiler.compile(node.left), compiler.compile(node.right), compiler.span(node)
    return lambda state: calculate(state, span, symbol, apply, first(state), second(state))


def sign_of(
    compiler: Compiler, node: ast.expr | ast.stmt, sign: ast.operator | ast.cmpop
) -> tuple[str, Callable[[Any, Any], Any]]:
    """An operator's symbol and function; raises Refused if the language does not have the operator."""
    if type(sign) not in BINARY:
        raise compiler.refused(node, OPERATORS[type(sign)])
    return BINARY[type(sign)]


def unary(compiler: Compiler, node: ast.UnaryOp) -> Expression:
    """`-a`, `+a`, `~a` and `not a`."""
    operand, span = compiler.compile(node.operand), compiler.span(node)
    if isinstance(node.op, ast.Not):
        return lambda state: not operand(state)
    symbol, apply = UNARY[type(node.op)]
    if is_number(node):
        number = apply(operand(_NOTHING))
        return lambda state: number

    def run(state: State) -> Any:
        value = operand(state)
        if symbol == "~" and not isinstance(value, torch.Tensor):
            raise refused(
                "`~` is bitwise not, for tensors of True and False; for a single value write `not`.", span
            )
        return arithmetic(state, span, symbol, lambda one, _: apply(one), value, None)

    return run


def is_number(node: ast.expr) -> bool:
    """True for a literal number, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, _NUMBERS)


def either(compiler: Compiler, node: ast.BoolOp) -> Expression:
    """`a and b`, `a or b`: the first operand that decides, or the last."""
    *values, last = [compiler.compile(one) for one in node.values]
    stops = isinstance(node.op, ast.Or)

    def run(state: State) -> Any:
        for one in values:
            value = one(state)
            if bool(value) is stops:
                return value
        return last(state)

    return run


def choice(compiler: Compiler, node: ast.IfExp) -> Expression:
    """`a if condition else b`."""
    holds = compiler.compile(node.test)
    first, second = compiler.compile(node.body), compiler.compile(node.orelse)
    return lambda state: first(state) if holds(state) else second(state)


def compare(compiler: Compiler, node: ast.Compare) -> Expression:
    """`a < b`, and `a < b < c`, in which each part is evaluated once."""
    span, first = compiler.span(node), compiler.compile(node.left)
    steps = [
        (_comparison(compiler, node, sign, span), compiler.compile(one))
        for sign, one in zip(node.ops, node.comparators, strict=True)
    ]
    if len(steps) == 1:
        ((holds, second),) = steps
        return lambda state: holds(state, first(state), second(state))

    def run(state: State) -> Any:
        left = first(state)
        result: Any = None
        for place, (holds, following) in enumerate(steps):
            right = following(state)
            result = holds(state, left, right)
            if place + 1 < len(steps) and not result:
                break
            left = right
        return result

    return run


_Comparison = Callable[[State, Any, Any], Any]


def _comparison(compiler: Compiler, node: ast.Compare, sign: ast.cmpop, span: Span) -> _Comparison:
    if isinstance(sign, (ast.Is, ast.IsNot)):
        wanted = isinstance(sign, ast.Is)
        return lambda state, a, b: _same(a, b, span) == wanted
    if isinstance(sign, (ast.In, ast.NotIn)):
        inside = isinstance(sign, ast.In)
        return lambda state, a, b: _contains(state, span, b, a) == inside
    symbol, apply = sign_of(compiler, node, sign)
    return lambda state, a, b: calculate(state, span, symbol, apply, a, b)


def _adds(thing: Any) -> bool:
    """Whether a thing says what `a_list += thing` does; the list takes the entries of any other."""
    if isinstance(type(thing), ProgramClass):
        return hasattr(type(thing), "__radd__")
    return isinstance(thing, (np.ndarray, np.generic))


def _is_class(thing: object) -> bool:
    return isinstance(thing, (type, Builtin))


def _same(a: Any, b: Any, span: Span) -> bool:
    """`a is b`; raises Refused for two numbers or strings, where the result means nothing."""
    if _is_class(a) or _is_class(b):
        return class_behind(a) is class_behind(b)
    if isinstance(a, (*_NUMBERS, str)) and isinstance(b, (*_NUMBERS, str)) and not {type(a), type(b)} <= {bool}:
        raise refused(OPERATORS[ast.Is], span)
    return a is b


def _contains(state: State, span: Span, container: Any, one: Any) -> bool:
    """`one in container`."""
    state.span = span
    if isinstance(container, (dict, set, frozenset, KeysView)):
        return check_key(one) in container
    if isinstance(container, (nn.ModuleDict, nn.ParameterDict)):
        return isinstance(one, str) and one in container
    if isinstance(type(container), ProgramClass):
        return one in container
    if isinstance(container, str):
        if not isinstance(one, str):
            raise refused(f"Only a string can be in a string, but this is {describe(one)}.", span)
        return one in container
    if isinstance(container, (list, tuple, range, deque, ItemsView, ValuesView)):
        check_list(list(container))
        if _is_class(one):
            return any(class_behind(one) is class_behind(other) for other in container)
        return one in container
    if isinstance(container, torch.Tensor) and isinstance(one, (*_NUMBERS, torch.Tensor)):
        return bool((container == one).any())
    raise refused(
        f"`in` looks into a list, a string, a dict or a tensor, but this is {describe(container)}.", span
    )


#: Closures of literal numbers do not use the state.
_NOTHING: Any = None
