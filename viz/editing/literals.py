"""Numbers in a program: reading them off the tree, and writing the shortest text that reads back the same."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

#: Lists of numbers are wrapped so that no line is longer.
WIDTH = 88

#: The first whole number that is too large for a tensor of integers.
LARGEST_INTEGER = 2**63


def number_of(node: ast.expr) -> int | float | None:
    """The number that a node writes (`0.5`, `-3`), or None where it writes none that a tensor could hold."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = number_of(node.operand) if isinstance(node.operand, ast.Constant) else None
        return -number if number is not None and isinstance(node.op, ast.USub) else number
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return node.value if node.value < LARGEST_INTEGER else None
    return node.value if isinstance(node.value, float) and math.isfinite(node.value) else None


def elements_of(node: ast.expr) -> tuple[tuple[int, ...], list[ast.expr]] | None:
    """The shape of a (nested) list of numbers, and the nodes of the numbers; None where it is no such list."""
    if number_of(node) is not None:
        return (), [node]
    if not isinstance(node, (ast.List, ast.Tuple)) or not node.elts:
        return None
    parts = [elements_of(element) for element in node.elts]
    shapes = {part[0] if part else None for part in parts}
    if len(shapes) != 1 or None in shapes:
        return None
    (shape,) = (part[0] for part in parts[:1] if part)
    return (len(parts), *shape), [element for part in parts if part for element in part[1]]


def number_text(value: float) -> str:
    """The shortest literal that reads back to the same number; a float stays a float (`2.0`).

    Raises ValueError for inf and NaN, which no literal writes.
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"a program cannot write {float(value)} as a number")
    mantissa, _, exponent = repr(float(value)).partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def list_text(texts: Sequence[str], shape: tuple[int, ...], column: int, tail: int) -> str:
    """The nested list of `shape` that holds `texts`, on one line where it fits.

    `column` is where the list begins in its line, `tail` the number of characters that follow it there. Further
    lines are indented to stand under the first number.
    """
    if not shape:
        return texts[0]
    line = _on_one_line(texts, shape)
    if column + len(line) + tail <= WIDTH:
        return line
    if len(shape) == 1:
        lines = _filled(texts, WIDTH - column - 1, tail + 1)
    else:
        size = len(texts) // shape[0]
        rows = [texts[first : first + size] for first in range(0, len(texts), size)]
        lines = [list_text(row, shape[1:], column + 1, tail + 1) for row in rows]
    return "[" + (",\n" + " " * (column + 1)).join(lines) + "]"


def _on_one_line(texts: Sequence[str], shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return "[" + ", ".join(texts) + "]"
    size = len(texts) // shape[0]
    rows = (texts[first : first + size] for first in range(0, len(texts), size))
    return "[" + ", ".join(_on_one_line(row, shape[1:]) for row in rows) + "]"


def _filled(texts: Sequence[str], width: int, tail: int) -> list[str]:
    """The numbers in lines of at most `width` with the comma, the last one at most `width - tail`."""
    lines = [texts[0]]
    for place, text in enumerate(texts[1:], start=2):
        needed = len(lines[-1]) + len(", ") + len(text) + (tail if place == len(texts) else len(","))
        if needed <= width:
            lines[-1] += ", " + text
        else:
            lines.append(text)
    return lines
