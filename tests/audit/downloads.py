"""The downloads: the run's numbers, its graph, and the page that plays it offline."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.audit.complaint import Complaint
from tests.audit.run import Run
from viz.backstage.explain import answer
from viz.taking.diagram import dot_at
from viz.taking.excerpt import Excerpt
from viz.taking.page import html_of
from viz.taking.table import csv_of
from viz.writing.drawn import Drawn

#: Iterations that the page has: fewer than one asks for, as each of them is explained whole.
_PAGE = 2


def downloads(run: Run) -> Iterator[Complaint]:
    """Every download, made."""
    for kind, make in (("CSV", _numbers), ("offline page", _page), ("DOT", _graphs)):
        try:
            make(run)
        except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
            yield run.complain("download", None, f"{kind} raises {type(error).__name__}: {error}")


def _numbers(run: Run) -> str:
    return csv_of(Excerpt(run.tape, run.tape.recorded + 1))


def _page(run: Run) -> str:
    return html_of(run.tape, _PAGE, explain=partial(answer, only_value=False))


def _graphs(run: Run) -> list[str]:
    return [dot_at(Drawn(part, part), at) for part in run.some_parts for at in (0, len(part) - 1)]
