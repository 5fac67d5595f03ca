"""A run that is ended runs its blocks of `finally`; an interrupt is a KeyboardInterrupt of the script."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from viz.scripts.recording import ScriptTape, record_file

TEXT = """\
import sys, torch
w = torch.tensor(1.0, requires_grad=True)
done = sys.done
def train():
    try:
        for step in range(1_000_000):
            done.append(step)
            (w * w).backward()
    except KeyboardInterrupt:
        done.append("interrupted")
    finally:
        done.append("finally")
train()
for step in range(3):
    (w * w).backward()
done.append("end")
"""
#: Never comes to an iteration.
SETUP = """\
import sys, torch
w = torch.tensor(1.0, requires_grad=True)
try:
    sys.done.append("waits")
    while True:
        pass
finally:
    sys.done.append("finally")
for step in range(3):
    (w * w).backward()
"""


@pytest.fixture
def done() -> Iterator[list[object]]:
    """What the script has done: it finds the list in `sys`."""
    found: list[object] = []
    sys.__dict__["done"] = found
    yield found
    del sys.__dict__["done"]


def recorded(folder: Path, text: str) -> ScriptTape:
    (folder / "script.py").write_text(text, encoding="utf-8")
    return record_file(folder / "script.py")


def test_an_interrupt_is_the_scripts_own_which_then_goes_on_to_its_end(
    tmp_path: Path, done: list[object], capfd: pytest.CaptureFixture[str]
) -> None:
    tape = recorded(tmp_path, TEXT)
    tape.record(3)
    tape.run.close(interrupted=True, seconds=20)
    assert done == [0, 1, 2, "interrupted", "finally", "end"]
    assert capfd.readouterr().err == ""


def test_a_run_that_nobody_needs_ends_past_all_handlers(tmp_path: Path, done: list[object]) -> None:
    tape = recorded(tmp_path, TEXT)
    tape.record(3)
    tape.run.close(seconds=20)
    assert done == [0, 1, 2, "finally"]


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_run_that_does_not_wait_ends_where_it_is(
    tmp_path: Path, done: list[object], interrupted: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    tape = recorded(tmp_path, SETUP)
    recording = threading.Thread(target=tape.record, args=(1,))
    recording.start()
    end = time.monotonic() + 20
    while not done:
        assert time.monotonic() < end
        time.sleep(0.01)
    tape.run.close(interrupted=interrupted, seconds=20)
    recording.join(20)
    assert not recording.is_alive()
    assert done == ["waits", "finally"]
    assert capfd.readouterr().err == ""


def test_a_run_that_has_ended_is_closed_at_once(tmp_path: Path, done: list[object]) -> None:
    tape = recorded(tmp_path, TEXT.replace("1_000_000", "2"))
    tape.record(1000)
    tape.run.close(interrupted=True, seconds=20)
    assert done == [0, 1, "finally", "end"]
    recorded(tmp_path, TEXT).run.close(interrupted=True)  # nothing has run
    assert len(done) == 4
