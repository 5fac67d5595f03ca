"""The chunks for the stage: JSON that a browser reads, and boxes that show the frame that they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.audit.boxes import marks_of, texts_of
from tests.audit.complaint import Complaint
from tests.audit.run import Run, stopped_in_loop
from viz.drawing.charts import charts, series
from viz.drawing.dot import look
from viz.drawing.picture import draw
from viz.frames import Frame, Graph
from viz.language import surface
from viz.writing.beside import code_text
from viz.writing.sentences import sentence
from viz.writing.stage_json import StageWriter

VIEW = "chunk"


class _NotJSON(ValueError):
    """NaN or an infinity, which JSON does not have."""


def chunks(run: Run) -> Iterator[Complaint]:
    """The chunks, one after the other, and what they show at every moment."""
    try:
        played = Played(run)
    except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
        yield run.complain(VIEW, None, f"raises {type(error).__name__}: {error}")
        return
    if played.head["problem"]:
        yield run.complain(VIEW, None, f"a picture is missing: {played.head['problem']}")
    told: set[str] = set()
    for part in played.parts():
        for complaint in part:
            if complaint.what not in told:
                told.add(complaint.what)
                yield complaint


class Played:
    """All chunks of a run put together, as the stage does it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        tape = run.tape
        writer = StageWriter(
            tape, "audit", series(tape), lambda taped: charts(taped, lambda *of: surface(tape.program, *of))
        )
        self.head: dict[str, Any] = {}
        self.pictures: dict[str, Any] = {}
        self._marks: dict[str, Any] = {}
        self._iterations: list[dict[str, Any]] = []
        self._after: dict[str, Any] | None = None
        self._drawn: dict[Any, str] = {}
        stop, complete = 0, False
        while not complete:
            content, until = writer.chunk(stop, tape.recorded + 1)
            chunk = _read(content)
            self.head = self.head or chunk["head"]
            self.pictures |= chunk["pictures"]
            self._marks |= chunk["marks"]
            self._iterations += chunk["iterations"]
            self._after = chunk.get("after", self._after)
            complete = chunk["complete"] or until == stop
            stop = until

    def parts(self) -> Iterator[Iterator[Complaint]]:
        """What is wrong with the set-up, each iteration, and what follows."""
        tape = self.run.tape
        numbers = range(tape.recorded + (1 if stopped_in_loop(tape) else 0))
        iterations = [tape.iteration(number) for number in numbers]
        if tape.setup:
            yield self._part(tape.setup, self.head["setup"], iterations[0] if iterations else ())
        for frames, written in zip(iterations, self._iterations, strict=True):
            yield self._part(frames, written, ())
        if tape.after and self._after is not None:
            last = iterations[-1] if iterations else ()
            picture = self._after.get("p", self._iterations[-1]["p"] if self._iterations else None)
            yield self._part(tape.after, {**self._after, "p": picture}, last)

    def _part(
        self, frames: Sequence[Frame], written: dict[str, Any], beside: Sequence[Frame]
    ) -> Iterator[Complaint]:
        """A part, drawn over its own graph, or over that of the iteration beside it."""
        run = self.run
        if len(frames) != len(written["f"]):
            yield run.complain(VIEW, frames[0], "the number of its statements", len(frames), len(written["f"]))
            return
        yield from self._words(frames, written["f"])
        shown = None if written["p"] is None else self.pictures[str(written["p"])]["autograd"]["LR"]
        own = frames[-1].graph
        graphs = [(own, True)] + ([(beside[-1].graph, False)] if beside else [])
        found = next(((graph, mine) for graph, mine in graphs if self._picture(graph) == shown), None)
        if found is None:
            if shown is not None or not self.head["problem"]:
                yield run.complain(VIEW, frames[-1], "its picture is of another graph")
            return
        yield from self._boxes(frames, written["f"], *found)

    def _words(self, frames: Sequence[Frame], written: Sequence[dict[str, Any]]) -> Iterator[Complaint]:
        for frame, one in zip(frames, written, strict=True):
            wanted = (frame.line, sentence(frame), code_text(frame)[0])
            beside = one["t"].get(f"c{frame.line}", wanted[2])
            if (one["l"], one["s"], beside) != wanted:
                yield self.run.complain(VIEW, frame, "its words", wanted, (one["l"], one["s"], beside))

    def _boxes(
        self, frames: Sequence[Frame], written: Sequence[dict[str, Any]], whole: Graph, mine: bool
    ) -> Iterator[Complaint]:
        texts: dict[str, str] = {}
        marks: dict[str, str] = {}
        before: Frame | None = None
        for frame, one in zip(frames, written, strict=True):
            texts |= one["t"]
            marks |= self._marks[str(one["m"])]["to"]
            for slot, wanted in texts_of(frame, whole, mine):
                if texts.get(slot, "") not in wanted:
                    got = texts.get(slot, "") or "nothing"
                    yield self.run.complain(
                        VIEW, frame, f"{slot} {_of(whole, slot)}", " or ".join(wanted) or "nothing", got
                    )
            for mark, words in marks_of(frame, before, whole, mine):
                if marks.get(mark, "waiting") not in words:
                    what = f"{mark} {_of(whole, mark)} looks otherwise"
                    yield self.run.complain(VIEW, frame, what, " or ".join(words), marks.get(mark))
            before = frame

    def _picture(self, graph: Graph) -> str | None:
        """A graph drawn; None where there is none."""
        if not graph.nodes:
            return None
        key = look(graph)
        if key not in self._drawn:
            self._drawn[key] = draw(graph).svg["autograd"]["LR"]
        return self._drawn[key]


def _of(whole: Graph, slot: str) -> str:
    """The box of a slot, in words."""
    number = slot[1:].split(".", maxsplit=1)[0]
    node = whole.nodes[int(number)]
    return f"({node.variable or (node.expression.text if node.expression else '')}, {node.name or 'data'})"


def _read(content: bytes) -> dict[str, Any]:
    """A chunk as the browser reads it."""
    chunk: dict[str, Any] = json.loads(content, parse_constant=_refuse)
    return chunk


def _refuse(token: str) -> Any:
    raise _NotJSON(f"{token} in a chunk")
