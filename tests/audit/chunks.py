"""The chunks for the stage: JSON that a browser reads, and boxes that show the frame that they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.audit.complaint import Complaint
from tests.audit.run import Run
from viz.drawing.charts import charts, series
from viz.language import surface
from viz.writing.stage_json import StageWriter

VIEW = "chunk"


class _NotJSON(ValueError):
    """NaN or an infinity, which JSON does not have."""


def chunks(run: Run) -> Iterator[Complaint]:
    """The first chunk, and those that follow until nothing is left."""
    try:
        writer = writer_of(run)
        start = 0
        while True:
            content, stop = writer.chunk(start, run.tape.recorded + 1)
            chunk = read(content)
            if start == 0 and chunk["head"]["problem"]:
                yield run.complain(VIEW, None, f"a picture is missing: {chunk['head']['problem']}")
            if stop == start or chunk["complete"]:
                return
            start = stop
    except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
        yield run.complain(VIEW, None, f"raises {type(error).__name__}: {error}")


def writer_of(run: Run) -> StageWriter:
    """What writes a run for the stage, as the page's server makes it."""
    tape = run.tape
    return StageWriter(
        tape, "audit", series(tape), lambda taped: charts(taped, lambda *of: surface(tape.program, *of))
    )


def read(content: bytes) -> dict[str, Any]:
    """A chunk as the browser reads it."""
    chunk: dict[str, Any] = json.loads(content, parse_constant=_refuse)
    return chunk


def _refuse(token: str) -> Any:
    raise _NotJSON(f"{token} in a chunk")
