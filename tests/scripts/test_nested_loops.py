"""Iterations in nested loops have an address, and lines between them show what they did last."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viz.frames.frame import Frame
from viz.recording import Tape
from viz.scripts.recording import record_file
from viz.writing.stage_json import StageWriter

Write = Callable[[str], "Tape[Path]"]
HEAD = "import torch\nw = torch.tensor(2.0, requires_grad=True)\n"


@pytest.fixture
def script(tmp_path: Path) -> Write:
    """Writes a file, and returns its tape."""

    def write(text: str) -> Tape[Path]:
        file = tmp_path / "script.py"
        file.write_text(HEAD + text, encoding="utf-8")
        return record_file(file)

    return write


NESTED = """\
def train(loader):
    for x, y in loader:
        (w * x).backward()
    print("epoch over")
for epoch in range(1, 3):
    train([(1.0, 2), (3.0, 4)])
    for k in range(2):
        pass
"""


def test_iterations_in_nested_loops_have_an_address_with_the_programs_own_names(script: Write) -> None:
    tape = script(NESTED + "done = 1\n")
    tape.record(1000)
    addresses = [list(dict.fromkeys(address(frame) for frame in tape.iteration(one))) for one in range(4)]
    # What follows the batches of an epoch is in that epoch and in no batch; then the next epoch begins.
    assert addresses == [
        ["epoch 1, batch 0"],
        ["epoch 1, batch 1", "epoch 1", "epoch 2"],
        ["epoch 2, batch 0"],
        ["epoch 2, batch 1", "epoch 2"],
    ]
    assert {address(frame) for frame in (*tape.setup, *tape.after)} == {""}
    passes = [frame.passes for frame in tape.iteration(1) if frame.line == 10]
    assert passes == [(0,), (1,)]


@pytest.mark.parametrize(
    ("loops", "expected"),
    [
        ("for i in range(2):", ["", ""]),
        ("for i in range(2):\n    for step, x in enumerate([5, 6]):", ["i 0, step 0", "i 0, step 1"]),
        ("for _ in range(2):\n    for start in range(0, 9, 8):", ["pass 0, start 0", "pass 0, start 8"]),
        ("for name in 'ab':\n    k = 0\n    while (k := k + 1) < 3:", ["pass 0, pass 0", "pass 0, pass 1"]),
        (
            "for f in (1, 2):\n  for e in (3,):\n    for x in w * torch.ones(2):",
            ["f 1, e 3, batch 0", "f 1, e 3, batch 1"],
        ),
    ],
)
def test_a_loop_goes_by_the_integer_that_it_counts_by(script: Write, loops: str, expected: list[str]) -> None:
    tape = script(f"{loops}\n{' ' * 8}(w * w).backward()\n")
    assert [address(tape.iteration(number)[0]) for number in range(2)] == expected


def address(frame: Frame) -> str:
    return ", ".join(f"{one.name} {one.number}" for one in frame.address)


BETWEEN = """\
for epoch in range(1, 4):
    kept = 5 if epoch == 1 else "none"
    for x in (1.0, 2.0):
        y = w * x
        y.backward()
    last = epoch * 10 * w.detach()
    w.grad.zero_()
"""


def test_beside_a_line_between_iterations_is_what_it_did_last(script: Write) -> None:
    tape = script(BETWEEN)
    tape.record(1000)
    chunk = json.loads(StageWriter(tape, "tape").chunk(0, 6)[0])
    shown = [beside(chunk, number) for number in range(6)]
    assert [one["c3"] for one in shown] == ["1", "1", "2", "2", "3", "3"]
    assert [one.get("c4", "") for one in shown] == ["5", "5", "", "", "", ""]
    assert [one.get("c8", "") for one in shown] == ["", "", "20.00", "20.00", "40.00", "40.00"]
    assert all(one.get("c7", "") == "" for one in shown)  # backward has not run yet in these iterations
    marks = [marks_of(chunk, number) for number in range(6)]
    assert [one.get("c9") for one in marks] == [None, None, "gradient", "gradient", "gradient", "gradient"]


def beside(chunk: dict[str, Any], number: int) -> dict[str, str]:
    """The texts beside the lines after the first statement of an iteration, merged as the stage does."""
    texts: dict[str, str] = {}
    for frame in frames(chunk, number):
        texts |= {slot: text for slot, text in frame["t"].items() if slot[0] == "c"}
    return texts


def marks_of(chunk: dict[str, Any], number: int) -> dict[str, str]:
    """The meanings of these texts."""
    marks: dict[str, str] = {}
    for frame in frames(chunk, number):
        marks |= {slot: words for slot, words in chunk["marks"][str(frame["m"])]["to"].items() if slot[0] == "c"}
    return marks


def frames(chunk: dict[str, Any], number: int) -> list[Any]:
    return [*chunk["head"]["setup"]["f"], chunk["iterations"][number]["f"][0]]
