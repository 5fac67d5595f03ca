"""Jobs that check the gradients of a moment against central differences."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from viz.frames.graph import Node
from viz.worker.jobs import NOT_FOUND, Job, Result, json_result
from viz.worker.moments import moment, part_of
from viz.worker.run_cache import RunCache

#: Seconds that checking all the gradients of a moment may take; the rest stay unchecked.
SECONDS = 2.0

_CANNOT_RUN_AGAIN = (
    "Python itself runs this file from its start to its end. The check would have to run single lines of it with "
    "other numbers."
)


def check_gradients(runs: RunCache, job: Job) -> Result:
    """Check every gradient of a moment, and return the findings in JSON.

    `verdict` says in a few words how many agree, `details` in a sentence, and `agrees` is true if all agree, false
    if one does not, and null otherwise. `nodes` has `{agrees, text}` for each node. If no gradient can be checked,
    there is only `problem`, a sentence that says why.
    """
    from viz.explaining.check import CannotCheck, Checks
    from viz.explaining.verdict import Verdict

    asked = moment(runs, job, ("iteration", "statement"))
    if isinstance(asked, Result):
        return asked
    run, (iteration, statement) = asked
    try:
        drawn = part_of(run, iteration)
    except LookupError:
        return NOT_FOUND
    if not 0 <= statement < len(drawn.frames):
        return NOT_FOUND
    if run.program is None:
        return json_result({"problem": _CANNOT_RUN_AGAIN})
    frames = drawn.until(statement)  # the tape may not have them yet
    frame = frames[-1]
    try:
        checks = Checks(run.program, frames, frame)
    except CannotCheck as problem:
        return json_result({"problem": str(problem)})
    shown = [node for node in frame.graph.nodes if any(one is not None for one in node.received)]
    results = dict(_checked(checks, shown))
    verdict = Verdict([result["agrees"] for result in results.values()])
    said = {"verdict": verdict.brief, "details": verdict.details, "agrees": verdict.agrees}
    return json_result(said | {"nodes": results})


def _checked(checks: Any, nodes: list[Node]) -> Iterator[tuple[str, dict[str, Any]]]:
    deadline = time.monotonic() + SECONDS
    for node in nodes:
        if time.monotonic() > deadline:
            yield str(node.id), {"agrees": None, "text": "There was no time left to check this one."}
            continue
        check = checks.of(node.id)
        yield str(node.id), {"agrees": check.agrees, "text": check.text}
