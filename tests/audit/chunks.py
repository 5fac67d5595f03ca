"""The chunks for the stage: they are JSON that a browser can read, and their boxes show the right frame."""

from __future__ import annotations

from collections.abc import Iterator

from tests.audit.complaint import Complaint
from tests.audit.played import played
from tests.audit.run import Run
from tests.writing.replay import Replay, wrong_boxes
from viz.language.runtime.sizes import cut
from viz.slots import line_slot
from viz.writing.line_values import code_text
from viz.writing.sentences import sentence

VIEW = "chunk"


def chunks(run: Run) -> Iterator[Complaint]:
    """Check the chunks, one after the other, and what they show at every moment."""
    try:
        replay = played(run)
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        yield run.complain(VIEW, None, f"raises {type(error).__name__}: {error}")
        return
    for problem in sorted(replay.problems()):
        yield run.complain(VIEW, None, f"a picture is missing: {problem}")
    told: set[str] = set()
    for number in replay.parts():
        for complaint in (*_words(run, replay, number), *_boxes(run, replay, number)):
            if complaint.what not in told:
                told.add(complaint.what)
                yield complaint


def _words(run: Run, replay: Replay, number: int) -> Iterator[Complaint]:
    frames, written = replay.frames(number), replay.part(number)["f"]
    if len(frames) != len(written):
        yield run.complain(VIEW, frames[0], "the number of its statements", len(frames), len(written))
    beside: dict[str, str] = {}
    calls: list[tuple[int, str]] = []
    for frame, one in zip(frames, written, strict=False):
        beside |= one["t"]
        wanted = (frame.line, sentence(frame), code_text(frame)[0])
        got = (one["l"], one["s"], beside.get(line_slot(frame.line), ""))
        if got != wanted:
            yield run.complain(VIEW, frame, "its words", wanted, got)
        calls = one.get("c", calls)
        if frame.index < len(run.moments):
            moment = run.moments[frame.index]
            if (printed := one.get("o", "")) != cut(moment.printed):
                yield run.complain(VIEW, frame, "what it printed", moment.printed, printed)
            if (named := [name for _, name in calls]) != (running := [_shown(name) for name in moment.calls]):
                yield run.complain(VIEW, frame, "the calls that it is in", running, named)


def _shown(qualified: str) -> str:
    return qualified.rsplit("<locals>.", 1)[-1]


def _boxes(run: Run, replay: Replay, number: int) -> Iterator[Complaint]:
    for frame, what, wanted, got in wrong_boxes(replay, number):
        yield run.complain(VIEW, frame, what, wanted, got)
