"""The texts and marks of the boxes follow the frames; the work for a frame depends on what it changed."""

from __future__ import annotations

import viz
from tests.counting import calls
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.writing.drawing_state import DrawingState, Texts, graph_texts
from viz.writing.part_drawing import PartDrawing

LOOP = """
import torch
w = torch.tensor([0.9], requires_grad=True)
for iteration in range(2):
    h = torch.tensor([1.0])
    for i in range({passes}):
        a = h * w
        h = a + 2.0
    h.backward()
    w.grad = None
"""


def frames_of(passes: int) -> tuple[Frame, ...]:
    return viz.run(LOOP.format(passes=passes), 2).iteration(1)


def shown(frames: tuple[Frame, ...]) -> list[tuple[Texts, Texts]]:
    """The texts and the marks at each frame, as the stage has them."""
    boxes, texts, marks = DrawingState(PartDrawing(frames, frames)), Texts(), Texts()
    moments = []
    for frame in frames:
        new_texts, new_marks = boxes.advance(frame)
        texts, marks = texts | new_texts, marks | new_marks
        moments.append(({slot: text for slot, text in texts.items() if text}, marks))
    return moments


def test_only_nodes_of_a_statement_are_marked_as_at_work_and_not_those_of_earlier_passes() -> None:
    frames = frames_of(3)
    known = 0
    for frame, (_, marks) in zip(frames, shown(frames), strict=True):
        visited = frame.event.order if isinstance(frame.event, Backward) else ()
        built = [node.id for node in frame.graph.nodes[known:] if node.kind == "operation"]
        at_work = {mark for mark, words in marks.items() if mark[0] == "n" and "now" in words.split()}
        assert at_work == {f"n{node}" for node in visited or built}, frame.line
        known = len(frame.graph.nodes)


def test_texts_updated_from_frame_to_frame_equal_those_of_each_frame_alone() -> None:
    frames = frames_of(4)
    for statement, (texts, _) in enumerate(shown(frames)):
        assert texts == graph_texts(PartDrawing(frames, frames), statement)


def work(passes: int) -> int:
    frames = frames_of(passes)
    return calls(lambda: shown(frames))


def test_writing_is_linear_in_the_statements_of_an_iteration() -> None:
    assert work(80) < 2.2 * work(40)
