"""The chunks for the stage: they are JSON that a browser can read, and their boxes show the right frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.audit.complaint import Complaint
from tests.audit.run import Run
from tests.writing.replay import Replay, merged, wrong_boxes
from viz.drawing.charts import charts, series
from viz.language import surface
from viz.slots import line_slot
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence
from viz.writing.stage_json import StageWriter

VIEW = "chunk"


class _NotJSON(ValueError):
    """NaN or an infinity, which JSON does not have."""


def chunks(run: Run) -> Iterator[Complaint]:
    """Check the chunks, one after the other, and what they show at every moment."""
    try:
        played = Replay(run.tape, merged([_read(one) for one in _every_chunk(run)]))
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        yield run.complain(VIEW, None, f"raises {type(error).__name__}: {error}")
        return
    for problem in sorted(played.problems()):
        yield run.complain(VIEW, None, f"a picture is missing: {problem}")
    told: set[str] = set()
    for number in played.parts():
        for complaint in (*_words(run, played, number), *_boxes(run, played, number)):
            if complaint.what not in told:
                told.add(complaint.what)
                yield complaint


def _every_chunk(run: Run) -> Iterator[bytes]:
    """The first chunk and all that follow, up to the end of the run."""
    tape = run.tape
    writer = StageWriter(
        tape, "audit", series(tape), lambda taped: charts(taped, lambda *of: surface(tape.program, *of))
    )
    start, until = -1, 0
    while until > start:
        start = until
        content, until = writer.chunk(start, tape.recorded + 1)
        yield content


def _words(run: Run, played: Replay, number: int) -> Iterator[Complaint]:
    frames, written = played.frames(number), played.part(number)["f"]
    if len(frames) != len(written):
        yield run.complain(VIEW, frames[0], "the number of its statements", len(frames), len(written))
    beside: dict[str, str] = {}
    for frame, one in zip(frames, written, strict=False):
        beside |= one["t"]
        wanted = (frame.line, sentence(frame), code_text(frame)[0])
        got = (one["l"], one["s"], beside.get(line_slot(frame.line), ""))
        if got != wanted:
            yield run.complain(VIEW, frame, "its words", wanted, got)


def _boxes(run: Run, played: Replay, number: int) -> Iterator[Complaint]:
    for frame, what, wanted, got in wrong_boxes(played, number):
        yield run.complain(VIEW, frame, what, wanted, got)


def _read(content: bytes) -> dict[str, Any]:
    """A chunk as a browser parses it."""
    chunk: dict[str, Any] = json.loads(content, parse_constant=_refuse)
    return chunk


def _refuse(token: str) -> Any:
    raise _NotJSON(f"{token} in a chunk")
