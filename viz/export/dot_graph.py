"""Part of a run -> DOT: the graph with its numbers, for whoever draws it with Graphviz."""

from __future__ import annotations

import graphviz

from viz.drawing.dot import Box, draw_boxes, edge_name
from viz.slots import gradient_slot, value_slot
from viz.writing.drawn import Drawn
from viz.writing.marks import Texts, graph_texts

#: Operations are round, tensors that the program made are not: as on the page.
_STYLES = {"operation": "rounded", "leaf": "bold", "data": "solid"}
_GRADIENTS = {"operation": "flows", "leaf": ".grad"}


def dot_at(drawn: Drawn, statement: int) -> str:
    """The DOT text of the drawing of a part of a run, with the numbers after one of the part's statements.

    A box holds what the page's holds: name or expression, PyTorch's name of the Node, value, gradient. Lines
    lead from inputs to operations and carry the gradient that went back along them. What the program wrote is
    plain text in it, whatever it looks like.
    """
    graph = drawn.whole
    drawing = draw_boxes(graph, "autograd", opened=range(len(graph.nodes)))
    texts = graph_texts(drawn, statement)
    dot = graphviz.Digraph("autograd")
    dot.attr(rankdir="LR")
    # Every letter of it has one width, so texts fit their boxes wherever and with whatever font they are drawn.
    for part in ("node", "edge"):
        dot.attr(part, fontname="Courier", fontsize="11")
    dot.attr("node", shape="box")
    for box in drawing.boxes:
        dot.node(box.name, label=_label(box, texts), style=_STYLES[box.kind])
    for link in drawing.links:
        gradient = texts.get(edge_name(link.edge))
        dot.edge(link.tail, link.head, label=_plain(f"← {gradient}") if gradient else "")
    return str(dot.source)


def _label(box: Box, texts: Texts) -> str:
    """The lines of a box, each set to the left."""
    lines = [box.title, box.subtitle]
    for row, slot in (("value", value_slot(box.node)), (_GRADIENTS.get(box.kind), gradient_slot(box.node))):
        text = texts.get(slot)
        if row and text:
            lines.append(f"{row} {text}")
    # `\l` is Graphviz's own end of a line, one that begins at the left.
    return "".join(f"{_plain(line)}\\l" for line in lines)


def _plain(text: str) -> str:
    r"""A text as Graphviz shows it letter by letter: `\N`, `<b>` and `&lt;` would mean something to it."""
    return str(graphviz.escape(text.replace("&", "&amp;")))
