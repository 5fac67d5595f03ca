"""Which Nodes of a large graph share a box: those that one run of a line made, or one pass of an inner loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby

from viz.frames.graph import Graph, Node

#: With more operations than this a drawing is folded: nobody finds anything in it, and steps are not smooth.
MOST_OPERATIONS = 200

#: What the Nodes of one box have in common; Nodes that follow each other and have it share a box.
Key = Callable[[Node], object]


def _line(node: Node) -> object:
    return node.passes, node.expression.line if node.expression else None


def _pass(node: Node) -> object:
    return node.passes[:1] or _line(node)


#: From fine to coarse: the first that leaves few enough boxes is taken.
_KEYS: tuple[Key, ...] = (_line, _pass)


def fold(graph: Graph, shown: Mapping[int, int], opened: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The boxes that stand for several Nodes: the last Node of each, with the ids of all of them in their order.

    `shown` maps each node to the one whose box it is in without folding. A box stays open where one of its Nodes
    is in `opened`. Nothing is folded in a graph of at most MOST_OPERATIONS operations.
    """
    operations = [node for node in graph.nodes if node.kind == "operation" and shown[node.id] == node.id]
    if len(operations) <= MOST_OPERATIONS:
        return {}
    groups = _groups(operations)
    return {group[-1]: group for group in groups if len(group) > 1 and not any(one in opened for one in group)}


def _groups(operations: Iterable[Node]) -> list[tuple[int, ...]]:
    groups: list[tuple[int, ...]] = []
    for key in _KEYS:
        groups = [tuple([node.id for node in group]) for _, group in groupby(operations, key)]
        if len(groups) <= MOST_OPERATIONS:
            break
    return groups
