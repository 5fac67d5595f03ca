"""Turns a graph into DOT: the boxes with their sizes, and the links between them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import graphviz

from viz.drawing.folds import fold
from viz.drawing.tensor_picture import layout_of
from viz.frames.graph import Edge, Graph, Node
from viz.slots import box_mark, edge_slot
from viz.syntax import expression_of
from viz.text import shortened

#: Left to right, or top to bottom.
Direction = Literal["LR", "TB"]
#: The level of detail: tensors and the operations between them, or every Node of PyTorch's graph.
Level = Literal["concept", "autograd"]
LEVELS: tuple[Level, ...] = ("concept", "autograd")

#: A leaf or data tensor with more uses than this gets a box for each use: `dot` takes minutes for many long edges
#: to one node, and nobody can follow them.
MOST_USES = 4

#: Points per inch, Graphviz's unit; a point is one pixel at zoom 1.
POINTS = 72
BOX_WIDTH = 168
#: The height of a box by the kind of its Node: title, subtitle, value and, except for data, gradient.
BOX_HEIGHT = {"operation": 65, "leaf": 65, "data": 51}
#: The additional height of a box that names saved tensors.
SAVED_HEIGHT = 14
#: The height of the picture of a vector, which lies in the row of its number.
LOW_PICTURE = 10
#: A box with pictures of matrices: where they begin, the height of a row of cells, the least and the largest
#: height of a picture, and the room for the number below it.
PICTURE_TOP, CELL, LEAST_HEIGHT, LARGEST_HEIGHT, PICTURE_FOOT = 48, 6, 14, 60, 18
#: The additional height of a folded box, which has a row with a cell for each Node.
FOLDED_HEIGHT = 12
#: The room between ranks, where an edge's gradient has to fit.
RANK_GAP = {"LR": 76, "TB": 29}
#: The same if several gradients go to one tensor from the same side, and each needs its own place.
SHARED_RANK_GAP = {"LR": 92, "TB": 56}
NODE_GAP = {"LR": 16, "TB": 26}
LONGEST_TITLE = 17


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the drawing, without numbers: `name` is unique in the drawing, and `node` is the id of its Node.

    Screen readers get `called` and `words`, which are never cut, instead of `title` and `subtitle`. `saved` names
    the Node's saved tensors, if the drawing shows them. `inside` has the Nodes of a folded box; `node` is the last
    of them. `retains` says that backward stored the `.grad` of an operation's result, and `inner` that an
    expression made several Nodes and this one is not the last. `picture` is the height of the pictures of its
    value and its gradient; 0 if they are numbers.
    """

    name: str
    node: int
    kind: Literal["operation", "leaf", "data"]
    title: str
    subtitle: str
    called: str
    words: str
    saved: str = ""
    inside: tuple[int, ...] = ()
    retains: bool = False
    inner: bool = False
    picture: int = 0

    @property
    def height(self) -> int:
        """The height in points."""
        more = FOLDED_HEIGHT if self.inside else SAVED_HEIGHT if self.saved else 0
        if self.picture > LOW_PICTURE:
            return PICTURE_TOP + self.picture + PICTURE_FOOT + more
        return BOX_HEIGHT[self.kind] + more


@dataclass(frozen=True, slots=True)
class Link:
    """A link from the box of an input to the box of the operation that used it.

    A link of a folded box combines all `edges` between the same two boxes.
    """

    name: str
    tail: str
    head: str
    edges: tuple[Edge, ...]

    @property
    def edge(self) -> Edge:
        """The first of its edges, usually the only one."""
        return self.edges[0]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes and links of a graph, without positions."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]

    @property
    def folded(self) -> bool:
        """Whether a box is folded."""
        return any(box.inside for box in self.boxes)


def look(graph: Graph) -> Hashable:
    """Everything in a graph that its drawing depends on: graphs that look alike have the same drawing."""
    nodes = [
        (
            *(node.kind, node.name, node.expression, node.variable, node.shape, node.passes),
            *(node.value is None, node.retains),
            tuple([(one.name, one.variable) for one in node.saved if one.shape is not None]),
        )
        for node in graph.nodes
    ]
    return tuple(nodes), graph.edges


