"""A file may run for long: its tape stays within its room, and every series is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from viz.drawing.charts import series
from viz.frames.tape import LetGo
from viz.scripts import tracker
from viz.scripts.recording import ScriptTape, record_file
from viz.writing.stage_json import StageWriter

LONG = """\
import torch
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.0001)
for step in range(60):
    loss = ((w * step + b - 1) ** 2).sum()
    if step >= 25:
        loss = loss * 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
last = loss.item()
"""
#: Bytes for about ten iterations.
ROOM = 200_000


@pytest.fixture
def tape(tmp_path: Path) -> ScriptTape:
    file = tmp_path / "long.py"
    file.write_text(LONG, encoding="utf-8")
    return record_file(file, room=ROOM)


def whole(tmp_path: Path) -> ScriptTape:
    """The same run with room for all of it."""
    return record_file(tmp_path / "long.py")


def let_go(tape: ScriptTape) -> Iterator[int]:
    for number in range(tape.recorded):
        try:
            tape.iteration(number)
        except LetGo:
            yield number


def test_a_tape_keeps_the_start_and_what_was_recorded_last_within_its_room(
    tape: ScriptTape, tmp_path: Path
) -> None:
    sizes = [tape.record(number) and tape.bytes for number in range(1, 61)]
    assert tape.complete and tape.recorded == 60
    gone = [*let_go(tape)]
    assert gone == [*range(gone[0], gone[-1] + 1)]
    assert gone[0] >= 1 and gone[-1] < 57
    assert max(sizes) < 1.5 * ROOM  # the set-up and what the recorder itself holds come to the iterations
    alone = whole(tmp_path)
    alone.record(60)
    assert (len(tape), tape[-1].index) == (len(alone), len(alone) - 1)
    assert [one.line for one in tape.iteration(59)] == [one.line for one in alone.iteration(59)]
    assert tape[-1].variables["last"].value == alone[-1].variables["last"].value
    with pytest.raises(LetGo, match=f"let iteration {gone[0]} go"):
        tape[alone.iteration(gone[0])[0].index]


def test_every_series_is_whole_and_a_chunk_says_what_was_let_go(tape: ScriptTape, tmp_path: Path) -> None:
    writer = StageWriter(tape, "tape", series(tape))
    tape.advanced = writer.follow
    tape.record(60)
    chunk = json.loads(writer.chunk(0, 60)[0])
    alone = StageWriter(whole_tape := whole(tmp_path), "tape", series(whole_tape))
    whole_tape.record(60)
    expected = json.loads(alone.chunk(0, 60)[0])
    assert chunk["series"] == expected["series"]
    assert [number for number, one in enumerate(chunk["iterations"]) if one == 0] == [*let_go(tape)]
    rest = [(one, other) for one, other in zip(chunk["iterations"], expected["iterations"], strict=True) if one]
    assert all(one == other for one, other in rest)


def test_a_page_that_comes_late_gets_the_marks_of_what_was_let_go(tape: ScriptTape) -> None:
    writer = StageWriter(tape, "tape", series(tape))
    tape.advanced = writer.follow
    for number in range(60):  # a page that looks at each iteration when it is recorded
        tape.record(number + 1)
        writer.chunk(number, number + 1)
    texts = writer.size
    assert [*let_go(tape)]
    marks: dict[str, Any] = {}
    pictures: dict[str, Any] = {}
    parts: list[Any] = []
    for start in range(0, 60, 7):  # another page, afterwards
        chunk = json.loads(writer.chunk(start, start + 7)[0])
        marks |= chunk["marks"]
        pictures |= chunk["pictures"]
        parts += chunk["iterations"]
    shown = [part for part in parts if part]
    assert 0 < len(shown) < len(parts) == 60
    assert {str(frame["m"]) for part in shown for frame in part["f"]} <= marks.keys()
    assert {str(part["p"]) for part in shown} <= pictures.keys()
    assert writer.size == texts  # nothing was written again


def test_an_opening_leaves_out_what_was_let_go(tape: ScriptTape) -> None:
    writer = StageWriter(tape, "tape", series(tape))
    tape.advanced = writer.follow
    tape.record(60)
    gone = [*let_go(tape)]
    opening = json.loads(writer.opening(tape, range(gone[-1] - 1, gone[-1] + 3)))
    assert [*opening["alone"]] == [str(gone[-1] + 1), str(gone[-1] + 2)]
    assert len(opening["series"]["of"]) == 60


def test_the_limit_is_on_each_part_of_a_run_and_not_on_all_together(
    tape: ScriptTape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "BYTES", 100_000)
    tape.record(60)
    assert tape.error is None and tape.recorded == 60
    monkeypatch.setattr(tracker, "BYTES", 5_000)
    other = record_file(tape.program)
    other.record(60)
    assert other.error is not None
    assert other.error.message.startswith("This part of the run takes more than ")
    other.run.close()  # the script goes on to its end
