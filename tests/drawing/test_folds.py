"""A large graph is folded: the Nodes of one line, or of one pass of a loop, share a box until it is opened."""

from __future__ import annotations

import re

from viz.drawing.dot import Drawing, draw_boxes
from viz.drawing.folds import MOST_OPERATIONS
from viz.drawing.picture import draw
from viz.frames.graph import Edge, Graph, Node
from viz.frames.plain import Span

#: The number of operations in a line of these programs.
EACH = 8


def _lines(count: int, passes: int = 0) -> Graph:
    """The graph of `count` lines of EACH multiplications by W, or of `passes` loop passes over these lines."""
    nodes = [Node(0, "leaf", "AccumulateGrad", variable="W"), Node(1, "data", "", variable="x")]
    edges = []
    for number in range(max(passes, 1)):
        for line in range(count):
            for _ in range(EACH):
                here = len(nodes)
                at = (number,) if passes else ()
                nodes.append(
                    Node(
                        here, "operation", "MulBackward0", Span("h * W", line + 5, 0, line + 5, 5), "h", passes=at
                    )
                )
                edges += [Edge(here, here - 1, 0, gradient=here > 2), Edge(here, 0, 1)]
    return Graph(tuple(nodes), tuple(edges))


def _operations(drawing: Drawing) -> list[str]:
    return [box.subtitle for box in drawing.boxes if box.kind == "operation"]


def test_up_to_two_hundred_operations_nothing_is_folded() -> None:
    assert _operations(draw_boxes(_lines(25), "autograd")) == ["MulBackward0"] * MOST_OPERATIONS


def test_above_two_hundred_the_nodes_of_a_line_share_a_box() -> None:
    drawing = draw_boxes(_lines(26), "autograd")
    assert _operations(drawing) == [f"line {line + 5}, 8 Nodes" for line in range(26)]
    first = next(box for box in drawing.boxes if box.inside)
    assert (first.node, first.inside) == (9, tuple(range(2, 10)))


def test_with_too_many_lines_the_nodes_of_a_loop_pass_share_a_box() -> None:
    drawing = draw_boxes(_lines(3, passes=70), "autograd")
    assert len(_operations(drawing)) == 70
    assert {len(box.inside) for box in drawing.boxes if box.kind == "operation"} == {3 * EACH}


def test_one_line_in_many_passes_is_a_box_for_each_pass() -> None:
    assert _operations(draw_boxes(_lines(1, passes=30), "autograd")) == ["line 5, 8 Nodes"] * 30


def test_a_box_that_is_opened_shows_each_of_its_nodes_and_the_others_stay_folded() -> None:
    drawing = draw_boxes(_lines(26), "autograd", opened=(5,))
    assert _operations(drawing) == ["MulBackward0"] * EACH + [f"line {line + 5}, 8 Nodes" for line in range(1, 26)]


def test_edges_between_the_same_two_boxes_are_one_line_and_edges_inside_a_box_are_not_drawn() -> None:
    drawing = draw_boxes(_lines(26), "autograd")
    into_first = [link for link in drawing.links if link.head == "n9"]
    assert sorted(len(link.edges) for link in into_first) == [1, EACH]
    assert sum(len(link.edges) for link in drawing.links) == 26 * EACH + 26


def test_every_edge_that_leaves_a_box_is_in_the_drawing_once() -> None:
    graph = _lines(26)
    drawn = [edge for link in draw_boxes(graph, "autograd", opened=(5,)).links for edge in link.edges]
    inside = {one: box.node for box in draw_boxes(graph, "autograd", opened=(5,)).boxes for one in box.inside}
    crossing = [
        edge for edge in graph.edges if inside.get(edge.node, edge.node) != inside.get(edge.input, edge.input)
    ]
    assert len(drawn) == len(crossing) == len(set(drawn))


def test_a_folded_box_has_the_slots_of_its_last_node_and_a_cell_for_each() -> None:
    svg = draw(draw_boxes(_lines(26), "autograd"))["LR"].svg
    box = re.search(r'<g class="viz-node operation folded".*?</g>', svg)
    assert box is not None
    assert 'data-slot="n9.v"' in box[0]
    assert re.findall(r'class="viz-cell" data-mark="(n\d+)"', box[0]) == [f"n{node}" for node in range(2, 10)]


def test_a_box_of_very_many_nodes_has_as_many_cells_as_fit() -> None:
    svg = draw(draw_boxes(_chain(300), "autograd"))["LR"].svg
    cells = re.findall(r'class="viz-cell" data-mark="n(\d+)" x="([\d.]+)" y="65" width="([\d.]+)"', svg)
    assert 50 < len(cells) < 100
    assert max(float(x) + float(width) for _, x, width in cells) <= 158
    assert len({node for node, _, _ in cells}) == len(cells)


def _chain(length: int) -> Graph:
    """`length` multiplications on one line."""
    made = Span("h * W", 5, 0, 5, 5)
    nodes = [Node(0, "leaf", "AccumulateGrad", variable="W"), Node(1, "data", "", variable="x")]
    nodes += [Node(step + 2, "operation", "MulBackward0", made, "h") for step in range(length)]
    edges = [
        edge
        for step in range(length)
        for edge in (Edge(step + 2, step + 1, 0, gradient=step > 0), Edge(step + 2, 0, 1))
    ]
    return Graph(tuple(nodes), tuple(edges))
