"""Graph -> DOT: which boxes there are, how large they are, and what is connected to what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import graphviz

from viz.frames import Edge, Graph, Node

#: Left to right, or top to bottom.
Direction = Literal["LR", "TB"]

#: A leaf or a data tensor that is used more often than this is drawn once for each use: many long edges to
#: one far node take `dot` minutes, and nobody can follow them.
MOST_USES = 8

#: Points to the inch, Graphviz's own unit; a point is drawn as one pixel at zoom 1.
POINTS = 72
BOX_WIDTH = 168
#: The height of a box by the kind of its node: title, subtitle, value and, where there can be one, gradient.
BOX_HEIGHT = {"operation": 65, "leaf": 65, "data": 51}
#: Room between ranks: an edge's gradient has to fit there.
RANK_GAP = {"LR": 76, "TB": 29}
#: The same where several gradients leave towards one tensor from the same side, and each needs its place.
SHARED_RANK_GAP = {"LR": 92, "TB": 56}
NODE_GAP = {"LR": 16, "TB": 26}
LONGEST_TITLE = 19


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the drawing: `name` is unique in it, `node` the id of the Node it stands for; no numbers."""

    name: str
    node: int
    kind: Literal["operation", "leaf", "data"]
    title: str
    subtitle: str
    made: str


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the drawing from the box of an input to the box of the operation that used it."""

    name: str
    tail: str
    head: str
    edge: Edge


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes and lines of a graph, before they have a place."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def draw_boxes(graph: Graph) -> Drawing:
    """One box a node, except for inputs of many uses, which get one for each use."""
    uses = Counter(edge.input for edge in graph.edges)
    many = {node.id for node in graph.nodes if node.kind != "operation" and uses[node.id] > MOST_USES}
    boxes = [_box(f"n{node.id}", node) for node in graph.nodes if node.id not in many]
    links = []
    for edge in graph.edges:
        tail = f"n{edge.input}"
        if edge.input in many:
            tail = f"n{edge.input}.{edge.node}.{edge.slot}"
            boxes.append(_box(tail, graph.nodes[edge.input]))
        links.append(Link(edge_name(edge), tail, f"n{edge.node}", edge))
    return Drawing(tuple(boxes), tuple(links))


def rank_gap(drawing: Drawing, direction: Direction) -> int:
    """The room between the ranks of a drawing."""
    uses = Counter(link.tail for link in drawing.links)
    return (SHARED_RANK_GAP if any(count > 1 for count in uses.values()) else RANK_GAP)[direction]


def edge_name(edge: Edge) -> str:
    """The name by which drawing, tape and stage speak of an edge: unique, as a slot of a node has one input."""
    return f"e{edge.node}.{edge.slot}"


def _box(name: str, node: Node) -> Box:
    made = node.expression.text if node.expression else node.name
    return Box(name, node.id, node.kind, title(node), subtitle(node), made)


def title(node: Node) -> str:
    """What a box is called: the name that holds the tensor, else the expression that made it, else PyTorch's."""
    text = node.variable or (node.expression.text if node.expression else node.name) or "tensor"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def subtitle(node: Node) -> str:
    """The second line of a box: PyTorch's name of the Node; `data` where there is none."""
    shape = f" [{', '.join(str(size) for size in node.shape)}]" if node.shape else ""
    if node.kind == "data":
        return f"data{shape}"
    return node.name


def to_dot(drawing: Drawing, direction: Direction) -> str:
    """The DOT text of a drawing; boxes have fixed sizes, so numbers that change do not move anything."""
    dot = graphviz.Digraph("autograd")
    dot.attr(
        rankdir=direction,
        ranksep=f"{rank_gap(drawing, direction) / POINTS:.3f}",
        nodesep=f"{NODE_GAP[direction] / POINTS:.3f}",
        margin="0",
        pad="0",
    )
    dot.attr("node", shape="box", fixedsize="true", width=f"{BOX_WIDTH / POINTS:.3f}")
    dot.attr("edge", arrowhead="none")
    for box in drawing.boxes:
        label = graphviz.escape(f"{box.title}\n{box.subtitle}")
        dot.node(box.name, label=label, height=f"{BOX_HEIGHT[box.kind] / POINTS:.3f}")
    out, into = ("e", "w") if direction == "LR" else ("s", "n")
    for link in drawing.links:
        # A colon in a name would be read as a port; names have none, so the ports are these.
        dot.edge(f"{link.tail}:{out}", f"{link.head}:{into}", id=link.name)
    return str(dot.source)
