"""If a run meets a limit, the sentence names the part and how far the run came."""

from __future__ import annotations

import pytest

import viz
from viz import limits

pytestmark = pytest.mark.usefixtures("small_limits")


def _message(monkeypatch: pytest.MonkeyPatch, source: str, **bounds: float) -> tuple[str, int]:
    """The message of a run that meets a lowered limit, and the number of its complete iterations."""
    for name, bound in bounds.items():
        monkeypatch.setattr(limits, name, bound)
    tape = viz.run(source)
    assert tape.error is not None and tape.error.kind == "Limit"
    return tape.error.message, tape.recorded


def test_a_full_recording_names_the_iteration_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    message, recorded = _message(monkeypatch, GROWS.format(before="", count=999, after=""), BYTES=2**20)
    assert 2 < recorded < 999
    assert message == (
        "One iteration takes more than 1 MiB of the recording; do less in it. "
        f"This is iteration {recorded}; iterations 0 to {recorded - 1} are recorded whole."
    )


GROWS = """\
import torch
{before}
w = torch.tensor(1.0, requires_grad=True)
for iteration in range({count}):
    for k in range(10 * iteration):
        w.add(1.0)
{after}
"""


#: A loop inside a part, with more than fifty statements.
LONG = "k = 0\nwhile k < 30:\n    k += 1"


@pytest.mark.parametrize(
    ("before", "count", "after", "subject", "said"),
    [
        ("", 9, "", "One iteration", "This is iteration 3; iterations 0 to 2 are recorded whole."),
        ("", 3, LONG, "The code after the loop", "This is after the loop; iterations 0 to 2 are recorded whole."),
        ("", 1, LONG, "The code after the loop", "This is after the loop; iteration 0 is recorded whole."),
        (LONG, 1, "", "The code before the loop", "The loop has not begun yet."),
    ],
)
def test_whatever_limit_is_met_the_sentence_says_how_far_the_run_came(
    monkeypatch: pytest.MonkeyPatch, before: str, count: int, after: str, subject: str, said: str
) -> None:
    source = GROWS.format(before=before, count=count, after=after)
    message, _ = _message(monkeypatch, source, EXECUTED=50)
    assert message == f"{subject} executes at most 50 statements; loop less often. {said}"


#: A loop inside a part, with a Node for each pass.
WIDE = "v = torch.tensor(1.0, requires_grad=True)\nk = 0\nwhile k < 60:\n    k += 1\n    v.add(1.0)"


@pytest.mark.parametrize(
    ("before", "count", "after", "subject", "said"),
    [
        ("", 9, "", "One iteration", "This is iteration 6; iterations 0 to 5 are recorded whole."),
        ("", 3, WIDE, "The code after the loop", "This is after the loop; iterations 0 to 2 are recorded whole."),
        (WIDE, 1, "", "The code before the loop", "The loop has not begun yet."),
    ],
)
def test_a_full_graph_is_named_as_that_of_its_part(
    monkeypatch: pytest.MonkeyPatch, before: str, count: int, after: str, subject: str, said: str
) -> None:
    message, _ = _message(monkeypatch, GROWS.format(count=count, before=before, after=after), NODES=55)
    assert message == f"{subject} builds a graph of at most 55 nodes; compute less in it. {said}"


def test_the_head_of_the_loop_adds_to_the_graph_of_the_code_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("w = torch.tensor(1.0, requires_grad=True)", "for i in range(int(w.exp().exp().detach())): pass")
    message, _ = _message(monkeypatch, "\n".join(["import torch", *lines]), NODES=2)
    assert message == (
        "The code before the loop builds a graph of at most 2 nodes; compute less in it. "
        "The loop has not begun yet."
    )


def test_the_graph_of_a_program_without_a_loop_is_named_as_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    message, _ = _message(
        monkeypatch, "import torch\nw = torch.ones(2, requires_grad=True)\ny = w.exp().exp()", NODES=2
    )
    assert message == "A program without a loop builds a graph of at most 2 nodes; compute less in it."
