"""Writes a part of a run for the stage: frame by frame the texts and marks that change, over one picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from viz.drawing.dot import look
from viz.drawing.engine import LayoutError
from viz.drawing.picture import draw
from viz.frames.graph import Graph
from viz.slots import line_slot
from viz.writing.drawing_state import DrawingState, Texts
from viz.writing.ledger import ledger_texts
from viz.writing.line_values import code_text
from viz.writing.node_order import node_order
from viz.writing.node_steps import StepWriter
from viz.writing.nonfinite import first_nonfinite
from viz.writing.part_drawing import PartDrawing
from viz.writing.picture_json import picture_json
from viz.writing.sentences import sentence


@dataclass(frozen=True, slots=True)
class Part:
    """The set-up, an iteration or what follows the loop, written: the number of its picture (None where there is
    none, and then `problem` may say why), its frames, and the numbers of the marks that they use.

    `goes_on`: the picture goes on showing what the part before left.
    """

    picture: int | None
    problem: str | None
    frames: list[dict[str, Any]]
    marks: frozenset[int]
    goes_on: bool

    def to_json(self) -> dict[str, Any]:
        """It as the stage gets it, without the marks."""
        more: dict[str, Any] = {"problem": self.problem} if self.problem else {}
        return {"p": self.picture, "f": self.frames} | more | ({"on": 1} if self.goes_on else {})


@dataclass(slots=True)
class _Look:
    """What graphs that look alike share: their steps, and the number of their picture once it is drawn."""

    steps: StepWriter
    picture: int | None = None


class PartWriter:
    """Writes the parts of one tape. Parts that look alike share their picture and their marks, by number.

    A number follows from what it stands for: whoever writes the same run again, in another order or on another
    server, gives the same numbers, and a stage can go on with them.
    """

    def __init__(self) -> None:
        #: How many letters the pictures and the marks take.
        self.characters = 0
        self._pictures: dict[int, dict[str, Any]] = {}
        self._looks: dict[Hashable, _Look] = {}
        self._marks: dict[int, dict[str, Any]] = {}
        self._mark_index: dict[tuple[str, str], int] = {}

    def write(
        self, drawn: PartDrawing, rows: Mapping[str, int], pause: Callable[[], None], begin: Texts | None = None
    ) -> Part:
        """Write a part with its drawing; the ledger has `rows`, and `begin` has the texts before the first frame.

        `pause` is called after each frame and may wait; another thread may write here meanwhile.
        """
        written: list[dict[str, Any]] = []
        frames, boxes = drawn.frames, DrawingState(drawn)
        beside: Texts = {}
        meanings: Texts = {}
        fresh = dict(begin or {})
        known = self._look(drawn.graph)
        for position, frame in enumerate(frames):
            text, meaning = code_text(frame)
            fresh |= ledger_texts(frame, rows) | {line_slot(frame.line): text}
            texts, marks = boxes.advance(frame)
            order = node_order(frame, frames[position - 1].graph if position else Graph())
            one: dict[str, Any] = {"l": frame.line, "s": sentence(frame)}
            one["t"] = _put(beside, fresh) | texts
            changed = _put(meanings, {line_slot(frame.line): meaning}) | marks
            one["m"] = self._number(changed, order, known.steps.write(frame, order) if order else "{}")
            fresh = {}
            if frame.error is not None:
                one["e"] = 1
            warning = first_nonfinite(frame, frames[position - 1] if position else None)
            if warning:
                one["w"] = warning
            written.append(one)
            pause()
        used = frozenset([one["m"] for one in written])
        return Part(*self._picture(drawn.graph, known), frames=written, marks=used, goes_on=drawn.when == "after")

    def pictures(self, numbers: Iterable[int]) -> dict[str, Any]:
        """The pictures with these numbers: number -> picture, as in `picture_json`."""
        return {str(number): self._pictures[number] for number in sorted(numbers)}

    def marks(self, numbers: Iterable[int]) -> dict[str, dict[str, Any]]:
        """The changes of marks with these numbers, and the steps of the statements that make them."""
        return {str(number): self._marks[number] for number in sorted(numbers)}

    def _look(self, whole: Graph) -> _Look:
        """What is written once for all graphs that look like this one."""
        seen = look(whole)
        known = self._looks.get(seen)
        if known is None:
            known = self._looks[seen] = _Look(StepWriter(whole))
        return known

    def _picture(self, whole: Graph, known: _Look) -> tuple[int | None, str | None]:
        """The number of the picture of `whole`; or None, and why it cannot be drawn."""
        if not whole.nodes:
            return None, None
        if known.picture is None:
            try:
                known.picture = self._drawn(picture_json(draw(whole)))
            except LayoutError as error:
                return None, str(error)
        return known.picture, None

    def _drawn(self, picture: dict[str, Any]) -> int:
        """The number of a picture, which is kept."""
        text = json.dumps(picture, ensure_ascii=False)
        number = _number_of(text)
        if number not in self._pictures:
            self._pictures[number] = picture
            self.characters += len(text)
        return number

    def _number(self, changes: Texts, order: list[list[int]], steps: str) -> int:
        """The number of a change of marks: iterations that do the same change the same marks, sent once."""
        entry = json.dumps([changes, order]), steps
        if entry not in self._mark_index:
            self._mark_index[entry] = _number_of("".join(entry))
            self._marks[self._mark_index[entry]] = {"to": changes, "order": order} | json.loads(steps)
            self.characters += 2 * (len(entry[0]) + len(steps))  # as it is looked up, and as it is sent
        return self._mark_index[entry]


def _number_of(text: str) -> int:
    """A number of 40 bits, which a tape's few thousand texts share by chance in one of 100,000 runs at most."""
    return int.from_bytes(blake2b(text.encode(), digest_size=5).digest())


def _put(there: Texts, new: Texts) -> Texts:
    """Put texts into slots; those that are others now."""
    changed = {key: text for key, text in new.items() if there.get(key, "") != text}
    there |= new
    return changed
