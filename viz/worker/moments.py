"""The moment of a run that a job asks about: its iteration, its statement, and the part of the run around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from viz.worker.jobs import BAD_REQUEST, NOT_FOUND, Job, Result
from viz.worker.run_cache import RunCache
from viz.writing.part_drawing import PartDrawing, part_drawing

if TYPE_CHECKING:
    from viz.worker.run_view import RunView

_NUMBER = re.compile("-1|[0-9]{1,9}")
#: Seconds that a job may wait for iterations that are not recorded yet.
_PATIENCE = 1.0


def is_recorded(runs: RunCache, job: Job) -> bool:
    """Return whether a job about a moment needs nothing to be recorded."""
    text, run = job.parameters.get("iteration", ""), runs.get(job.run_id)
    if run is None or not _NUMBER.fullmatch(text):
        return job.source is None  # with a source, the run is made first
    # The set-up is drawn with iteration 0, if there is one.
    iteration = max(int(text), 0)
    return run.tape.complete or iteration < run.tape.recorded or run.glimpsed(int(text)) is not None


def moment(runs: RunCache, job: Job, names: Sequence[str]) -> tuple[RunView, tuple[int, ...]] | Result:
    """Return the run of a job and its numbers by these names, the iteration first; or why that is not possible.

    The iteration is recorded then, unless that takes too long.
    """
    texts = [job.parameters.get(name, "") for name in names]
    if not all(_NUMBER.fullmatch(text) for text in texts):
        return BAD_REQUEST
    run = runs.get(job.run_id)
    if run is None:
        return NOT_FOUND
    numbers = tuple(int(text) for text in texts)
    if run.glimpsed(numbers[0]) is None:
        run.record(max(numbers[0], 0) + 1, seconds=_PATIENCE)
    return run, numbers


def part_of(run: RunView, iteration: int) -> PartDrawing:
    """Return the part of a run with this iteration, and its drawing.

    Raises LookupError if there is no such part, or if it is not recorded yet.
    """
    tape, glimpsed = run.tape, run.glimpsed(iteration)
    if glimpsed is not None:
        return PartDrawing(glimpsed, glimpsed)
    if iteration > min(len(tape), tape.recorded):
        raise LookupError
    return part_drawing(tape, iteration)
