"""The audit: runs a program in plain Python and recorded, and checks everything that the page could show of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from tests.audit.checks import checks
from tests.audit.chunks import chunks
from tests.audit.complaint import Complaint, brief_text
from tests.audit.downloads import downloads
from tests.audit.explanations import explanations
from tests.audit.ledger import beside, ledger
from tests.audit.opening import opening
from tests.audit.run import ITERATIONS, View, both_ways
from tests.audit.sentences import sentences
from tests.audit.values import lines, said, values
from viz.language import Refused

__all__ = ["VIEWS", "Complaint", "audit"]

#: Everything that is looked at: a view more is an entry more.
VIEWS: Sequence[View] = (
    lines,
    values,
    said,
    sentences,
    ledger,
    beside,
    explanations,
    chunks,
    downloads,
    opening,
    checks,
)


def audit(source: str, name: str, iterations: int = ITERATIONS, views: Sequence[View] = VIEWS) -> list[Complaint]:
    """What is wrong with what the page shows of a program: nothing, or a complaint for each thing."""
    try:
        run = both_ways(name, source, iterations)
    except Refused as refused:
        return [Complaint(name, f"line {refused.problem.line}", "refused", brief_text(refused.problem.message))]
    except Exception as error:  # noqa: BLE001  # whatever it raises is what we look for
        return [Complaint(name, "the run", "recording", brief_text(f"raises {type(error).__name__}: {error}"))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(dict.fromkeys(complaint for view in views for complaint in view(run)))