def draw_levels(graph: Graph, opened: Collection[int] = ()) -> dict[Level, Drawing]:
    """The drawing of each level, with `opened` as in `draw_boxes`."""
    return {level: draw_boxes(graph, level, opened) for level in LEVELS}


def draw_boxes(graph: Graph, level: Level, opened: Collection[int] = ()) -> Drawing:
    """One box per Node, except that an input with many uses has a box for each use, and that boxes may be folded.

    On the level of concepts an expression has one box, however many Nodes it made: an inner Node, whose value no
    name can hold, belongs to the box of the one with a value. In a large graph the Nodes of a line share a
    box, unless one of them is in `opened`: see `fold`.
    """
    concepts = _shown(graph)
    shown = concepts if level == "concept" else {node.id: node.id for node in graph.nodes}
    folded = fold(graph, shown, opened)
    last = {one: group[-1] for group in folded.values() for one in group}
    part = {node: last.get(at, at) for node, at in shown.items()}
    bundles = _bundles(graph, part, folded)
    uses = Counter(edges[0].input for edges in bundles)
    many = {node.id for node in graph.nodes if node.kind != "operation" and uses[node.id] > MOST_USES}
    inner = {one for one, at in concepts.items() if one != at}
    boxes = [
        _box(box_mark(node.id), node, level, folded.get(node.id, ()), node.id in inner)
        for node in graph.nodes
        if node.id not in many and part[node.id] == node.id
    ]
    links = []
    for edges in bundles:
        edge = edges[0]
        tail = box_mark(part[edge.input])
        if edge.input in many:
            tail = f"{tail}.{edge.node}.{edge.slot}"
            boxes.append(_box(tail, graph.nodes[edge.input], level))
        links.append(Link(edge_name(edge), tail, box_mark(part[edge.node]), edges))
    return Drawing(tuple(boxes), tuple(links))


def _bundles(graph: Graph, part: dict[int, int], folded: Collection[int]) -> list[tuple[Edge, ...]]:
    """The edges of each link: one, or at a folded box all edges between the same two boxes."""
    bundles: dict[object, list[Edge]] = {}
    for edge in graph.edges:
        ends = part[edge.input], part[edge.node]
        if ends[0] == ends[1]:
            continue
        together = folded and (ends[0] in folded or ends[1] in folded)
        bundles.setdefault((*ends, edge.gradient) if together else edge, []).append(edge)
    return [tuple(edges) for edges in bundles.values()]


def _shown(graph: Graph) -> dict[int, int]:
    """Each Node -> the Node whose box it belongs to on the level of concepts, usually itself."""
    users = {edge.input: edge.node for edge in graph.edges}
    shown: dict[int, int] = {}
    for node in graph.nodes:
        at = node
        while at.kind == "operation" and at.value is None and at.id in users:
            user = graph.nodes[users[at.id]]
            if user.expression != node.expression:
                break
            at = user
        shown[node.id] = at.id
    return shown


def rank_gap(drawing: Drawing, direction: Direction) -> int:
    """The gap between the ranks of a drawing, in points."""
    uses = Counter(link.tail for link in drawing.links)
    return (SHARED_RANK_GAP if any(count > 1 for count in uses.values()) else RANK_GAP)[direction]


def edge_name(edge: Edge) -> str:
    """The name of an edge's slot, which is also that of its mark."""
    return edge_slot(edge.node, edge.slot)


def _box(name: str, node: Node, level: Level, inside: tuple[int, ...] = (), inner: bool = False) -> Box:
    called, words = _called(node), _words(node, level)
    retains = node.kind == "operation" and node.retains
    if inside:
        where = f"line {node.expression.line}, " if node.expression else ""
        what = "operations" if level == "concept" else "Nodes"
        shown = f"{where}{len(inside)} {what}"
        return Box(name, node.id, node.kind, title(node), shown, called, f"{shown}, folded", inside=inside)
    if level == "concept":
        return Box(
            *(name, node.id, node.kind, title(node), concept(node), called, words),
            retains=retains,
            picture=_picture_height(node),
        )
    saved = [one.variable or one.name for one in node.saved if one.shape is not None]
    return Box(
        name,
        node.id,
        node.kind,
        shortened(f"in {_called(node)}", LONGEST_TITLE) if inner else title(node),
        subtitle(node),
        f"in {called}" if inner else called,
        words,
        ", ".join(dict.fromkeys(saved)),
        retains=retains,
        inner=inner,
        picture=_picture_height(node),
    )


