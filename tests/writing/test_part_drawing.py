"""Each part of a run has its own drawing: a box has the number of its Node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import viz
from tests.writing.replay import complaints, replay
from viz.frames.frame import SETUP
from viz.frames.graph import Graph
from viz.presets import presets
from viz.writing.drawing_state import DrawingState, OtherGraph
from viz.writing.part_drawing import PartDrawing, part_drawing

PROGRAMS = {
    "a larger graph before the loop": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
before = (w * 10 - 3) ** 2
for i in range(3):
    loss = w ** 2
    loss.backward()
""",
    "a graph as large before the loop": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
before = w * 10
for i in range(3):
    d = w - 1
    loss = d ** 2
    loss.backward()
""",
    "the loop goes on with what the set-up built": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
c = w * 10
for i in range(3):
    d = c - 1
    loss = d ** 2
    loss.backward(retain_graph=True)
""",
    "the loop comes to what the set-up built": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
c = w * 10
for i in range(3):
    a = 2 * w
    d = c - a
    loss = d ** 2
    loss.backward(retain_graph=True)
""",
    "one function before, in and after the loop": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
x = torch.tensor([1.0, 2.0])
def f(p):
    q = p * x
    return q.sum()
loss = f(w)
for i in range(3):
    loss = f(w)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
end = f(w)
end.backward()
print(w.grad)
""",
    "a graph after the loop": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
for i in range(3):
    loss = w ** 2
    loss.backward()
print(loss)
w.grad = None
y = w * 3
z = y + 1
z.backward()
""",
    "lines after the loop that build nothing": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
for i in range(3):
    loss = w ** 2
    loss.backward()
print(loss)
w.grad = None
print(w)
""",
    "a loop of no iterations after a graph": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
y = w * 2
for i in range(0):
    loss = w ** 2
print(y)
""",
    "a loop of no iterations": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
for i in range(0):
    loss = w ** 2
print(w)
""",
    "an iteration that breaks, and what follows": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
for i in range(5):
    loss = w ** 2
    if i == 2:
        break
    loss.backward()
    loss = loss * 2
last = loss + 1
""",
    "an error in the middle of an iteration": """\
import torch
w = torch.tensor(5.0, requires_grad=True)
before = w * 10
for i in range(5):
    loss = w ** 2
    if i == 2:
        y = torch.tensor([1.0, 2.0]) @ torch.tensor([1.0])
    loss.backward()
""",
    "a leaf and data made again under their names": """\
import torch
loss = torch.tensor(1.0)
for i in range(2):
    loss = torch.tensor(1.0)
    for k in [2.0, 3.0]:
        w = torch.tensor(k, requires_grad=True)
        t = torch.tensor(k + 1)
        loss = loss * w ** 2 * t
    loss.backward()
""",
    "a graph that is kept over iterations": """\
import torch
w = torch.tensor(0.5, requires_grad=True)
h = w * 1
for i in range(3):
    y = w * 2
    z = (h * y)
    z.backward(retain_graph=True)
    h = torch.tanh(h * 0.5)
""",
    "a second backward beside a stored .grad": """\
import torch
w = torch.tensor(0.5, requires_grad=True)
for i in range(3):
    y = w * 2
    y.retain_grad()
    z = y ** 2
    z.backward(retain_graph=True)
    u = w * 3
    u.backward()
""",
    "leaves that only a list holds": """\
import torch
ps = [torch.tensor(0.5, requires_grad=True), torch.tensor(1.5, requires_grad=True)]
for i in range(3):
    z = (ps[0] * ps[1]) ** 2
    z.backward()
    for p in ps:
        with torch.no_grad():
            p -= 0.1 * p.grad
        p.grad = None
""",
    "a graph that grows in an inner loop": """\
import torch
W = torch.tensor([[0.5]], requires_grad=True)
xs = torch.tensor([[1.0], [2.0], [3.0]])
for i in range(3):
    h = torch.zeros(1)
    for x in xs:
        h = torch.tanh(W @ h + x)
    loss = h.sum()
    loss.backward()
    with torch.no_grad():
        W -= 0.1 * W.grad
    W.grad = None
""",
    "no loop": """\
import torch
W = torch.tensor([[0.5]], requires_grad=True)
y = W * 2
y.sum().backward()
W2 = torch.tensor(1.0, requires_grad=True)
z = (W2 * 3)
z.backward()
""",
    "a parameter that stops being a leaf": """\
import torch
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.1], requires_grad=True)
for i in range(3):
    loss = (W * 2 + b).sum()
    loss.backward()
    W = W - 0.1 * b.grad
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_box_has_the_numbers_of_its_own_node_at_every_moment(name: str) -> None:
    run = replay(viz.run(PROGRAMS[name]))
    assert complaints(run) == []
    assert sum(len(run.frames(part)) for part in run.parts()) == len(run.tape)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_every_box_of_the_shipped_programs_has_the_numbers_of_its_own_node(preset: Any) -> None:
    assert complaints(replay(viz.run(preset.source, iterations=3))) == []


def _shown(name: str, iteration: int, statement: int) -> dict[str, tuple[str, str]]:
    """The value and the look of each box by its title, at a moment."""
    run = replay(viz.run(PROGRAMS[name]))
    texts, marks = run.state(iteration, statement)
    boxes = run.boxes(iteration)
    return {title: (texts.get(f"n{node}.v", ""), marks[f"n{node}"]) for node, (title, _) in boxes.items()}


