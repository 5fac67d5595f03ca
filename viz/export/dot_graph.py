"""Part of a run -> DOT: the graph with its numbers, for Graphviz."""

from __future__ import annotations

import graphviz

from viz.drawing.dot import Box, draw_boxes, edge_name
from viz.slots import gradient_slot, value_slot
from viz.writing.drawing_state import Texts, graph_texts
from viz.writing.part_drawing import PartDrawing

#: Operations have rounded boxes, and tensors that the program created do not, as on the page.
_STYLES = {"operation": "rounded", "leaf": "bold", "data": "solid"}
_GRADIENTS = {"operation": "flows", "leaf": ".grad"}


def dot_at(drawn: PartDrawing, statement: int) -> str:
    """Return the DOT text of a part of a run, with the numbers after one of its statements.

    A box has what it has on the page: name or expression, PyTorch's name of the Node, value, gradient. Lines go
    from inputs to operations and have the gradient that was sent back along them. Text of the program is always
    plain text.
    """
    graph = drawn.graph
    drawing = draw_boxes(graph, "autograd", opened=range(len(graph.nodes)))
    texts = graph_texts(drawn, statement)
    dot = graphviz.Digraph("autograd")
    dot.attr(rankdir="LR")
    # In a monospaced font, texts fit their boxes even if another font replaces it.
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
    """Return the lines of a box, aligned to the left."""
    lines = [box.title, box.subtitle]
    for row, slot in (("value", value_slot(box.node)), (_GRADIENTS.get(box.kind), gradient_slot(box.node))):
        text = texts.get(slot)
        if row and text:
            lines.append(f"{row} {text}")
    # `\l` ends a line that is aligned to the left.
    return "".join(f"{_plain(line)}\\l" for line in lines)


def _plain(text: str) -> str:
    r"""Escape a string for Graphviz, which would replace `\N`, `<b>` and `&lt;`."""
    return str(graphviz.escape(text.replace("&", "&amp;")))
