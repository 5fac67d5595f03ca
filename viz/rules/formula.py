"""A formula of a rule: parsed once, then evaluated with torch, or written as LaTeX with a program's names."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import pi
from typing import Any

import torch

from viz.rules import rounding
from viz.rules.formula_function import FormulaFunction
from viz.rules.functions import FUNCTIONS
from viz.rules.latex import ATOM, CASES, COMPARISON, POWER, PRODUCT, SUM, Shown
from viz.syntax import expression_of

__all__ = ["Formula", "Shown"]

_CONSTANTS: dict[str, tuple[float, str]] = {"pi": (pi, r"\pi")}

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
#: For each operator: its symbol, its precedence, and the precedence that its two sides need.
_WRITTEN: dict[type[ast.AST], tuple[str, int, int, int]] = {
    ast.Add: ("+", SUM, SUM, SUM),
    ast.Sub: ("-", SUM, SUM, PRODUCT),
    ast.Mult: (r"\cdot", PRODUCT, PRODUCT, PRODUCT),
    ast.MatMult: (r"\;@\;", PRODUCT, PRODUCT, POWER),
    ast.BitAnd: (r"\text{ and }", CASES, COMPARISON, COMPARISON),
    ast.BitOr: (r"\text{ or }", CASES, COMPARISON, COMPARISON),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("=", operator.eq),
    ast.Lt: ("<", operator.lt),
    ast.LtE: (r"\leq", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (r"\geq", operator.ge),
    ast.Is: ("=", operator.is_),
}
_ALLOWED = (ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.USub, ast.Compare,
            ast.IfExp, ast.Call, *_BINARY, *_COMPARISONS)  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A formula, in a small part of Python's notation.

    Numbers, names, `+ - * / ** @`, comparisons joined by `&` and `|`, calls of `FUNCTIONS`, `where(condition, a,
    b)` element by element, and `a if condition else b` for a condition on saved numbers (or on whether a tensor
    `is None`), which is decided before the formula is shown. Raises ValueError for anything else.
    """

    text: str
    tree: ast.expr = field(init=False, repr=False, compare=False)
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        expression = expression_of(self.text)
        called = {node.func for node in ast.walk(expression) if isinstance(node, ast.Call)}
        for node in ast.walk(expression):
            if not isinstance(node, _ALLOWED):
                raise ValueError(f"{type(node).__name__} is no part of a formula: {self.text}")
        for function in called:
            if not isinstance(function, ast.Name) or function.id not in {*FUNCTIONS, "where"}:
                raise ValueError(f"{ast.unparse(function)} is no function of the formulas: {self.text}")
        found = (node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and node not in called)
        object.__setattr__(self, "tree", expression)
        object.__setattr__(self, "names", frozenset(found) - frozenset(_CONSTANTS))

    @property
    def pointwise(self) -> bool:
        """Whether each element of the result depends only on the same element of each operand."""
        calls = [node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        named = {one.id for one in calls if isinstance(one, ast.Name)} - {"where"}
        return all(FUNCTIONS[name].pointwise for name in named) and not any(
            isinstance(node, ast.MatMult) for node in ast.walk(self.tree)
        )

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """The value for these float64 or bool tensors and plain numbers; raises KeyError if a name is missing."""
        return _value(self.tree, names)

    def times(self, arrived: rounding.Rounded, names: Mapping[str, Any], given: Mapping[str, Formula]) -> Any:
        """`arrived` times the value, which is a local derivative.

        For a 0 among the cases of a `where` the result is 0, whatever arrived: torch does not multiply there.
        """
        return _factor(self.tree, names, given, arrived)

    def latex(self, names: Mapping[str, Shown]) -> Shown:
        """Return the formula in LaTeX, with the LaTeX of each name; raise KeyError for an unknown name."""
        return _shown(self.tree, names)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _CONSTANTS[name][0] if name in _CONSTANTS else names[name]
        case ast.UnaryOp(operand=operand):
            return -_value(operand, names)
        case ast.BinOp(left=left, op=sign, right=right):
            return _BINARY[type(sign)](_value(left, names), _value(right, names))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _COMPARISONS[type(sign)][1](_value(left, names), _value(right, names))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, names) else orelse, names)
        case ast.Call(func=ast.Name(id="where"), args=[condition, body, orelse]):
            return rounding.where(_value(condition, names), _value(body, names), _value(orelse, names))
        case ast.Call(func=ast.Name(id=function), args=args):
            return FUNCTIONS[function](*(_value(one, names) for one in args))
    raise ValueError(f"no value for {ast.unparse(node)}")


def _factor(node: ast.expr, names: Mapping[str, Any], given: Mapping[str, Formula], arrived: Any) -> Any:
    match node:
        case ast.Constant(value=0):
            return arrived.zeros()
        case ast.Name(id=name) if name in given:
            return _factor(given[name].tree, names, given, arrived)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _factor(body if _value(test, names) else orelse, names, given, arrived)
        case ast.Call(func=ast.Name(id="where"), args=[condition, body, orelse]):
            taken = (_factor(one, names, given, arrived) for one in (body, orelse))
            return rounding.where(_value(condition, names), *taken)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            # As in torch: 1 over a small number may be inf though the quotient is not.
            return _factor(left, names, given, arrived) / _value(right, names)
    return arrived * _value(node, names)


