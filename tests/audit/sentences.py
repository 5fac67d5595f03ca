"""The sentences: each has one of the known forms, and the plain run around the statement confirms its claims.

A sentence is read from left to right, one form at a time. The audit complains about a sentence without a form, so
a new sentence needs an entry in `forms.py` that says what makes it true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.audit.claims import Said, ways_of
from tests.audit.complaint import Complaint
from tests.audit.forms import FORMS, Form
from tests.audit.plain import Moment, in_a_row
from tests.audit.reach import root_of
from tests.audit.run import Run
from viz.frames.events import Stepped
from viz.frames.frame import Frame
from viz.writing.sentences import sentence

VIEW = "sentence"
#: The beginning of a sentence on a statement that caused a warning.
_WARNS = re.compile("(?:PyTorch|NumPy|PyTorch and NumPy) warns?: ")


def sentences(run: Run) -> Iterator[Complaint]:
    """Check the sentence of every statement."""
    told: set[tuple[int, str]] = set()
    for frame, moment in zip(run.frames, run.moments, strict=True):
        try:
            text = sentence(frame)
        except Exception as error:  # noqa: BLE001  # any exception is a finding
            yield run.complain(VIEW, frame, f"raises {type(error).__name__}: {error}")
            continue
        for what in read(text, frame, moment, run):
            if (frame.line, what) not in told:
                told.add((frame.line, what))
                yield run.complain(VIEW, frame, f"“{text[:160]}”: {what}")


def read(text: str, frame: Frame, moment: Moment, run: Run) -> Iterator[str]:
    """The faults of a sentence."""
    rest = _behind_warning(text, in_a_row(moment.warned))
    if rest is None:
        yield f"it was warned of this: {' '.join(moment.warned) or 'nothing'}"
        return
    forms: list[Form] = []
    while rest:
        found = next(((match, form) for form in FORMS if (match := form.pattern.match(rest))), None)
        if found is None:
            yield f"no form that the audit knows: “{rest}”"
            return
        match, form = found
        forms.append(form)
        yield from form.check(Said(match, frame, moment, run))
        rest = rest[match.end() :].lstrip()
    # A step that returns its loss has a sentence on the step.
    bound = run.plain.program.bound(moment.number) if isinstance(frame.event, Stepped) else []
    yield from _silent(text, forms, moment, set(bound))


def _behind_warning(text: str, warned: str) -> str | None:
    """The sentence without the warning at its beginning; None if it begins with other words."""
    begin = _WARNS.match(text)
    if begin is None:
        return None if warned else text
    rest = text[begin.end() :]
    return rest.removeprefix(warned).removeprefix(".").lstrip() if warned and rest.startswith(warned) else None


def _silent(text: str, forms: Sequence[Form], moment: Moment, untold: set[str]) -> Iterator[str]:
    """The fault of a sentence that names nothing of what a statement changed; the names `untold` are exempt.

    The sentence on a step covers the optimizer's state.
    """
    roots = {root_of(way) for way in moment.changes if ".state[" not in way} - untold
    if not roots or any(form.tells_all for form in forms):
        return
    names = roots | {name for root in roots for name in moment.aliases.get(root, ())}
    if not any(re.search(rf"\b{re.escape(name)}\b", text) for name in names):
        yield f"says nothing of {ways_of(moment)}, which the line changed"
