"""Jobs of a stage that plays a run: more of its tape."""

from __future__ import annotations

import re

from viz.limits import ITERATIONS
from viz.worker.jobs import BAD_REQUEST, NOT_FOUND, Job, Result, encoded_result
from viz.worker.run_cache import RunCache

_NUMBER = re.compile("[0-9]{1,9}")
_NAMES = ("from", "to", "drawn", "alone", "till", "urgent", "path", "skip")


def chunk(runs: RunCache, job: Job) -> Result:
    """Return iterations `from` to `to`, without what the stage has already.

    It has the series of the first `drawn` iterations, and the iterations from `alone` to `till`. `urgent` is given
    if someone waits for the chunk, `path` if only what is missing of the series is asked for. `skip` is the first
    iteration that is needed of those that are not recorded.
    """
    texts = {name: job.parameters[name] for name in _NAMES if name in job.parameters}
    if not all(_NUMBER.fullmatch(text) for text in texts.values()) or not {"from", "to"} <= texts.keys():
        return BAD_REQUEST
    numbers = {name: int(text) for name, text in texts.items()}
    run = runs.get(job.run_id)
    if run is None:
        return NOT_FOUND
    if "path" in numbers:
        return encoded_result(run.path(numbers["from"], numbers.get("drawn", 0)))
    background = "urgent" not in numbers
    skip = min(numbers.get("skip", 0), ITERATIONS)
    if 0 < numbers["from"] < skip:
        return encoded_result(run.skip(numbers["from"], skip, numbers.get("drawn", 0), background))
    alone = range(numbers.get("alone", 0), min(numbers.get("till", 0), ITERATIONS))
    return encoded_result(run.chunk(numbers["from"], numbers["to"], numbers.get("drawn"), alone, background))
