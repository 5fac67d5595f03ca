"""A picture as data: it has each box and link of the SVG, and the words for people who do not see it."""

from __future__ import annotations

import json
import re
from typing import Any

import viz
from tests.programs import LINE
from tests.writing.replay import replay
from viz.drawing.dot import LEVELS, draw_levels
from viz.drawing.folds import MOST_OPERATIONS
from viz.frames.graph import Graph
from viz.slots import box_mark, edge_slot, gradient_slot, value_slot
from viz.writing.picture_json import picture_json

GRAPH = viz.run(LINE, iterations=1).iteration(0)[-1].graph


def _picture(graph: Graph) -> Any:
    return json.loads(picture_json(graph, draw_levels(graph)))


def test_each_box_and_line_of_every_sheet_is_in_the_data() -> None:
    picture = _picture(GRAPH)
    for level in LEVELS:
        drawing = picture[level]
        for sheet in drawing["sheets"].values():
            boxes = re.findall(r'data-box="([^"]+)"', sheet["svg"])
            lines = re.findall(r'class="viz-edge[^"]*" data-mark="([^"]+)"', sheet["svg"])
            assert boxes == [box["id"] for box in drawing["boxes"]]
            assert lines == [link["id"] for link in drawing["links"]]
        assert {end for link in drawing["links"] for end in (link["tail"], link["head"])} <= set(boxes)


def test_operations_in_folded_boxes_count() -> None:
    lines = "import torch\n\nx = torch.tensor([2.0], requires_grad=True)\ny = x\n" + "y = y * 2\n" * (
        MOST_OPERATIONS + 1
    )
    picture = _picture(viz.run(lines)[-1].graph)
    assert picture["operations"] == MOST_OPERATIONS + 1


def test_a_box_is_named_with_its_slots() -> None:
    (w,) = (node for node in GRAPH.nodes if node.variable == "W")
    picture = _picture(GRAPH)
    boxes = {box["node"]: box for box in picture["autograd"]["boxes"]}
    assert boxes[w.id]["label"] == [
        ["W, leaf of shape [1], Node AccumulateGrad"],
        ["value ", value_slot(w.id), ""],
        ["gradient in .grad ", gradient_slot(w.id), ""],
        ["", box_mark(w.id), ""],
    ]
    (edge,) = (edge for edge in GRAPH.edges if edge.input == w.id)
    assert ["sent ", edge_slot(edge.node, edge.slot), " to W"] in boxes[edge.node]["label"]


def test_an_inner_node_that_receives_a_gradient_is_named_before_its_expression() -> None:
    source = (
        "import torch\n\nx = torch.tensor([2.0, 3.0], requires_grad=True)\n"
        "loss = torch.nn.functional.cross_entropy(x, torch.tensor(1))\n"
    )
    boxes = _picture(viz.run(source)[-1].graph)["autograd"]["boxes"]
    sent = {template[-1] for box in boxes for template in box["label"] if template[0] == "sent "}
    called = "torch.nn.functional.cross_entropy(x, torch.tensor(1))"
    assert sent == {" to x", f" to LogSoftmaxBackward0 in {called}"}


def test_the_stage_gets_the_picture_unchanged() -> None:
    run = replay(viz.run(LINE, iterations=1))
    number = run.part(0)["p"]
    assert run.chunk["pictures"][str(number)]["operations"] == _picture(GRAPH)["operations"] == 3
