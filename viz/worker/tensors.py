"""Jobs about the picture of a tensor: which element each of its cells shows."""

from __future__ import annotations

import re

from viz.explaining.shown_tensor import shown_cells
from viz.worker.jobs import BAD_REQUEST, NOT_FOUND, Job, Result, json_result
from viz.worker.moments import moment, part_of
from viz.worker.run_cache import RunCache

#: The slots that may show a picture: those of boxes, and the cells of the ledger.
_SLOT = re.compile(r"n[0-9]{1,5}\.[vg]|l[0-9]{1,5}\.[a-z]{1,12}")


def cells(runs: RunCache, job: Job) -> Result:
    """Return what each cell of a slot's picture shows after a statement, as `cells` in JSON: see `shown_cells`.

    The slot is one of a box or of the ledger.
    """
    slot = job.parameters.get("slot", "")
    if not _SLOT.fullmatch(slot):
        return BAD_REQUEST
    asked = moment(runs, job, ("iteration", "statement"))
    if isinstance(asked, Result):
        return asked
    run, (iteration, statement) = asked
    try:
        return json_result({"cells": shown_cells(run.tape, part_of(run, iteration), statement, slot)})
    except LookupError:
        return NOT_FOUND
