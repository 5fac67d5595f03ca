"""The opening: what a visitor sees before the whole run is recorded is equal to the whole recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice

from tests.audit.complaint import Complaint
from tests.audit.run import Run
from viz.drawing.charts import PATH, series
from viz.frames.frame import Frame
from viz.language import Program, outline
from viz.recording.tape import Tape

VIEW = "opening"
#: The iterations that the opening sends whole, starting at the cursor, as the page's server requests them.
_NEAR = 7
_FIELDS = [one.name for one in fields(Frame) if one.name not in ("index", "seconds")]


def opening(run: Run) -> Iterator[Complaint]:
    """Check the opening at the first iteration, and at one in the middle."""
    if run.tape.program.loop is None and not run.tape.program.trains_until:
        return
    for at in sorted({0, min(run.tape.recorded // 2, 40)}):
        try:
            until = min(max(at + 1, PATH), run.tape.recorded)
            sketch = outline(run.tape.program, range(at, at + _NEAR), until, series(run.tape))
        except Exception as error:  # noqa: BLE001  # any exception is a finding
            yield run.complain(VIEW, None, f"at iteration {at} raises {type(error).__name__}: {error}")
            return
        if sketch is not None:
            # One fault makes every later frame wrong.
            yield from islice(_compared(run, sketch, at), 1)


def _compared(run: Run, sketch: Tape[Program], at: int) -> Iterator[Complaint]:
    yield from _same(run, sketch.setup, run.tape.setup)
    for number in range(min(sketch.recorded, run.tape.recorded)):
        brief, whole = sketch.iteration(number), run.tape.iteration(number)
        if number in (0, *range(at, at + _NEAR)):
            yield from _same(run, brief, whole)
        else:
            yield from _brief(run, brief[-1], whole[-1])


def _same(run: Run, brief: Sequence[Frame], whole: Sequence[Frame]) -> Iterator[Complaint]:
    if len(brief) != len(whole):
        yield run.complain(VIEW, whole[-1] if whole else None, "statements", len(whole), len(brief))
        return
    for mine, its in zip(brief, whole, strict=True):
        one, other = (replace(frame, index=0, seconds=0.0) for frame in (mine, its))
        if repr(one) != repr(other):
            for name in _FIELDS:
                told, wanted = getattr(one, name), getattr(other, name)
                if repr(told) != repr(wanted):
                    yield run.complain(VIEW, its, f"another {name}", *_differing(wanted, told))


def _differing(whole: object, brief: object) -> tuple[str, str]:
    """The two strings around the place where they begin to differ."""
    mine, its = repr(whole), repr(brief)
    at = next(
        (place for place, (a, b) in enumerate(zip(mine, its, strict=False)) if a != b), min(len(mine), len(its))
    )
    return mine[max(0, at - 30) : at + 60], its[max(0, at - 30) : at + 60]


def _brief(run: Run, brief: Frame, whole: Frame) -> Iterator[Complaint]:
    for name, one in brief.variables.items():
        other = whole.variables.get(name)
        if other is None:
            yield run.complain(VIEW, whole, f"{name} is in the opening alone")
        elif repr((one.value, one.grad)) != repr((other.value, other.grad)):
            yield run.complain(VIEW, whole, f"{name} at the end", (other.value, other.grad), (one.value, one.grad))
