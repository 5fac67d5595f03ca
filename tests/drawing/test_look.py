"""Graphs that look alike have the same drawings, whatever their numbers."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

import viz
from viz.drawing.dot import Level, draw_boxes, look
from viz.frames.graph import Graph, Node, Saved
from viz.frames.plain import Span
from viz.presets import presets

LEVELS: tuple[Level, ...] = ("concept", "autograd")
#: A different content for each field of a Node.
OTHERS: dict[str, Any] = {
    "kind": "data",
    "name": "TanhBackward0",
    "expression": Span("torch.tanh(q)", 99, 0, 99, 13),
    "variable": "another",
    "value": None,
    "shape": (7, 7),
    "dtype": "float64",
    "saved": (Saved("result", [1.0], (1,), "one"),),
    "received": ([1.0],),
    "sent": ([2.0],),
    "order": 77,
    "freed": True,
    "grad_before": [3.0],
    "contribution": [4.0],
    "grad_after": [5.0],
    "passes": (1, 2),
    "earlier": True,
    "grad": [6.0],
    "retains": True,
    "hooked": True,
}


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_iterations_that_look_alike_are_drawn_alike(preset: Any) -> None:
    tape = viz.run(preset.source, iterations=6)
    drawn: dict[object, object] = {}
    for number in range(tape.recorded):
        graph = tape.iteration(number)[-1].graph
        drawings = [draw_boxes(graph, level) for level in LEVELS]
        assert drawn.setdefault(look(graph), drawings) == drawings
    assert len(drawn) < 6 or "length" in preset.title


def _with(graph: Graph, number: int, **changes: Any) -> Graph:
    nodes = list(graph.nodes)
    nodes[number] = replace(nodes[number], **changes)
    return Graph(tuple(nodes), graph.edges)


@pytest.mark.parametrize("name", [one.name for one in fields(Node) if one.name != "id"])
def test_whatever_a_drawing_shows_of_a_node_is_part_of_its_look(name: str) -> None:
    source = presets()[0].source
    graph = viz.run(source, iterations=1).iteration(0)[-1].graph
    for number in range(len(graph.nodes)):
        other = _with(graph, number, **{name: OTHERS[name]})
        if any(draw_boxes(graph, level) != draw_boxes(other, level) for level in LEVELS):
            assert look(graph) != look(other)


def test_different_edges_are_a_different_look() -> None:
    graph = viz.run(presets()[0].source, iterations=1).iteration(0)[-1].graph
    assert look(graph) != look(Graph(graph.nodes, graph.edges[1:]))
    assert look(graph) == look(Graph(tuple(graph.nodes), tuple(graph.edges)))
