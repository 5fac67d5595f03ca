"""Finds the Nodes whose explanations a statement may have changed, so that the others are not computed again."""

from __future__ import annotations

from viz.frames.events import Backward, Stepped
from viz.frames.frame import Frame, Variable
from viz.frames.graph import Node


class ChangedExplanations:
    """Goes through the frames of a part of a run and finds the Nodes whose explanations may differ in each.

    The explanation of a Node depends on the Node, on its inputs, and on the Nodes that sent it a gradient. That of
    a leaf also depends on the variable that holds it, on the optimizer's last step, and on everything that the
    last backward visited. The work for a frame grows with what the frame changed, not with the graph.
    """

    def __init__(self) -> None:
        self._nodes: tuple[Node, ...] = ()
        self._edges = 0
        self._beside: list[list[int]] = []  # the inputs and users of each Node
        self._stored: dict[int, Variable | None] = {}  # the Nodes with a `.grad`, each with its variable

    def next(self, frame: Frame) -> set[int]:
        """The Nodes whose explanations in this frame may differ from those in the frame before."""
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
            # The explanation of a Node shows no number of a leaf next to it.
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


def same_explanation(before: Frame, after: Frame, node: int) -> bool:
    """Whether a Node surely has the same explanation in two successive frames."""
    touched = ChangedExplanations()
    touched.next(before)
    return node < len(before.graph.nodes) and node not in touched.next(after)
