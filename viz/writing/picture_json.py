"""Writes a picture as JSON: its boxes and links as data, its SVG, and labels for screen readers.

A picture, as JSON:

    operations  how many operations the graph has
    concept, autograd, each the drawing of one level:
        boxes   {id, node, label, inside, folded} each: `id` names the box in the SVG (`data-box`), and `node` is
                the Node that it represents. A folded box has the Nodes `inside` it, and in `folded` a sentence on
                each of them. `label` is a list of templates; the stage leaves out those with an empty slot.
        links   {id, node, tail, head} each: `id` is its slot, `node` the Node of the operation, `tail` and `head`
                are the boxes of the input and of the operation
        sheets  direction -> {view: the numbers of `viewBox`, svg}
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from viz.drawing.dot import LEVELS, Box, Drawing, Level
from viz.drawing.picture import draw
from viz.frames.graph import Graph
from viz.slots import box_mark, gradient_slot, value_slot
from viz.writing.json_text import json_object, json_of
from viz.writing.template import Slot, Template, template


def picture_json(graph: Graph, drawings: Mapping[Level, Drawing]) -> str:
    """Return the picture of a graph as the stage receives it; `drawings` has the drawing of each level.

    Raises LayoutError if Graphviz fails.
    """
    operations = sum(node.kind == "operation" for node in graph.nodes)
    return json_object({"operations": str(operations)} | {level: _level_json(drawings[level]) for level in LEVELS})


@lru_cache(maxsize=256)
def _level_json(drawing: Drawing) -> str:
    called = {box.name: f"{box.subtitle} {box.called}" if box.inner else box.called for box in drawing.boxes}
    sent: dict[str, list[Template]] = {}
    for link in drawing.links:
        if link.edge.gradient and len(link.edges) == 1:
            sent.setdefault(link.head, []).append(template("sent ", Slot(link.name), f" to {called[link.tail]}"))
    level = {
        "boxes": [_box_json(box) | {"label": [*_label(box), *sent.get(box.name, [])]} for box in drawing.boxes],
        "links": _links_json(drawing),
        "sheets": {direction: {"view": one.view, "svg": one.svg} for direction, one in draw(drawing).items()},
    }
    return json_of(level)


def _links_json(drawing: Drawing) -> list[dict[str, Any]]:
    return [
        {"id": link.name, "node": link.edge.node, "tail": link.tail, "head": link.head} for link in drawing.links
    ]


def _box_json(box: Box) -> dict[str, Any]:
    found: dict[str, Any] = {"id": box.name, "node": box.node}
    if box.inside:
        found["inside"] = box.inside
        found["folded"] = f"A Node inside the folded box of {box.title}; open the box to see it"
    return found


def _label(box: Box) -> list[Template]:
    """The label of a box: tensor, Node, value, gradient and state."""
    parts = [
        template(f"{box.called}, {box.words}"),
        template("value ", Slot(value_slot(box.node))),
    ]
    if box.kind != "data":
        where = "in .grad" if box.kind == "leaf" or box.retains else "received"
        parts.append(template(f"gradient {where} ", Slot(gradient_slot(box.node))))
    return [*parts, template("", Slot(box_mark(box.node)))]
