"""The audit can fail: with a fault planted in the page's own code, it complains about exactly that."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.audit import audit
from viz.explaining.check import Checks
from viz.export import csv_table
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.language.vocabulary.kinds import KINDS
from viz.rules import rule_for, table
from viz.rules.rule import rule
from viz.writing.drawing_state import DrawingState
from viz.writing.node_steps import StepWriter
from viz.writing.sentences import sentence

PROGRAM = """\
import torch
from torch import optim

x = torch.tensor([2.0, 3.0])
W = torch.tensor([0.5, -1.5], requires_grad=True)
optimizer = optim.SGD([W], lr=0.1)

for iteration in range(3):
    optimizer.zero_grad()
    seen = W.detach()
    loss = (W * x).square().sum()
    loss.backward()
    optimizer.step()
"""
#: Its gradient is three times the derivative, but the program's own backward computes it, so the page is right.
WRONG_BACKWARD = """\
import torch

class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 6

w = torch.tensor([1.0, 3.0], requires_grad=True)
loss = Wrong.apply(w).sum()
loss.backward()
"""
#: Two links lead to x, and nothing clears `x.grad`.
ADDED = """\
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)

for iteration in range(2):
    y = x * x
    loss = (y - 3).square().sum()
    loss.backward()
"""
DERIVED = """\
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
(g,) = torch.autograd.grad((x * x).sum(), x)
"""


def views_that_complain(source: str) -> set[str]:
    return {complaint.view for complaint in audit(source, "planted")}


def test_nothing_is_wrong_before_a_fault_is_planted() -> None:
    assert audit(PROGRAM, "sound") == []
    assert audit(WRONG_BACKWARD, "sound") == []
    assert audit(ADDED, "sound") == []
    assert audit(DERIVED, "sound") == []


def test_a_wrong_rule_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.RULES, "MulBackward0", rule(self="other + 1", other="self"))
    assert rule_for is table.rule_for
    assert {"explanation", "chain"} <= views_that_complain(PROGRAM)


@pytest.mark.parametrize(
    "lie",
    [
        lambda frame, said: (
            "loss.backward() was computed, but its result was not kept."
            if isinstance(frame.event, Backward)
            else said
        ),
        lambda frame, said: said.replace("W.grad, which was None", "W.grad, which was 0"),
        lambda frame, said: said.replace("added", "added twice"),
        lambda frame, said: said.replace("that requires a gradient", "that requires a rest"),
        lambda frame, said: said.replace("moved W from [0.5000", "moved W from [0.6000"),
        lambda frame, said: said.replace("MulBackward0", "AddBackward0").replace("SumBackward0", "MeanBackward0"),
        lambda frame, said: said.replace("lr 0.1", "lr 0.2"),
    ],
)
def test_a_false_sentence_is_complained_of(
    monkeypatch: pytest.MonkeyPatch, lie: Callable[[Frame, str], str]
) -> None:
    monkeypatch.setattr("tests.audit.sentences.sentence", lambda frame: lie(frame, sentence(frame)))
    assert "sentence" in views_that_complain(PROGRAM)


@pytest.mark.parametrize(
    ("line", "true", "false"),
    [
        ("opt.param_groups[0]['lr'] = 0.5", "from 0.1 to 0.5", "from 0.1 to 0.6"),
        ("opt.param_groups[0]['lr'] = 0.5", "from 0.1 to 0.5", "from 0.2 to 0.5"),
        ("rows[0].append(7)", "from [1] to [1, 7]", "from [1] to [1, 8]"),
        ("named['t'].mul_(2)", "from [1.000, 2.000] to [2.000, 4.000]", "from [1.000, 2.000] to [2.000, 5.000]"),
        ("named['t'].mul_(2)", "from [1.000, 2.000] to [2.000, 4.000]", "from [1.000, 3.000] to [2.000, 4.000]"),
        ("named['t'][1] = 9", "from 2.000 to 9.000", "from 2.000 to 8.000"),
    ],
)
def test_a_false_sentence_on_a_change_of_what_no_name_holds_is_complained_of(
    monkeypatch: pytest.MonkeyPatch, line: str, true: str, false: str
) -> None:
    source = f"""\
