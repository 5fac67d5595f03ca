"""The audit: runs a program in plain Python and recorded, and checks everything that the page could show of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.audit import (
    checks,
    chunks,
    downloads,
    explanations,
    ledger,
    opening,
    sentences,
    step_sentences,
    values,
)
from tests.audit.complaint import Complaint, brief_text
from tests.audit.run import ITERATIONS, Run, View, both_ways
from viz.drawing import engine
from viz.language import Refused

__all__ = ["VIEWS", "Complaint", "audit"]

#: The seconds after which a layout is abandoned.
_LAYOUT_SECONDS = 120.0
#: The views that are audited; a new view is one entry.
VIEWS: Sequence[View] = (
    values.lines,
    values.values,
    values.said,
    sentences.sentences,
    ledger.ledger,
    ledger.beside,
    explanations.explanations,
    chunks.chunks,
    step_sentences.step_sentences,
    downloads.downloads,
    opening.opening,
    checks.checks,
)


def audit(source: str, name: str, iterations: int = ITERATIONS, views: Sequence[View] = VIEWS) -> list[Complaint]:
    """The complaints about what the page shows of a program; empty if everything is right."""
    try:
        run = both_ways(name, source, iterations)
    except Refused as refused:
        return [Complaint(name, f"line {refused.problem.line}", "refused", brief_text(refused.problem.message))]
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        return [Complaint(name, "the run", "recording", brief_text(f"raises {type(error).__name__}: {error}"))]
    with warnings.catch_warnings(), _time_for_layouts():
        warnings.simplefilter("ignore")
        return list(dict.fromkeys(complaint for view in views for complaint in _looked_at(view, run)))


@contextmanager
def _time_for_layouts() -> Iterator[None]:
    """Give layouts more time than the page does, so that a slow machine causes no complaints."""
    before, engine.TIME_LIMIT = engine.TIME_LIMIT, _LAYOUT_SECONDS
    try:
        yield
    finally:
        engine.TIME_LIMIT = before


def _looked_at(view: View, run: Run) -> list[Complaint]:
    """The complaints of a view; if the view itself raises, a complaint about that."""
    try:
        return list(view(run))
    except Exception as error:  # noqa: BLE001  # an error in one view must not skip the others
        return [run.complain(view.__name__, None, f"the audit raises {type(error).__name__}: {error}")]
