"""Jobs about a source: whether it parses, and the first chunk that the stage is sent of its run."""

from __future__ import annotations

from dataclasses import asdict

from viz.catalog import DEFAULT_PROGRAM
from viz.frames.plain import Problem
from viz.worker.jobs import BAD_REQUEST, Job, Result, encoded_result, json_result
from viz.worker.run_cache import RunCache

_NO_STATEMENT = Problem(
    "There is no statement to step through; write one, such as `import torch`.", 1, 0, "Refused"
)


def parse_source(runs: RunCache, job: Job) -> Result:
    """Return why the `text` is not a program of the language, as a list of the fields of Problems; null if it is
    one."""
    # The language imports torch, which takes seconds.
    from viz.language import Refused, parse

    text = job.parameters["text"]
    try:
        with runs.scheduler.turn_to_parse(text):
            program = parse(text)
    except Refused as refusal:
        return json_result([asdict(one) for one in refusal.problems])
    return json_result(None if program.body else [asdict(_NO_STATEMENT)])


def opening(runs: RunCache, job: Job) -> Result:
    """Return the first chunk of a source's run: see `RunView.opening` for `at`, `until` and `address`."""
    if job.source is None:
        return BAD_REQUEST
    asked = job.parameters
    run = runs.open(job.source, job.run_id)
    return encoded_result(run.opening(int(asked["at"]), int(asked["until"]), asked["address"]))


def open_default(runs: RunCache) -> None:
    """Record and write the program that the page opens with: imports torch and plotly, and runs Graphviz once."""
    runs.open(DEFAULT_PROGRAM.read_text()).opening(0, 1)
