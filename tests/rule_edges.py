"""The cases of the rules with numbers at the edges: NaN, infinities, zeros, ties, the smallest and the largest."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tests.rule_checks import WEIGHTS, needed_by

#: The names whose numbers are replaced; targets, classes and the like keep theirs.
NUMBERS = (
    "A",
    "B",
    "C",
    "D",
    "E",
    "Q",
    "V",
    "nil",
    "none",
    "one",
    "p",
    "s",
    "same",
    "ties",
    "v",
    "w",
    "x",
    "zeros",
)

#: The number at each place of a tensor, by the place and the number of places; None keeps the original.
EDGES: dict[str, Callable[[int, int], str | None]] = {
    "nan": lambda place, count: "float('nan')" if place == 0 else None,
    "inf": lambda place, count: {0: "float('inf')", count - 1: "-float('inf')"}.get(place),
    "zeros": lambda place, count: "0.0" if place % 2 == 0 else "-0.0",
    "ties": lambda place, count: "1.0",
    "tiny": lambda place, count: "1e-310" if place % 2 == 0 else "-3e-310",
    "small": lambda place, count: "1e-200" if place % 2 == 0 else "-3e-180",
    "large": lambda place, count: "1e200" if place % 2 == 0 else "-3e180",
}
#: An arriving gradient at the edge: an infinity at one place, 0 at another.
ARRIVES = """\
weights = weights.flatten()
weights[0] = float('inf')
weights[-1] = 0.0
weights = weights.reshape_as(out)
"""


def with_edges(lines: str, edge: str) -> str:
    """The program of a case with numbers at the edge, without its backward."""
    numbers = EDGES.get(edge)
    made = [_with(statement, numbers) if numbers else statement for statement in ast.parse(needed_by(lines)).body]
    text = "\n".join(ast.unparse(statement) for statement in made)
    return f"{text}\n{lines}\n{WEIGHTS}{'' if numbers else ARRIVES}"


class _Replaced(ast.NodeTransformer):
    """Puts other numbers into the list of a tensor."""

    def __init__(self, count: int, numbers: Callable[[int, int], str | None]) -> None:
        self._places: Iterator[int] = iter(range(count))
        self._count = count
        self._numbers = numbers

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return self._other(node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._other(node) if isinstance(node.value, float) else node

    def _other(self, node: ast.expr) -> ast.expr:
        text = self._numbers(next(self._places), self._count)
        return node if text is None else ast.parse(text, mode="eval").body


def _with(statement: ast.stmt, numbers: Callable[[int, int], str | None]) -> ast.stmt:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[written, *_])) if name in NUMBERS:
            count = sum(isinstance(one, ast.Constant) for one in ast.walk(written))
            if count:
                statement.value.args[0] = _Replaced(count, numbers).visit(written)  # type: ignore[attr-defined]
    return statement
