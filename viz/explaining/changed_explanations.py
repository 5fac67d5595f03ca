"""Which Nodes are explained as they were a statement before, so that nobody explains them again."""

from __future__ import annotations

from viz.frames.events import Backward, Stepped
from viz.frames.frame import Frame, Variable
from viz.frames.graph import Node


class Touched:
    """Goes through the frames of a part of a run, and says which Nodes each may be explained otherwise in.

    The explanation of a Node looks at the Node, at what its edges lead to, and at the Nodes that sent it a
    gradient; that of a leaf also at the variable that holds it, at the optimizer's last step, and at all that the
    last backward visited. A frame costs what it changed, not the whole graph.
    """

    def __init__(self) -> None:
        self._nodes: tuple[Node, ...] = ()
        self._edges = 0
        self._beside: list[list[int]] = []  # what the edges of each Node lead to or come from
        self._stored: dict[int, Variable | None] = {}  # Nodes with a `.grad`, and the variable that holds each

    def next(self, frame: Frame) -> set[int]:
        """The Nodes of the next frame whose explanation may be another than in the frame before."""
        nodes, before = frame.graph.nodes, self._nodes
        self._beside.extend([] for _ in nodes[len(before) :])
        for edge in frame.graph.edges[self._edges :]:
            self._beside[edge.node].append(edge.input)
            self._beside[edge.input].append(edge.node)
        self._nodes, self._edges = nodes, len(frame.graph.edges)
        changed = (
            [] if nodes is before else [one for one, old in zip(nodes, before, strict=False) if one is not old]
        )
        touched = {node.id for node in [*changed, *nodes[len(before) :]]}
        for node in changed:
            # Of a leaf beside a Node no number is told.
            if node.kind != "leaf" or node.variable != before[node.id].variable:
                touched.update(one for one in self._beside[node.id] if nodes[one].kind != "data")
        everywhere = bool(changed) or isinstance(frame.event, (Backward, Stepped))
        for node in (*changed, *nodes[len(before) :]):
            if node.kind == "leaf" or node.contribution is not None:
                self._stored.setdefault(node.id, None)
        for number, old in self._stored.items():
            held = frame.variables.get(nodes[number].variable or "")
            if everywhere or held is not old:
                self._stored[number] = held
                touched.add(number)
        return touched


def is_explained_alike(before: Frame, after: Frame, node: int) -> bool:
    """Whether a glance tells that a Node is explained alike in two frames that follow each other."""
    touched = Touched()
    touched.next(before)
    return node < len(before.graph.nodes) and node not in touched.next(after)
