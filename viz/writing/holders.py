"""Finds the variable that holds a tensor of the drawing, even before an operation uses the tensor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from viz.frames.events import Assigned, Passed
from viz.frames.frame import Frame, Variable
from viz.frames.graph import Node
from viz.writing.part_drawing import PartDrawing


class Holders:
    """Finds the variable that holds a tensor, frame after frame of a part.

    Once a Node is built, its variable refers to it. Before that, only the name of a leaf or data is known: the
    name must hold the tensor from this frame until the operation that uses it.
    """

    def __init__(self, drawn: PartDrawing) -> None:
        self._since = _since(drawn.built, drawn.graph.nodes)
        #: Whether the frames are those that build the graph; otherwise all of them precede it.
        self._counts = drawn.when != "before"
        self._position = -1
        self._variables: Mapping[str, Variable] = {}
        self._by_node: dict[int, Variable] = {}
        self._count = 0

    def at(self, frame: Frame) -> None:
        """Advance to the part's next frame."""
        if self._counts:
            self._position += 1
        self._count = len(frame.graph.nodes)
        if frame.variables is not self._variables:
            self._variables = frame.variables
            self._by_node = {one.node: one for one in frame.variables.values() if one.node is not None}

    def of(self, planned: Node) -> Variable | None:
        """The variable that certainly holds the tensor of a Node of the drawing; None if there is none."""
        if planned.id < self._count:
            return self._by_node.get(planned.id)
        since = self._since.get(planned.id)
        if planned.variable is None or since is None or self._position < since:
            return None
        variable = self._variables.get(planned.variable)
        return variable if variable is not None and _may_be(variable, planned) else None


def _may_be(variable: Variable, planned: Node) -> bool:
    """Whether a variable with a tensor that no operation has used yet can hold this leaf or data."""
    leaf = variable.requires_grad and variable.is_leaf
    alike = leaf if planned.kind == "leaf" else not variable.requires_grad
    return variable.kind == "tensor" and variable.node is None and variable.shape == planned.shape and alike


def _since(frames: Sequence[Frame], nodes: Sequence[Node]) -> dict[int, int]:
    """For each leaf and data of a graph, the frame from which its name holds it; -1: an earlier part.

    The name held something else until the last statement that bound it, and until the last operation that used
    another tensor of that name. A tensor did not exist before the statement that created it.
    """
    lines = sorted({frame.line for frame in frames})
    done: dict[int, int] = {}  # the last frame of each line
    bound: dict[str | None, int] = {}
    since: dict[int, int] = {}
    known = 0
    for position, frame in enumerate(frames):
        fresh = [node for node in nodes[known : len(frame.graph.nodes)] if node.kind != "operation"]
        known = len(frame.graph.nodes)
        for node in fresh:
            line = node.expression.line if node.expression and not node.earlier else 0
            made = done.get(lines[place - 1], -1) if (place := bisect_right(lines, line)) else -1
            since[node.id] = max(bound.get(node.variable, -1), made)
            bound[node.variable] = position
        if isinstance(frame.event, (Assigned, Passed)):
            bound |= dict.fromkeys(frame.event.names, position)
        done[frame.line] = position
    return since
