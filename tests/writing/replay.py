"""Plays the stage's JSON as the stage does, and compares it with the frames at the same moments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import Any

from viz.drawing.dot import draw_boxes, edge_name, title
from viz.frames.events import Backward
from viz.frames.frame import SETUP, Frame, Variable
from viz.frames.graph import Graph, Node
from viz.frames.tape import Taped
from viz.slots import box_mark, gradient_slot, node_of, value_slot
from viz.writing.numbers import brief, first
from viz.writing.stage_json import StageWriter

#: A box of a drawing: its name and its two lines.
_BOX = re.compile(
    r'data-box="([^"]+)".*?viz-title"[^>]*>(.*?)</text>.*?viz-subtitle"[^>]*>(.*?)</text>',
    re.DOTALL,
)


@dataclass
class Replay:
    """A whole run, as the stage has it."""

    tape: Taped
    chunk: dict[str, Any]

    @property
    def after(self) -> int:
        """The number of what follows the loop."""
        return len(self.chunk["iterations"])

    def part(self, iteration: int) -> dict[str, Any]:
        """The set-up, an iteration or what follows the loop, as it was written to JSON."""
        if iteration == SETUP:
            found: dict[str, Any] = self.chunk["head"]["setup"]
        elif iteration == self.after:
            found = self.chunk["after"]
        else:
            found = self.chunk["iterations"][iteration]
        return found

    def frames(self, iteration: int) -> list[Frame]:
        """The frames of the same part."""
        if iteration == SETUP:
            return list(self.tape.setup)
        return list(self.tape.after if iteration == self.after else self.tape.iteration(iteration))

    def parts(self) -> list[int]:
        """The numbers of the parts, the set-up's first."""
        return list(range(SETUP, self.after + (1 if "after" in self.chunk else 0)))

    def states(self, iteration: int) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        """The texts in the drawing's slots and the marks of its boxes and edges, statement by statement."""
        texts: dict[str, str] = {}
        marks: dict[str, str] = {}
        part = self.part(iteration)
        before = self.part(self.after - 1)["f"] if part.get("on") else []
        for place, frame in enumerate([*before, *part["f"]], -len(before)):
            texts |= {slot: text for slot, text in frame["t"].items() if node_of(slot) is not None}
            marks |= {
                mark: words
                for mark, words in self.chunk["marks"][str(frame["m"])]["to"].items()
                if node_of(mark) is not None
            }
            if place >= 0:
                yield {slot: text for slot, text in texts.items() if text}, dict(marks)

    def state(self, iteration: int, statement: int) -> tuple[dict[str, str], dict[str, str]]:
        """The texts and the marks at one statement."""
        return next(islice(self.states(iteration), statement, None))

    def problems(self) -> set[str]:
        """The reasons why pictures are missing."""
        parts = [self.chunk["head"]["setup"], *self.chunk["iterations"], self.chunk.get("after", {})]
        return {part["problem"] for part in parts if "problem" in part}

    def boxes(self, iteration: int) -> dict[int, tuple[str, str]]:
        """The two lines of each box of the drawing that shows a part, by the numbers of the Nodes."""
        number = self.part(iteration)["p"]
        if number is None:
            return {}
        drawing = self.chunk["pictures"][str(number)]["autograd"]
        nodes = {box["id"]: box["node"] for box in drawing["boxes"]}
        return {nodes[box]: (name, kind) for box, name, kind in _BOX.findall(drawing["sheets"]["LR"]["svg"])}


def replay(tape: Taped) -> Replay:
    """Return the whole run as the stage has it."""
    data, _ = StageWriter(tape, "tape").chunk(0, 1_000)
    return Replay(tape, json.loads(data))


