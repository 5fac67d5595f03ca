"""Names of the slots that hold a text, and of the marks that say how a box or a line looks.

Nodes, edges and lines of the code have the numbers that a frame gives them. `n5.v` is the slot for the value of
Node 5, `n5.g` the one for its gradient, and `n5` the mark of its box. `e5.0` is both the slot and the mark of the
edge from Node 5 to its input 0. `c7` is both the slot beside line 7 of the code and the mark of that line.
`l0.new` is the cell of the ledger in row 0 and the column `new`. `viz/stage/slots.js` has the same
names, and `tests/stage/test_slots.py` compares the two.
"""

from __future__ import annotations

import re

_NODE = re.compile(r"[ne](\d+)(?:\.|$)")


def value_slot(node: int) -> str:
    """The slot for the value of a Node."""
    return f"n{node}.v"


def gradient_slot(node: int) -> str:
    """The slot for the gradient of a Node."""
    return f"n{node}.g"


def box_mark(node: int) -> str:
    """The mark of the box of a Node; a drawing also calls the box so."""
    return f"n{node}"


def edge_slot(node: int, slot: int) -> str:
    """The slot and the mark of the edge from a Node to one of its inputs; unique, as a slot has one input."""
    return f"e{node}.{slot}"


def line_slot(line: int) -> str:
    """The slot beside a line of the code, and the mark of the line."""
    return f"c{line}"


def cell_slot(row: int, column: str) -> str:
    """The slot of a cell of the ledger."""
    return f"l{row}.{column}"


def node_of(name: str) -> int | None:
    """The Node of a slot or mark of the graph; None for a name that belongs to the code or the ledger."""
    match = _NODE.match(name)
    return int(match[1]) if match else None


def cell_of(name: str) -> tuple[int, str]:
    """The row and the column of a cell of the ledger."""
    row, _, column = name.removeprefix("l").partition(".")
    return int(row), column