def _picture_height(node: Node) -> int:
    """The height of the picture of a Node's tensor; 0 if it has none."""
    layout = layout_of(node.shape) if isinstance(node.value, list) else None  # a Summary has none
    if layout is None:
        return 0
    rows, _ = layout.cells
    return LOW_PICTURE if rows == 1 else min(max(CELL * rows, LEAST_HEIGHT), LARGEST_HEIGHT)


def title(node: Node) -> str:
    """The title of a box: the variable of the tensor, else its expression, else PyTorch's name of the Node."""
    text = _called(node)
    return text if len(text) <= LONGEST_TITLE else shortened(_last_operation(text), LONGEST_TITLE)


def _called(node: Node) -> str:
    text = node.variable or (node.expression.text if node.expression else node.name) or "tensor"
    return " ".join(text.split())


@lru_cache(maxsize=512)
def _last_operation(text: str) -> str:
    """The last operation of an expression, the one of its Node: `….square()`, `… + b`; `f(…` is unchanged."""
    try:
        whole = expression_of(text)
    except SyntaxError:
        return text
    before: ast.expr | None = None
    if isinstance(whole, ast.BinOp):
        before = whole.left
    elif isinstance(whole, ast.Call) and isinstance(whole.func, ast.Attribute):
        before = whole.func.value
    elif isinstance(whole, ast.Attribute):
        before = whole.value
    if before is None or isinstance(before, ast.Name):
        return text
    rest = text.encode()[before.end_col_offset :].decode().lstrip(") ")
    return f"…{rest}" if rest.startswith(".") else f"… {rest}"


def subtitle(node: Node) -> str:
    """The second line of a box: PyTorch's name of the Node, or `data`."""
    shape = f" [{', '.join(str(size) for size in node.shape)}]" if node.shape else ""
    if node.kind == "data":
        return f"data{shape}"
    return node.name


def concept(node: Node) -> str:
    """The second line of a box on the level of concepts: PyTorch's word for the operation, or the kind."""
    shape = f" [{', '.join(str(size) for size in node.shape)}]" if node.shape else ""
    if node.kind == "operation":
        words = re.findall("[A-Z][a-z]*", node.name.partition("Backward")[0])
        return f"{' '.join(words).lower() or node.name}{shape}"
    return f"{'parameter' if node.kind == 'leaf' else 'data'}{shape}"


def _words(node: Node, level: Level) -> str:
    """The text for screen readers after the name of a box: its kind, PyTorch's Node, and its expression."""
    shape = f" of shape [{', '.join(str(size) for size in node.shape)}]" if node.shape else ""
    if node.kind == "data":
        return f"data{shape}"
    if level == "concept" and node.kind == "leaf":
        return f"parameter{shape}"
    said = f"operation {concept(node)}" if level == "concept" else f"Node {node.name}"
    if node.kind == "leaf":
        return f"leaf{shape}, {said}"
    made = " ".join(node.expression.text.split()) if node.expression and node.variable else ""
    return f"{said}, made by {made}" if made else said


def to_dot(drawing: Drawing, direction: Direction) -> str:
    """The DOT text of a drawing; boxes have fixed sizes, so changing numbers move nothing."""
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
        dot.node(box.name, label=label, height=f"{box.height / POINTS:.3f}")
    out, into = ("e", "w") if direction == "LR" else ("s", "n")
    for link in drawing.links:
        # Graphviz reads a colon in a name as a port; our names have no colon.
        dot.edge(f"{link.tail}:{out}", f"{link.head}:{into}", id=link.name)
    return str(dot.source)
