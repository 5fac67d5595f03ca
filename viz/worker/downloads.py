"""Jobs that make a file of a run: its program, its graph, its numbers, or a page that plays it offline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viz.frames.tape import LetGo
from viz.limits import ITERATIONS
from viz.worker.jobs import BAD_REQUEST, NO_STORE, Job, Result
from viz.worker.run_cache import RunCache

if TYPE_CHECKING:
    # Modules that import torch are imported by the first download, so that the server answers earlier.
    from viz.frames.frame import Frame
    from viz.frames.graph import Node
    from viz.worker.run_view import RunView

#: Seconds that one download may spend on recording.
BUDGET = 20.0
#: Iterations of an offline page, if the request does not say how many.
PAGE = 20

_NUMBER = re.compile("-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class _Extent:
    """The part of a run that is asked for: the first `to` iterations, or a moment (iteration -1 is the set-up)."""

    to: int = PAGE
    iteration: int = 0
    statement: int = 0


@dataclass(frozen=True, slots=True)
class _Format:
    """One kind of file: its name, its media type, the function that makes it, and how far it needs the run."""

    file: str
    media_type: str
    make: Callable[[RunView, _Extent], str]
    needed_iterations: Callable[[_Extent], int]


def download(runs: RunCache, job: Job) -> Result:
    """Return a file: `kind` is a key of FORMATS, and the other parameters say which part of the run."""
    of_file = FORMATS.get(job.parameters.get("kind", ""))
    if of_file is None:
        return Result(b"There is no such file.", 404)
    extent = _extent(job)
    if extent is None:
        return BAD_REQUEST
    run = runs.get(job.run_id)
    if run is None:
        return Result(b"The server no longer has this run. Reload the page, then try again.", 404)
    needed = of_file.needed_iterations(extent)
    if run.record(needed, seconds=BUDGET) < needed and not run.tape.complete:
        return Result(b"Recording this run takes too long. Ask for fewer iterations.", 503)
    try:
        made = of_file.make(run, extent)
    except LetGo as problem:
        return Result(str(problem).encode(), 404)
    headers = {"Content-Disposition": f'attachment; filename="{of_file.file}"', **NO_STORE}
    return Result(made.encode(), 200, of_file.media_type, headers)


def _extent(job: Job) -> _Extent | None:
    """Return the part that is asked for; None if it cannot be read, or is more than a run may have."""
    texts = {name: job.parameters[name] for name in ("to", "iteration", "statement") if name in job.parameters}
    if not all(_NUMBER.fullmatch(text) for text in texts.values()):
        return None
    extent = _Extent(**{name: int(text) for name, text in texts.items()})
    if not (1 <= extent.to <= ITERATIONS and -1 <= extent.iteration <= ITERATIONS and extent.statement >= 0):
        return None
    return extent


def _program(run: RunView, extent: _Extent) -> str:
    return run.tape.source.rstrip("\n") + "\n"


def _graph(run: RunView, extent: _Extent) -> str:
    """Return the graph at a moment: everything that its drawing shows, with the numbers known by then."""
    from viz.export.dot_graph import dot_at
    from viz.writing.part_drawing import available, part_drawing

    tape = run.tape
    if not len(tape):
        return "digraph autograd {}\n"  # the program has no statement to run
    last = available(tape) if tape.after else available(tape) - 1
    drawn = part_drawing(tape, min(extent.iteration, last))
    return dot_at(drawn, min(extent.statement, len(drawn.frames) - 1))


def _numbers(run: RunView, extent: _Extent) -> str:
    from viz.export.csv_table import csv_of
    from viz.export.excerpt import Excerpt

    return csv_of(Excerpt(run.tape, extent.to))


def _page(run: RunView, extent: _Extent) -> str:
    from viz.export.offline_page import html_of

    return html_of(run.tape, extent.to, explain=_explain)


def _page_with_charts(run: RunView, extent: _Extent) -> str:
    from viz.drawing.charts import series
    from viz.drawing.plotly_js import plotly_js
    from viz.export.offline_page import html_of

    figures = json.loads(run.writer.chunk(0, 1)[0])["head"]["figures"]
    plotly = plotly_js().read_text(encoding="utf-8")
    return html_of(run.tape, extent.to, series(run.tape), figures, plotly, _explain)


def _explain(frames: Sequence[Frame], node: Node) -> dict[str, Any]:
    """Return everything that the stage could ask about a node."""
    from viz.worker.explain import describe_node

    return describe_node(frames, node, only_value=False)


def _up_to_iteration(extent: _Extent) -> int:
    return extent.to


def _up_to_moment(extent: _Extent) -> int:
    return max(1, extent.iteration + 1)


#: The files that can be downloaded, by the last part of their address.
FORMATS = {
    "program": _Format("program.py", "text/x-python", _program, lambda extent: 0),
    "graph": _Format("graph.dot", "text/vnd.graphviz", _graph, _up_to_moment),
    "numbers": _Format("run.csv", "text/csv", _numbers, _up_to_iteration),
    "page": _Format("autograd.html", "text/html", _page, _up_to_iteration),
    "page-with-charts": _Format("autograd-with-charts.html", "text/html", _page_with_charts, _up_to_iteration),
}
