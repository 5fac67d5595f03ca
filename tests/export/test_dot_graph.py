"""Graphviz can read the DOT; it has the page's numbers, and a program's text stays text."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import viz
from tests.programs import LINE
from viz.drawing.engine import find_engine
from viz.export.dot_graph import dot_at
from viz.frames.frame import Frame
from viz.writing.part_drawing import PartDrawing, part_drawing

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(dot: str, kind: str) -> list[str]:
    """The texts of every box (`"node"`) or line (`"edge"`) that Graphviz draws; a bar joins the lines of a box."""
    engine = find_engine()
    assert engine is not None
    done = subprocess.run(
        [engine, "-Kdot", "-Tsvg"], input=dot, capture_output=True, text=True, timeout=20, check=True
    )
    groups = ET.fromstring(done.stdout).iterfind(f".//{SVG}g[@class='{kind}']")
    return [" | ".join(text.text or "" for text in group.iterfind(f"{SVG}text")) for group in groups]


def _dot_of(frame: Frame) -> str:
    """The DOT of the graph at one frame."""
    return dot_at(PartDrawing([frame], [frame]), 0)


def _part(tape: Any) -> PartDrawing:
    return part_drawing(tape, 0)


def test_every_box_has_its_name_its_node_its_value_and_its_gradient() -> None:
    boxes = _drawn(_dot_of(viz.run(LINE, iterations=1).iteration(0)[3]), "node")
    assert "W | AccumulateGrad | value 0.5000 | .grad −4.500" in boxes
    assert "loss | MseLossBackward0 | value 2.125 | flows 1.000" in boxes
    assert "x | data [2] | value [1.000, 2.000]" in boxes


def test_every_line_has_the_gradient_that_was_sent_along_it() -> None:
    part = _part(viz.run(LINE, iterations=1))
    assert set(_drawn(dot_at(part, 2), "edge")) == {""}
    lines = _drawn(dot_at(part, 3), "edge")
    assert "← −4.500" in lines
    assert len(lines) == len(part.graph.edges)


def test_the_graph_of_the_whole_iteration_is_available_before_it_is_built() -> None:
    part = _part(viz.run(LINE, iterations=1))
    drawn = _drawn(dot_at(part, 0), "node")
    assert len(drawn) == len(part.graph.nodes)
    assert "loss | MseLossBackward0" in drawn


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", "&lt; &amp;", r"\N \G \l", '"]; x [label="', "\\", 'a\\"b', "a:b -> c"]
)
def test_text_of_a_program_is_text_in_it(text: str) -> None:
    frame = viz.run(LINE, iterations=1).iteration(0)[3]
    nodes = [replace(node, variable=text) if node.variable == "y_hat" else node for node in frame.graph.nodes]
    drawn = _drawn(_dot_of(replace(frame, graph=replace(frame.graph, nodes=tuple(nodes)))), "node")
    titles = [shown.split(" | ")[0] for shown in drawn]
    assert text in titles
    assert len(titles) == len(nodes)