import torch
w = torch.tensor(2.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
rows = [[1], [2]]
named = {{"t": torch.tensor([1.0, 2.0])}}
{line}
"""
    assert audit(source, "sound") == []
    said: list[str] = []

    def lie(frame: Frame) -> str:
        said.append(sentence(frame))
        return said[-1].replace(true, false)

    monkeypatch.setattr("tests.audit.sentences.sentence", lie)
    assert views_that_complain(source) == {"sentence"}
    assert any(true in one for one in said), said[-1]


@pytest.mark.parametrize(
    ("program", "true", "false"),
    [
        (ADDED, 'its value is ", "n3.v"', 'its value is ", "n2.v"'),
        (ADDED, "PowBackward0 is built for", "MulBackward0 is built for"),
        (ADDED, "pow [2] is built for", "pow [3] is built for"),
        (ADDED, "is built for loss", "is built for y"),
        (ADDED, 'for y: its value is ", "n1.v", ""', "for y: only PyTorch's own code sees its value\""),
        (ADDED, 'received ", "n3.g"', 'received ", "n2.g"'),
        (ADDED, 'received ", "n3.g", " and', "received no gradient and"),
        (ADDED, 'received ", "n3.g", " and', "is where backward started and"),
        (ADDED, 'received ", "n4.g"', 'received ", "n9.g"'),
        (ADDED, 'sent ", "e3.0"', 'sent ", "e2.0"'),
        (ADDED, '" and sent ", "e2.0", " to y"', '""'),
        (ADDED, '"e2.0", " to y"', '"e2.0", " to x"'),
        (ADDED, 'x.grad is ", "n0.g"', 'x.grad is ", "n0.v"'),
        (ADDED, "x.grad is", "y.grad is"),
        (ADDED, '" + ", "e1.1", " arrived"', '" + ", "e2.0", " arrived"'),
        (ADDED, " arrived", " were lost"),
        (ADDED, '{"text": ["", "e1.0", " + "', '{"text": ["", "e2.0", " + "'),
        (ADDED, '{"text": ["", "e1.0", " + ", "e1.1"', '{"text": ["", "e1.0"'),
        (ADDED, '"n0.g", ""], "before": "n0.g"', '"n0.g", ""]'),
        (ADDED, '"before": "n0.g"', '"before": "n0.v"'),
        (DERIVED, 'torch.autograd.grad returns ", "e1.0"', 'torch.autograd.grad returns ", "n0.v"'),
        (DERIVED, 'x, and leaves x.grad alone"', 'x, and leaves y.grad alone"'),
        (
            DERIVED,
            'torch.autograd.grad returns ", "e1.0", " + ", "e1.1", " for x, and leaves x.grad alone"',
            'x.grad is ", "n0.g", " now"',
        ),
    ],
)
def test_a_false_sentence_on_a_step_is_complained_of(
    monkeypatch: pytest.MonkeyPatch, program: str, true: str, false: str
) -> None:
    right, planted = StepWriter._steps, []

    def steps(writer: StepWriter, *given: Any) -> Any:
        said = json.dumps(right(writer, *given))
        planted.append(true in said)
        return json.loads(said.replace(true, false))

    monkeypatch.setattr(StepWriter, "_steps", steps)
    assert views_that_complain(program) == {"step sentence"}
    assert any(planted)


@pytest.mark.parametrize(
    ("slot", "other"), [("n2.v", "n3.v"), ("n2.v", "n2.g"), ("n0.g", "n0.v"), ("e2.0", "e3.0"), ("n1.v", "n9.v")]
)
def test_a_number_in_the_wrong_box_is_complained_of(
    monkeypatch: pytest.MonkeyPatch, slot: str, other: str
) -> None:
    right = DrawingState.advance

    def show(boxes: DrawingState, frame: Frame) -> tuple[dict[str, str], dict[str, str]]:
        texts, marks = right(boxes, frame)
        exchanged = {slot: other, other: slot}
        return {exchanged.get(key, key): text for key, text in texts.items()}, marks

    monkeypatch.setattr(DrawingState, "advance", show)
    assert "chunk" in views_that_complain(PROGRAM)


def test_a_box_that_looks_as_if_backward_had_come_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    right = DrawingState.advance

    def show(boxes: DrawingState, frame: Frame) -> tuple[dict[str, str], dict[str, str]]:
        texts, marks = right(boxes, frame)
        return texts, {key: words.replace("built now", "built done now") for key, words in marks.items()}

    monkeypatch.setattr(DrawingState, "advance", show)
    assert "chunk" in views_that_complain(PROGRAM)


@pytest.mark.parametrize(("program", "agrees"), [(PROGRAM, False), (PROGRAM, None), (WRONG_BACKWARD, True)])
def test_a_gradient_check_that_lies_is_complained_of(
    monkeypatch: pytest.MonkeyPatch, program: str, agrees: bool | None
) -> None:
    right = Checks.of

    def of(checks: Checks, node: int) -> Any:
        return replace(right(checks, node), agrees=agrees)

    monkeypatch.setattr(Checks, "of", of)
    assert views_that_complain(program) == {"check"}


def test_a_copy_where_torch_shares_memory_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    methods: Any = KINDS[torch.Tensor].methods
    copied = replace(methods["detach"], call=lambda tensor: tensor.detach().clone())
    monkeypatch.setitem(methods, "detach", copied)
    another = f"{PROGRAM}# one that was not read before\n"
    assert "values" in views_that_complain(another)


def test_a_warning_that_the_page_does_not_tell_of_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "import torch\ns = torch.tensor([4.0]).std()\n"
    assert audit(source, "sound") == []
    monkeypatch.setattr("viz.recording.Recorder.warned", lambda *told: None)
    assert views_that_complain(source) == {"warned", "sentence"}


@pytest.mark.parametrize(
    ("call", "views"),
    [
        ("f(u.mul_(2))", {"sentence"}),
        ("f(print('out'))", {"printed"}),
        ("f(loss.backward())", {"sentence", "ledger"}),
    ],
)
def test_what_a_line_did_before_the_function_that_it_calls_is_not_told_of_that(
    monkeypatch: pytest.MonkeyPatch, call: str, views: set[str]
) -> None:
    source = f"""\
import torch
w = torch.tensor(2.0, requires_grad=True)
u = torch.tensor(3.0)
loss = w ** 2
def f(a):
    b = 1
    return b
y = {call}
"""
    assert audit(source, "sound") == []
    monkeypatch.setattr("viz.language.runtime.user_function.called", lambda state: nullcontext())
    assert views <= views_that_complain(source)


@pytest.mark.parametrize("kind", ["grad", "after"])
def test_a_wrong_cell_of_the_csv_is_complained_of(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = csv_table._cells

    def planted(column: str, name: str, value: Any) -> Any:
        found = cells(column, name, value)
        return {one: f"{text}1" for one, text in found.items()} if column == kind else found

    monkeypatch.setattr(csv_table, "_cells", planted)
    assert views_that_complain(PROGRAM) == {"download"}


def test_the_audit_leaves_warnings_as_they_were() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        audit("import torch\ns = torch.tensor([4.0]).std()\n", "quiet")
        warnings.warn("still heard", stacklevel=1)
    assert [str(one.message) for one in caught] == ["still heard"]
