"""Jobs about a large graph: the drawing of an iteration with some of its folded boxes open."""

from __future__ import annotations

import re

from viz import limits
from viz.worker.jobs import BAD_REQUEST, NOT_FOUND, Job, Result, encoded_result, json_result
from viz.worker.moments import moment, part_of
from viz.worker.run_cache import RunCache

#: The ids of the Nodes whose boxes are open: "4.17.120".
_OPEN = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5})*")


def draw_opened(runs: RunCache, job: Job) -> Result:
    """Draw an iteration's graph with the boxes of the Nodes `open` not folded.

    The JSON has `picture`, as in `picture_json`; or `problem`, a sentence, if the graph cannot be laid out.
    """
    from viz.drawing.dot import draw_levels
    from viz.drawing.engine import LayoutError
    from viz.writing.picture_json import picture_json

    text = job.parameters.get("open", "")
    if not _OPEN.fullmatch(text) or text.count(".") >= limits.NODES:
        return BAD_REQUEST
    asked = moment(runs, job, ("iteration",))
    if isinstance(asked, Result):
        return asked
    run, (iteration,) = asked
    try:
        whole = part_of(run, iteration).graph
    except LookupError:
        return NOT_FOUND
    try:
        picture = picture_json(whole, draw_levels(whole, frozenset(int(node) for node in text.split("."))))
    except LayoutError as error:
        return json_result({"problem": str(error)})
    return encoded_result(f'{{"picture":{picture}}}'.encode())
