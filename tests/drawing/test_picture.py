"""The picture of a graph: every box and line is there once, with its slots, and has no numbers of a run."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace

import pytest

from viz.drawing.dot import MOST_USES, Direction, draw_boxes, draw_levels, to_dot
from viz.drawing.picture import draw
from viz.frames.graph import Edge, Graph, Node, Saved
from viz.frames.plain import Span


def _made(text: str) -> Span:
    return Span(text, 1, 0, 1, len(text))


def _linear() -> Graph:
    """The graph of `loss = criterion(W * x + b, y)`."""
    return Graph(
        (
            Node(0, "leaf", "AccumulateGrad", variable="W", shape=(1,)),
            Node(1, "data", "", variable="x", shape=(4,)),
            Node(2, "operation", "MulBackward0", _made("W * x"), value=[1.5, 2.5, 3.5, 4.5]),
            Node(3, "leaf", "AccumulateGrad", variable="b", shape=(1,)),
            Node(4, "operation", "AddBackward0", _made("W * x + b"), "y_hat"),
            Node(5, "data", "", variable="y", shape=(4,)),
            Node(6, "operation", "MseLossBackward0", _made("criterion(y_hat, y)"), "loss"),
        ),
        (
            Edge(2, 0, 0),
            Edge(2, 1, 1, gradient=False),
            Edge(4, 2, 0),
            Edge(4, 3, 1),
            Edge(6, 4, 0),
            Edge(6, 5, 1, gradient=False),
        ),
    )


def _squares(graph_of: str = "x * x") -> Graph:
    return Graph(
        (
            Node(0, "leaf", "AccumulateGrad", variable="x"),
            Node(1, "operation", "MulBackward0", _made(graph_of), "y"),
        ),
        (Edge(1, 0, 0), Edge(1, 0, 1)),
    )


def _elements(svg: str) -> Iterator[ET.Element]:
    yield from ET.fromstring(svg).iter()


def _attributes(svg: str, name: str) -> list[str]:
    return [one.attrib[name] for one in _elements(svg) if name in one.attrib]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_node_has_its_slots_and_only_what_can_have_a_gradient_has_one(direction: Direction) -> None:
    slots = _attributes(draw(draw_boxes(_linear(), "autograd"))[direction].svg, "data-slot")
    values = [f"n{node}.v" for node in range(7)]
    gradients = [f"n{node}.g" for node in (0, 2, 3, 4, 6)]
    assert sorted(slots) == sorted([*values, *gradients, "e2.0", "e4.0", "e4.1", "e6.0"])


def test_every_node_and_edge_has_a_mark() -> None:
    marks = _attributes(draw(draw_boxes(_linear(), "autograd"))["LR"].svg, "data-mark")
    assert sorted(marks) == sorted([*(f"n{i}" for i in range(7)), "e2.0", "e2.1", "e4.0", "e4.1", "e6.0", "e6.1"])


def test_parallel_edges_stay_parallel() -> None:
    marks = _attributes(draw(draw_boxes(_squares(), "autograd"))["LR"].svg, "data-mark")
    assert {"e1.0", "e1.1"} <= set(marks)


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_sheet_names_its_view_box(direction: Direction) -> None:
    sheet = draw(draw_boxes(_linear(), "autograd"))[direction]
    assert ET.fromstring(sheet.svg).attrib["viewBox"] == " ".join(map(str, sheet.view))


def test_the_picture_has_no_number_of_the_run_so_one_picture_serves_every_iteration() -> None:
    one, other = _linear(), _linear()
    changed = Node(2, "operation", "MulBackward0", _made("W * x"), value=[7.25])
    other = Graph((*other.nodes[:2], changed, *other.nodes[3:]), other.edges)
    assert draw_levels(one) == draw_levels(other)
    assert "3.5" not in re.sub(r'="[^"]*"', "", draw(draw_boxes(one, "autograd"))["LR"].svg)


def test_text_of_a_program_is_text_in_the_picture_and_never_markup() -> None:
    hostile = '<script/>&"x"'
    svg = draw(draw_boxes(_squares("y"), "autograd"))["LR"].svg
    graph = Graph((_squares().nodes[0], replace(_squares().nodes[1], variable=hostile)), _squares().edges)
    hostile_svg = draw(draw_boxes(graph, "autograd"))["LR"].svg
    assert [one.tag for one in _elements(hostile_svg)] == [one.tag for one in _elements(svg)]
    assert hostile in [one.text for one in _elements(hostile_svg)]


def test_no_two_boxes_overlap() -> None:
    boxes = []
    for group in _elements(draw(draw_boxes(_linear(), "autograd"))["TB"].svg):
        if "data-box" in group.attrib:
            x, y = map(float, re.findall(r"[-\d.]+", group.attrib["transform"]))
            outline = group.find("{http://www.w3.org/2000/svg}rect")
            assert outline is not None
            boxes.append((x, y, x + float(outline.attrib["width"]), y + float(outline.attrib["height"])))
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def _chain(length: int) -> Graph:
    """The graph of `length` multiplications by one leaf W, as with shared weights."""
    nodes = [Node(0, "leaf", "AccumulateGrad", variable="W"), Node(1, "data", "", variable="x")]
    edges = []
    for step in range(length):
        nodes.append(Node(step + 2, "operation", "MulBackward0", _made("h * W"), "h"))
        edges += [Edge(step + 2, step + 1, 0, gradient=step > 0), Edge(step + 2, 0, 1)]
    return Graph(tuple(nodes), tuple(edges))


def test_a_leaf_with_few_uses_is_one_box_and_one_with_many_uses_is_a_box_for_each() -> None:
    few, many = draw_boxes(_chain(MOST_USES), "autograd"), draw_boxes(_chain(MOST_USES + 1), "autograd")
    assert [box.title for box in few.boxes].count("W") == 1
    assert [box.title for box in many.boxes].count("W") == MOST_USES + 1


def test_a_chain_of_two_hundred_steps_that_shares_a_weight_is_drawn_in_time() -> None:
    svg = draw(draw_boxes(_chain(200), "autograd"))["LR"].svg
    assert svg.count('class="viz-node operation"') == 200
    assert svg.count('data-slot="n0.g"') == 200


def _composed() -> Graph:
    """One expression for which PyTorch made two Nodes; only the last has a tensor that the program can hold."""
    made = _made("criterion(W, y)")
    nodes = (
        Node(0, "leaf", "AccumulateGrad", variable="W", value=[1.0], shape=(1,)),
        Node(1, "operation", "LogSoftmaxBackward0", made, saved=(Saved("result", [0.0], (1,)),)),
        Node(2, "data", "", variable="y"),
        Node(3, "operation", "NllLossBackward0", made, "loss", value=0.0),
    )
    return Graph(nodes, (Edge(1, 0, 0), Edge(3, 1, 0), Edge(3, 2, 1, gradient=False)))


def test_among_concepts_an_expression_is_one_box_with_the_edges_of_all_its_nodes() -> None:
    drawing = draw_boxes(_composed(), "concept")
    assert [(box.title, box.subtitle) for box in drawing.boxes] == [
        ("W", "parameter [1]"),
        ("y", "data"),
        ("loss", "nll loss"),
    ]
    assert [(link.name, link.tail, link.head) for link in drawing.links] == [
        ("e1.0", "n0", "n3"),
        ("e3.1", "n2", "n3"),
    ]


def test_for_autograd_every_node_is_a_box_with_the_names_of_what_it_saved() -> None:
    boxes = draw_boxes(_composed(), "autograd").boxes
    assert [box.subtitle for box in boxes] == ["AccumulateGrad", "LogSoftmaxBackward0", "data", "NllLossBackward0"]
    assert [box.saved for box in boxes] == ["", "result", "", ""]


def test_the_dot_text_names_the_nodes_as_pytorch_does() -> None:
    dot = to_dot(draw_boxes(_linear(), "autograd"), "LR")
    assert "AddBackward0" in dot
    assert "rankdir=LR" in dot
