"""Numbers in a program: reads them from the tree, and writes the shortest text that reads back the same."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

#: Lists of numbers are wrapped at this line length.
WIDTH = 88

#: The first whole number that is too large for a tensor of integers.
LARGEST_INTEGER = 2**63


def number_of(node: ast.expr) -> int | float | None:
    """Return the number of a literal (`0.5`, `-3`); None for any other node, and if no tensor can have it."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = number_of(node.operand) if isinstance(node.operand, ast.Constant) else None
        return -number if number is not None and isinstance(node.op, ast.USub) else number
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return node.value if node.value < LARGEST_INTEGER else None
    return node.value if isinstance(node.value, float) and math.isfinite(node.value) else None


def elements_of(node: ast.expr) -> tuple[tuple[int, ...], list[ast.expr]] | None:
    """Return the shape of a (nested) list of numbers, and their nodes; None if the node is not such a list."""
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
    """Return the shortest literal that reads back to the same number; a float stays a float (`2.0`).

    Raises ValueError for inf and NaN, which have no literal.
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{float(value)} cannot be written as a number in a program")
    mantissa, _, exponent = repr(float(value)).partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def list_text(texts: Sequence[str], shape: tuple[int, ...], column: int, tail: int) -> str:
    """Return `texts` as a nested list of `shape`, on one line if it fits.

    `column` is the list's place in its line, and `tail` the number of characters after it. Further lines are
    indented to the first number.
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
    """Return the numbers in lines of at most `width` with the comma, the last line at most `width - tail`."""
    lines = [texts[0]]
    for place, text in enumerate(texts[1:], start=2):
        needed = len(lines[-1]) + len(", ") + len(text) + (tail if place == len(texts) else len(","))
        if needed <= width:
            lines[-1] += ", " + text
        else:
            lines.append(text)
    return lines