def _shown(node: ast.expr, names: Mapping[str, Shown]) -> Shown:
    match node:
        case ast.Constant(value=value):
            return constant(value)
        case ast.Name(id=name):
            return Shown(_CONSTANTS[name][1]) if name in _CONSTANTS else names[name]
        case ast.UnaryOp(operand=operand):
            inner = _shown(operand, names)
            return constant(-inner.value) if inner.folds else Shown(f"-{inner.within(PRODUCT)}", SUM)
        case ast.BinOp():
            return _shown_operator(node, names)
        case ast.Compare(left=left, ops=[ast.Is()]):
            absent = _shown(left, names)  # a tensor is not None, whatever its numbers
            return Shown(
                rf"{absent.latex} = \mathrm{{None}}", COMPARISON, absent.known and absent.value is None, True
            )
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            sides = (_shown(left, names), _shown(right, names))
            latex = f"{sides[0].within(SUM)} {_COMPARISONS[type(sign)][0]} {sides[1].within(SUM)}"
            return _decided(node, sides, latex, COMPARISON)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            decided = _shown(test, names)
            if not decided.known:
                raise KeyError(f"nothing decides {ast.unparse(test)}")
            return _shown(body if decided.value else orelse, names)
        case ast.Call(func=ast.Name(id="where")):
            return _shown_cases(node, names)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _shown_call(FUNCTIONS[name], [_shown(one, names) for one in args])
    raise ValueError(f"no LaTeX for {ast.unparse(node)}")


def _shown_call(function: FormulaFunction, shown: Sequence[Shown]) -> Shown:
    if function.plain and all(one.known for one in shown):
        made = function.evaluate(*(one.value for one in shown))
        if not isinstance(made, torch.Tensor):
            return constant(made)
    return function.latex(shown)


def _shown_operator(node: ast.BinOp, names: Mapping[str, Shown]) -> Shown:
    left, right = _shown(node.left, names), _shown(node.right, names)
    if isinstance(node.op, ast.Div):
        return Shown(rf"\frac{{{left.latex}}}{{{right.latex}}}", POWER)
    if isinstance(node.op, ast.Pow):
        if right.folds and right.value == 1:
            return left
        return Shown(rf"{left.within(ATOM)}^{{{right.latex}}}", POWER)
    if left.folds and right.folds and isinstance(node.op, ast.Add | ast.Sub):
        # x ** 3 shows 3 x², not 3 x³⁻¹.
        return constant(_BINARY[type(node.op)](left.value, right.value))
    if isinstance(node.op, ast.Mult):
        for one, other in ((left, right), (right, left)):
            if one.folds and one.value == 1:
                return other
    sign, holds, on_left, on_right = _WRITTEN[type(node.op)]
    latex = f"{left.within(on_left)} {sign} {right.within(on_right)}"
    if isinstance(node.op, ast.BitAnd | ast.BitOr) and left.known and right.known:
        return Shown(latex, holds, _BINARY[type(node.op)](left.value, right.value), known=True)
    return Shown(latex, holds)


def constant(value: Any) -> Shown:
    """A constant of the operation: a number, a flag, a string, a shape or None."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return Shown(rf"\mathrm{{{value}}}", ATOM, value, known=True, folds=True)
    if isinstance(value, (tuple, list)):
        return Shown(f"[{', '.join(str(one) for one in value)}]", ATOM, value, known=True, folds=True)
    return Shown(
        str(value) if isinstance(value, int) else f"{value:.7g}",
        ATOM if value >= 0 else SUM,
        value,
        known=True,
        folds=True,
    )


def _decided(node: ast.Compare, sides: tuple[Shown, Shown], latex: str, holds: int) -> Shown:
    """A comparison, with its outcome if both sides are known."""
    if not all(one.known for one in sides):
        return Shown(latex, holds)
    outcome = _COMPARISONS[type(node.ops[0])][1](sides[0].value, sides[1].value)
    if isinstance(outcome, torch.Tensor):
        if outcome.any() != outcome.all():
            return Shown(latex, holds)  # true for some elements only
        outcome = bool(outcome.all())
    return Shown(latex, holds, outcome, known=True)


def _shown_cases(node: ast.expr, names: Mapping[str, Shown]) -> Shown:
    """`where` as a list of cases; nested ones share one list."""
    rows = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "where":
        condition, body, node = _shown(node.args[0], names), node.args[1], node.args[2]
        if condition.known and condition.value:
            node = body
        elif not condition.known:
            rows.append(rf"{_shown(body, names).latex} & \text{{if }} {condition.latex}")
    if not rows:
        return _shown(node, names)
    rows.append(rf"{_shown(node, names).latex} & \text{{otherwise}}")
    return Shown(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", CASES)