def test_a_line_before_the_loop_fills_the_boxes_of_its_own_graph() -> None:
    # (5 * 10 - 3)^2 = 47^2 = 2209
    assert _shown("a larger graph before the loop", SETUP, 2) == {
        "w": ("5.000", "built"),
        "w * 10": ("50.00", "built now"),
        "w * 10 - 3": ("47.00", "built now"),
        "before": ("2209", "built now"),
    }
    assert _shown("a larger graph before the loop", 0, 0) == {
        "w": ("5.000", "built"),
        "loss": ("25.00", "built now"),
    }


def test_the_box_of_the_loops_first_line_stays_empty_before_the_loop() -> None:
    assert _shown("a graph as large before the loop", SETUP, 2) == {
        "w": ("5.000", "built"),
        "before": ("50.00", "built now"),
    }


def test_a_set_up_that_builds_nothing_shows_the_loops_drawing_and_its_leaves_have_values() -> None:
    assert _shown("lines after the loop that build nothing", SETUP, 1) == {
        "w": ("5.000", "held"),
        "loss": ("", "waiting"),
    }


def test_nodes_of_the_set_up_are_shown_before_the_loop_reaches_them() -> None:
    # c = 5 * 10 was built before the loop; the iteration's first line is a = 2 * w
    assert _shown("the loop comes to what the set-up built", 0, 0)["c"] == ("50.00", "held")
    assert _shown("the loop comes to what the set-up built", 0, 1)["c"] == ("50.00", "built now")


def test_a_leaf_without_its_former_name_keeps_its_own_value() -> None:
    run = replay(viz.run(PROGRAMS["a leaf and data made again under their names"]))
    frames = run.frames(0)
    leaves = [node.id for node in frames[-1].graph.nodes if node.kind == "leaf"]
    end = run.state(0, len(frames) - 1)[0]
    assert [end[f"n{leaf}.v"] for leaf in leaves] == ["2.000", "3.000"]
    # loss = 2^2 * 3 * 3^2 * 4 = 432, so d loss / d w = 2 * 432 / w
    assert [end[f"n{leaf}.g"] for leaf in leaves] == ["432.0", "288.0"]
    first_made = next(at for at, frame in enumerate(frames) if "w" in frame.variables)
    begin = run.state(0, first_made)[0]
    assert [begin.get(f"n{leaf}.v") for leaf in leaves] == ["2.000", None]


def test_lines_after_the_loop_that_build_nothing_leave_the_last_drawing_as_it_was() -> None:
    run = replay(viz.run(PROGRAMS["lines after the loop that build nothing"]))
    assert run.part(run.after)["on"] == 1
    assert _shown("lines after the loop that build nothing", 3, 1) == {
        "w": ("5.000", "built done"),
        "loss": ("25.00", "built done freed"),
    }


def test_a_drawing_refuses_the_frames_of_another_graph() -> None:
    tape = viz.run(PROGRAMS["a graph as large before the loop"])
    boxes = DrawingState(PartDrawing(tape.setup, tape.iteration(0)))
    for frame in tape.setup[:-1]:
        boxes.advance(frame)
    with pytest.raises(OtherGraph, match="Line 3 built MulBackward0, which is not drawn here"):
        boxes.advance(tape.setup[-1])


def test_a_drawing_refuses_different_edges_between_the_same_nodes() -> None:
    frames = viz.run(PROGRAMS["no loop"]).iteration(0)
    graph = frames[-1].graph
    others = replace(frames[-1], graph=Graph(graph.nodes, graph.edges[::-1]))
    boxes = DrawingState(PartDrawing(frames, [*frames[:-1], others]))
    assert [boxes.advance(frame) for frame in frames[:2]]
    with pytest.raises(OtherGraph, match="Line 3 built edges which are not drawn here"):
        boxes.advance(frames[2])


def test_the_set_up_and_the_first_iteration_share_a_drawing_only_if_one_begins_like_the_other() -> None:
    shared = {name: part_drawing(viz.run(source), SETUP).when == "before" for name, source in PROGRAMS.items()}
    assert not shared["a graph as large before the loop"]
    assert not shared["the loop comes to what the set-up built"]
    assert shared["the loop goes on with what the set-up built"]
    assert shared["lines after the loop that build nothing"]


def test_the_ledger_keeps_its_rows_if_a_parameter_stops_being_a_leaf() -> None:
    run = replay(viz.run(PROGRAMS["a parameter that stops being a leaf"]))
    assert run.chunk["head"]["parameters"] == ["W", "b"]
    # d loss / d b = 1 in each of the iterations, and W = 0.5 - 0.1, - 0.2, …
    second = run.part(1)["f"]
    assert second[0]["t"]["l0.value"] == "0.4000"
    assert second[0]["t"]["l1.value"] == "0.1000"
    backward = next(frame["t"] for frame in second if "l1.after" in frame["t"])
    assert (backward["l1.before"], backward["l1.contribution"], backward["l1.after"]) == (
        "1.000",
        "1.000",
        "2.000",
    )
    assert not any(slot.startswith("l0.") for slot in backward)
