"""Folds a large graph: the Nodes from one run of a line, or from one pass of an inner loop, share a box."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby

from viz.frames.graph import Graph, Node

#: A drawing with more operations than this is folded, because it is unreadable and slow to step through.
MOST_OPERATIONS = 200

#: A key of a Node; successive Nodes with the same key share a box.
Key = Callable[[Node], object]


def _line(node: Node) -> object:
    return node.passes, node.expression.line if node.expression else None


def _pass(node: Node) -> object:
    return node.passes[:1] or _line(node)


#: From fine to coarse; `fold` uses the first that leaves few enough boxes.
_KEYS: tuple[Key, ...] = (_line, _pass)


def fold(graph: Graph, shown: Mapping[int, int], opened: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The folded boxes of a graph: the last Node of each -> the ids of all its Nodes in order.

    `shown` maps each Node to the one whose box it is in without folding. A box stays open if one of its Nodes is
    in `opened`. A graph of at most MOST_OPERATIONS operations is not folded.
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
