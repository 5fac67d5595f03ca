"""A run as the stage plays it, for the views that read what the stage shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.audit.run import Run
from tests.writing.replay import Replay, merged
from viz.drawing.charts import charts, series
from viz.language import surface
from viz.writing.stage_json import StageWriter


class _NotJSON(ValueError):
    """NaN or an infinity, which JSON does not have."""


def played(run: Run) -> Replay:
    """The run as the stage plays its chunks; raises what their writer raises."""
    known: Replay | None = run.memo.get("played")
    if known is None:
        known = run.memo["played"] = Replay(run.tape, merged([_read(one) for one in _every_chunk(run)]))
    return known


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


def _read(content: bytes) -> dict[str, Any]:
    """A chunk as a browser parses it."""
    chunk: dict[str, Any] = json.loads(content, parse_constant=_refuse)
    return chunk


def _refuse(token: str) -> Any:
    raise _NotJSON(f"{token} in a chunk")