def merged(chunks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Merge successive chunks into one."""
    whole = {**chunks[-1], "head": chunks[0]["head"]}
    for kind in ("pictures", "marks"):
        whole[kind] = {number: one for chunk in chunks for number, one in chunk[kind].items()}
    return {**whole, "iterations": [one for chunk in chunks for one in chunk["iterations"]]}


#: A fault at a frame: its subject, what the frame has, and what the drawing shows.
Wrong = tuple[str, object, object]


def complaints(run: Replay) -> list[tuple[int, str, object, object]]:
    """All differences between the drawing and the frames, each with the frame's index."""
    return [
        (frame.index, what, wanted, got)
        for part in run.parts()
        for frame, what, wanted, got in wrong_boxes(run, part)
    ]


def wrong_boxes(run: Replay, iteration: int) -> Iterator[tuple[Frame, str, object, object]]:
    """The differences in one part, each with the frame itself."""
    frames = run.frames(iteration)
    check = _LeftAsItWas(run, iteration) if run.part(iteration).get("on") else _Fills(run, iteration)
    for frame, (texts, marks) in zip(frames, run.states(iteration), strict=True):
        for wrong in check.wrong(frame, texts, marks):
            yield frame, *wrong


class _LeftAsItWas:
    """Checks a part that builds nothing: its drawing is as the previous part left it, with nothing at work."""

    def __init__(self, run: Replay, iteration: int) -> None:
        before = iteration - 1
        self._alike = run.part(iteration)["p"] == run.part(before)["p"]
        *_, (self._texts, marks) = [({}, {}), *run.states(before)]
        self._marks = {
            mark: " ".join(one for one in words.split() if one != "now") for mark, words in marks.items()
        }

    def wrong(self, frame: Frame, texts: dict[str, str], marks: dict[str, str]) -> Iterator[Wrong]:
        """What is not so at a frame."""
        if frame.graph.nodes or not self._alike:
            yield "whose graph is drawn", "that of this part", "that of the previous part"
        if (texts, marks) != (self._texts, self._marks):
            yield "the drawing of the previous part", (self._texts, self._marks), (texts, marks)


class _Fills:
    """Checks a part whose drawing fills as the part runs: it always shows the frame."""

    def __init__(self, run: Replay, iteration: int) -> None:
        self._own = run.frames(iteration)[-1].graph if run.frames(iteration) else Graph()
        self._whole = self._own
        if iteration == SETUP and run.after and run.part(SETUP)["p"] == run.part(0)["p"]:
            self._whole = run.frames(0)[-1].graph
        self._setup = iteration == SETUP
        self._boxes = run.boxes(iteration)
        self._called = {
            box.node: (escape(box.title), box.subtitle) for box in draw_boxes(self._own, "autograd").boxes
        }
        self._known = 0

    def wrong(self, frame: Frame, texts: dict[str, str], marks: dict[str, str]) -> Iterator[Wrong]:
        """What is not so at a frame."""
        held = {one.node: one for one in frame.variables.values() if one.node is not None}
        for node in frame.graph.nodes:
            yield from self._box(node, held.get(node.id), texts)
        for edge in frame.graph.edges:
            sent = frame.graph.nodes[edge.node].sent
            flowed = sent[edge.slot] if edge.gradient and edge.slot < len(sent) else None
            text = texts.pop(edge_name(edge), "")
            if text != ("" if flowed is None else first(flowed)):
                yield f"the gradient along {edge_name(edge)}", flowed, text
        yield from self._not_built(frame, texts)
        yield from self._looks(frame, marks)

    def _box(self, node: Node, held: Variable | None, texts: dict[str, str]) -> Iterator[Wrong]:
        box, called = self._boxes.get(node.id), self._called.get(node.id)
        if box != called:
            yield f"the name in the box of {title(node)}", called, box
        value, gradient = texts.pop(value_slot(node.id), ""), texts.pop(gradient_slot(node.id), "")
        leaf = held if node.kind == "leaf" else None
        expected = brief(leaf.value) if leaf else _value(node)
        if value != expected:
            yield f"the value in the box of {title(node)}", expected, value
        expected = _gradient(node, held, self._own.nodes[node.id].retains)
        if gradient != expected:
            yield f"the gradient in the box of {title(node)}", expected, gradient

    def _not_built(self, frame: Frame, texts: dict[str, str]) -> Iterator[Wrong]:
        """Checks boxes without a Node in the frame: they show only what the name above the box holds now."""
        for slot, text in texts.items():
            number = node_of(slot)
            if number is None or number >= len(self._whole.nodes):
                yield f"{slot}, which no drawing has", "", text
                continue
            node = self._whole.nodes[number]
            variable = frame.variables.get(node.variable or "")
            there = {_value(node)} if node.earlier and not self._setup else set()
            if node.kind != "operation" and variable is not None and variable.node is None:
                there |= {brief(variable.value if slot == value_slot(number) else variable.grad)}
            if text not in there:
                yield f"the box of {title(node)}, which is not built", " or ".join(sorted(there)), text

    def _looks(self, frame: Frame, marks: dict[str, str]) -> Iterator[Wrong]:
        nodes = frame.graph.nodes
        built = {node.id for node in nodes[self._known :] if node.kind == "operation"}
        self._known = len(nodes)
        at_work = set(frame.event.order) if isinstance(frame.event, Backward) else built
        for planned in self._whole.nodes:
            got = marks.get(box_mark(planned.id), "")
            wanted = {"held", "waiting"}
            if planned.id < len(nodes):
                node = nodes[planned.id]
                shared = isinstance(frame.event, Backward) and frame.event.shared and node.id in at_work
                words = {
                    "done": node.order is not None,
                    "freed": node.freed,
                    "keeps": node.retains,
                    "shared": shared and node.kind == "leaf",
                    "now": node.id in at_work,
                }
                wanted = {" ".join(["built", *(word for word, holds in words.items() if holds)])}
            if got not in wanted:
                yield f"the looks of the box of {title(planned)}", " or ".join(sorted(wanted)), got


def _value(node: Node) -> str:
    """The value of a Node as text; a dash if only PyTorch's own code saw it."""
    return "—" if node.value is None else brief(node.value)


def _gradient(node: Node, held: Variable | None, stored: bool) -> str:
    """The gradient of a Node as text; `stored` if its box has a row for the `.grad` of a result."""
    if node.kind == "leaf":
        return brief(held.grad if held else node.grad)
    if node.kind == "data":
        return ""
    if stored:
        grad = held.grad if held else node.grad
        return "" if grad is None else brief(grad)
    arrived = next((part for part in node.received if part is not None), None)
    return "" if node.order is None or not node.received else brief(arrived)
