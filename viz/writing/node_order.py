"""The order in which a statement builds Nodes, or in which a backward visits them."""

from __future__ import annotations

from collections.abc import Iterator

from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Graph


def node_order(frame: Frame, before: Graph) -> list[list[int]]:
    """The steps inside a statement, each as the ids of its Nodes; `before` is the graph before the statement.

    A backward visits one Node per step, in the engine's order. A forward statement builds one Node per step,
    inputs before users; leaves and data appear with the first Node that uses them. Other statements have no steps.
    """
    if isinstance(frame.event, Backward):
        return [[node] for node in frame.event.order]
    return _built(frame.graph, before)


def _built(graph: Graph, before: Graph) -> list[list[int]]:
    known, fresh = len(before.nodes), graph.nodes[len(before.nodes) :]
    if not fresh:
        return []
    inputs: dict[int, list[int]] = {node.id: [] for node in fresh}
    for edge in graph.edges[len(before.edges) :]:  # a graph only grows
        if edge.node >= known and edge.input >= known:
            inputs[edge.node].append(edge.input)
    operations = {node.id for node in fresh if node.kind == "operation"}
    steps: list[list[int]] = []
    shown: set[int] = set()
    for start in sorted(operations):
        for node in _inputs_first(start, inputs, operations, shown):
            with_it = [one for one in dict.fromkeys(inputs[node]) if one not in shown]
            shown.update([node, *with_it])
            steps.append([node, *with_it])
    return steps


def _inputs_first(
    start: int, inputs: dict[int, list[int]], operations: set[int], shown: set[int]
) -> Iterator[int]:
    """The operations up to `start` that are not shown yet; a stack instead of recursion, for long chains."""
    pending = [start]
    while pending:
        waiting = [one for one in inputs[pending[-1]] if one in operations and one not in shown]
        if waiting:
            pending.extend(reversed(waiting))
        elif (node := pending.pop()) not in shown:
            yield node
