"""Writes a part of a run for the stage: frame by frame the texts and marks that change, over one picture."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from viz.drawing.dot import Drawing, Level, draw_levels, look
from viz.drawing.engine import LayoutError
from viz.drawing.tensor_picture import Album
from viz.frames.frame import Call
from viz.frames.graph import Graph
from viz.slots import line_slot
from viz.writing.drawing_state import DrawingState, Texts
from viz.writing.json_text import json_object, json_of
from viz.writing.ledger import Cells, ledger_cells
from viz.writing.line_values import code_text
from viz.writing.node_order import node_order
from viz.writing.node_steps import StepWriter
from viz.writing.nonfinite import first_nonfinite
from viz.writing.numbers import in_ascii
from viz.writing.outer_lines import Beside
from viz.writing.part_drawing import PartDrawing
from viz.writing.picture_json import picture_json
from viz.writing.sentences import sentence
from viz.writing.tracebacks import traceback_json

#: Bytes of a look for each of its Nodes, as measured (2,200 to 3,700): its key, its boxes and its steps.
_LOOK_BYTES = 2_800
_NOTHING: Mapping[str, Any] = {}
#: What is beside a line that the set-up has run, too: no text is like this.
_OTHER = "\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A written part of a run: the set-up, an iteration, or what follows the loop.

    `picture` is the number of its picture; if it has none, `problem` may say why. `marks` are the numbers of the
    changes of marks that its frames use. If `goes_on`, the picture still shows the state after the part before.
    """

    picture: int | None
    problem: str | None
    frames: list[dict[str, Any]]
    marks: frozenset[int]
    goes_on: bool

    def to_json(self) -> dict[str, Any]:
        """The part as the stage receives it, without the marks."""
        more: dict[str, Any] = {"problem": self.problem} if self.problem else {}
        return {"p": self.picture, "f": self.frames} | more | ({"on": 1} if self.goes_on else {})


@dataclass(slots=True)
class _Look:
    """Graphs that look alike share drawings and steps, and the number of their picture once it is laid out."""

    drawings: dict[Level, Drawing]
    steps: StepWriter
    picture: int | None = None


