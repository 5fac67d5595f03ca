"""What the server gives away of a run: its program, its graph, its numbers, and a page that plays it offline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viz.limits import ITERATIONS
from viz.worker.jobs import BAD, PASSING, Answer, Question

if TYPE_CHECKING:
    # What needs torch is imported when something is taken away: the server starts to answer without it.
    from viz.frames import Frame, Node
    from viz.worker.run_cache import Show

#: Seconds that one answer may spend on recording what it needs.
BUDGET = 20.0
#: Iterations of a page, where nobody says how many.
PAGE = 20

_NUMBER = re.compile("-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a run is asked for: the first `to` iterations, or the moment of a cursor (iteration -1: set-up)."""

    to: int = PAGE
    iteration: int = 0
    statement: int = 0


@dataclass(frozen=True, slots=True)
class _Kind:
    """One thing to take away: the name of its file, its media type, and how it is made.

    `until` says up to which iteration the run has to be recorded for it.
    """

    file: str
    media_type: str
    make: Callable[[Show, _Asked], str]
    until: Callable[[_Asked], int]


def file(question: Question) -> Answer:
    """A file of the run with this name: `kind` is a key of KINDS, the rest of the query says what of the run."""
    from viz.worker.run_cache import show_named

    kind = KINDS.get(question.query.get("kind", ""))
    if kind is None:
        return Answer(b"There is no such file.", 404)
    asked = _asked(question)
    if asked is None:
        return BAD
    show = show_named(question.show)
    if show is None:
        return Answer(b"This run is not kept any more. Open the page anew, then try again.", 404)
    until = kind.until(asked)
    if show.record(until, seconds=BUDGET) < until and not show.tape.complete:
        return Answer(b"Recording this run takes too long. Ask for fewer iterations.", 503)
    headers = {"Content-Disposition": f'attachment; filename="{kind.file}"', **PASSING}
    return Answer(kind.make(show, asked).encode(), 200, kind.media_type, headers)


def _asked(question: Question) -> _Asked | None:
    """What the query asks for; None where it cannot be read, or asks for more than a run may have."""
    texts = {name: question.query[name] for name in ("to", "iteration", "statement") if name in question.query}
    if not all(_NUMBER.fullmatch(text) for text in texts.values()):
        return None
    asked = _Asked(**{name: int(text) for name, text in texts.items()})
    if not (1 <= asked.to <= ITERATIONS and -1 <= asked.iteration <= ITERATIONS and asked.statement >= 0):
        return None
    return asked


def _program(show: Show, asked: _Asked) -> str:
    return show.tape.source.rstrip("\n") + "\n"


def _graph(show: Show, asked: _Asked) -> str:
    """The graph on the page at a moment: all that its drawing shows, with the numbers that there are by then."""
    from viz.export.dot_graph import dot_at
    from viz.export.excerpt import Excerpt
    from viz.writing.drawn import drawn_part

    part = Excerpt(show.tape, _cursor(asked))
    if not len(part):
        return "digraph autograd {}\n"  # a program without a statement to run
    last = part.total if part.after else part.total - 1
    drawn = drawn_part(part, min(asked.iteration, last))
    return dot_at(drawn, min(asked.statement, len(drawn.frames) - 1))


def _numbers(show: Show, asked: _Asked) -> str:
    from viz.export.csv_table import csv_of
    from viz.export.excerpt import Excerpt

    return csv_of(Excerpt(show.tape, asked.to))


def _page(show: Show, asked: _Asked) -> str:
    from viz.export.offline_page import html_of

    return html_of(show.tape, asked.to, explain=_explain)


def _page_with_charts(show: Show, asked: _Asked) -> str:
    from viz.drawing.charts import series
    from viz.drawing.plotly_js import plotly_js
    from viz.export.offline_page import html_of

    figures = json.loads(show.writer.chunk(0, 1)[0])["head"]["figures"]
    return html_of(
        show.tape, asked.to, series(show.tape), figures, plotly_js().read_text(encoding="utf-8"), _explain
    )


def _explain(frames: Sequence[Frame], node: Node) -> dict[str, Any]:
    """All that the stage could ask about a node."""
    from viz.worker.explain import answer

    return answer(frames, node, only_value=False)


def _first(asked: _Asked) -> int:
    return asked.to


def _cursor(asked: _Asked) -> int:
    return max(1, asked.iteration + 1)


#: What there is to take away, by the word in its address.
KINDS = {
    "program": _Kind("program.py", "text/x-python", _program, lambda asked: 0),
    "graph": _Kind("graph.dot", "text/vnd.graphviz", _graph, _cursor),
    "numbers": _Kind("run.csv", "text/csv", _numbers, _first),
    "page": _Kind("autograd.html", "text/html", _page, _first),
    "page-with-charts": _Kind("autograd-with-charts.html", "text/html", _page_with_charts, _first),
}