class PartWriter:
    """Writes the parts of one tape. Parts that look alike share their picture and their marks, by number.

    A number is a hash of what it identifies. So a second writer of the same run, even in another order or on
    another server, assigns the same numbers, and a stage can keep using what it has.
    """

    def __init__(self) -> None:
        #: How many characters the pictures and the marks take; a look counts as _LOOK_BYTES for each Node.
        self.characters = 0
        self._pictures: dict[int, str] = {}
        self._looks: dict[Hashable, _Look] = {}
        self._marks: dict[int, str] = {}
        self._sets: dict[frozenset[int], frozenset[int]] = {}  # most parts use the same marks
        #: Changes and steps -> their number; names and words of marks contain no comma and no equals sign.
        self._mark_index: dict[tuple[str, str], int] = {}

    def write(
        self,
        drawn: PartDrawing,
        rows: Mapping[str, int],
        pause: Callable[[], None],
        begin: Cells | Mapping[str, Any] = _NOTHING,
        outer: Mapping[str, Beside] = _NOTHING,
    ) -> Part:
        """Write a part with its drawing; the ledger has `rows`, and `begin` has its cells before the first frame.

        `outer` is what is beside lines of the code then, and their meanings.
        `pause` is called after each frame and may wait; another thread may write here meanwhile.
        """
        written: list[dict[str, Any]] = []
        frames, boxes = drawn.frames, DrawingState(drawn)
        beside: Texts = dict.fromkeys(outer, _OTHER)
        meanings: Texts = {}
        cells, album = dict(begin), Album(in_ascii)
        fresh = {slot: text for slot, (text, _) in outer.items()}
        meant = {slot: meaning for slot, (_, meaning) in outer.items()}
        known = self._look(drawn.graph)
        for position, frame in enumerate(frames):
            text, meaning = code_text(frame)
            cells |= ledger_cells(frame, rows)
            fresh |= {slot: text for slot, (text, _) in cells.items()} | {line_slot(frame.line): text}
            texts, marks = boxes.advance(frame)
            tensors = album.take({slot: value for slot, (_, value) in cells.items()} | boxes.changed)
            order = node_order(frame, frames[position - 1].graph if position else Graph())
            one: dict[str, Any] = {"l": frame.line, "s": sentence(frame)}
            one["t"] = _put(beside, fresh) | texts
            changed = _put(meanings, meant | {line_slot(frame.line): meaning}) | marks
            one["m"] = self._number(changed, known.steps.write(frame, order))
            if tensors:
                one["i"] = tensors
            fresh, meant, cells = {}, {}, {}
            if frame.address != (frames[position - 1].address if position else ()):
                one["a"] = [f"{loop.name} {loop.number}" for loop in frame.address]
            if frame.calls != (frames[position - 1].calls if position else ()):
                one["c"] = [[call.number, shown_name(call)] for call in frame.calls]
            if frame.printed:
                one["o"] = frame.printed
            if frame.error is not None:
                one["e"] = 1
                if calls := traceback_json(frame.error):
                    one["b"] = calls
            warning = first_nonfinite(frame, frames[position - 1] if position else None)
            if warning:
                one["w"] = warning
            written.append(one)
            pause()
        numbers = frozenset([one["m"] for one in written])
        used = self._sets.setdefault(numbers, numbers)
        return Part(*self._picture(drawn.graph, known), frames=written, marks=used, goes_on=drawn.when == "after")

    def pictures(self, numbers: Iterable[int]) -> str:
        """The pictures with these numbers as JSON: number -> picture, as in `picture_json`."""
        return json_object({str(number): self._pictures[number] for number in sorted(numbers)})

    def marks(self, numbers: Iterable[int]) -> str:
        """The changes of marks with these numbers, and the steps of the statements that make them, as JSON."""
        return json_object({str(number): self._marks[number] for number in sorted(numbers)})

    def _look(self, whole: Graph) -> _Look:
        """The steps and the picture that all graphs that look like this one share."""
        seen = look(whole)
        known = self._looks.get(seen)
        if known is None:
            drawings = draw_levels(whole)
            known = self._looks[seen] = _Look(drawings, StepWriter(whole, drawings))
            self.characters += _LOOK_BYTES * len(whole.nodes)
        return known

    def _picture(self, whole: Graph, known: _Look) -> tuple[int | None, str | None]:
        """The number of the picture of `whole`; or None, and why it cannot be drawn."""
        if not whole.nodes:
            return None, None
        if known.picture is None:
            try:
                known.picture = self._drawn(picture_json(whole, known.drawings))
            except LayoutError as error:
                return None, str(error)
        return known.picture, None

    def _drawn(self, picture: str) -> int:
        """Store a picture and return its number."""
        number = _number_of(picture)
        if number not in self._pictures:
            self._pictures[number] = picture
            self.characters += len(picture)
        return number

    def _number(self, changes: Texts, steps: str) -> int:
        """Store a change of marks and return its number; equal changes share one, so each is sent once."""
        entry = ",".join(map("=".join, changes.items())), steps  # made in a third of the time that JSON takes
        if entry not in self._mark_index:
            text = f'{{"to":{json_of(changes)},{steps}}}'
            self._mark_index[entry] = _number_of(text)
            self._marks[self._mark_index[entry]] = text
            self.characters += len(entry[0]) + len(text)
        return self._mark_index[entry]


def shown_name(call: Call) -> str:
    """What the page calls a call: its `__qualname__` without the functions around its definition."""
    return call.name.rpartition("<locals>.")[2]


def _number_of(text: str) -> int:
    """A hash of 40 bits: among a tape's few thousand texts, two collide in at most one of 100,000 runs."""
    return int.from_bytes(blake2b(text.encode(), digest_size=5).digest())


def _put(there: Texts, new: Texts) -> Texts:
    """Put texts into slots; return those that changed."""
    changed = {key: text for key, text in new.items() if there.get(key, "") != text}
    there |= new
    return changed
