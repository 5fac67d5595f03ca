"""The audit can fail: with a fault planted in the page's own code, it complains about exactly that."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.audit import audit
from tests.audit.planted import ADDED, CLOSURE, DERIVED, PROGRAM, WRONG_BACKWARD, views_that_complain
from viz.explaining import check
from viz.explaining.check import Checks
from viz.export import csv_table
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.language.vocabulary.kinds import KINDS
from viz.rules import rule_for, table
from viz.rules.rule import rule
from viz.writing.drawing_state import DrawingState
from viz.writing.part_writer import Part, PartWriter
from viz.writing.sentences import sentence


def test_nothing_is_wrong_before_a_fault_is_planted() -> None:
    assert audit(PROGRAM, "sound") == []
    assert audit(WRONG_BACKWARD, "sound") == []
    assert audit(ADDED, "sound") == []
    assert audit(DERIVED, "sound") == []
    assert audit(CLOSURE, "sound") == []


def test_a_wrong_rule_causes_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_false_sentence_causes_a_complaint(
    monkeypatch: pytest.MonkeyPatch, lie: Callable[[Frame, str], str]
) -> None:
    monkeypatch.setattr("tests.audit.sentences.sentence", lambda frame: lie(frame, sentence(frame)))
    assert "sentence" in views_that_complain(PROGRAM)


@pytest.mark.parametrize(
    ("slot", "other"), [("n2.v", "n3.v"), ("n2.v", "n2.g"), ("n0.g", "n0.v"), ("e2.0", "e3.0"), ("n1.v", "n9.v")]
)
def test_a_number_in_the_wrong_box_causes_a_complaint(
    monkeypatch: pytest.MonkeyPatch, slot: str, other: str
) -> None:
    right = DrawingState.advance

    def show(boxes: DrawingState, frame: Frame) -> tuple[dict[str, str], dict[str, str]]:
        texts, marks = right(boxes, frame)
        exchanged = {slot: other, other: slot}
        return {exchanged.get(key, key): text for key, text in texts.items()}, marks

    monkeypatch.setattr(DrawingState, "advance", show)
    assert "chunk" in views_that_complain(PROGRAM)


def test_a_box_that_looks_as_if_backward_had_reached_it_causes_a_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = DrawingState.advance

    def show(boxes: DrawingState, frame: Frame) -> tuple[dict[str, str], dict[str, str]]:
        texts, marks = right(boxes, frame)
        return texts, {key: words.replace("built now", "built done now") for key, words in marks.items()}

    monkeypatch.setattr(DrawingState, "advance", show)
    assert "chunk" in views_that_complain(PROGRAM)


@pytest.mark.parametrize(("program", "agrees"), [(PROGRAM, False), (PROGRAM, None), (WRONG_BACKWARD, True)])
def test_a_false_gradient_check_causes_a_complaint(
    monkeypatch: pytest.MonkeyPatch, program: str, agrees: bool | None
) -> None:
    right = Checks.of

    def of(checks: Checks, node: int) -> Any:
        return replace(right(checks, node), agrees=agrees)

    monkeypatch.setattr(Checks, "of", of)
    assert views_that_complain(program) == {"check"}


def test_a_check_that_overlooks_the_backward_causes_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    right = check._backward
    monkeypatch.setattr(check, "_backward", lambda frames, frame: right((), frame))
    assert views_that_complain(PROGRAM) == {"check"}


def test_a_copy_where_torch_shares_memory_causes_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    methods: Any = KINDS[torch.Tensor].methods
    copied = replace(methods["detach"], call=lambda tensor: tensor.detach().clone())
    monkeypatch.setitem(methods, "detach", copied)
    another = f"{PROGRAM}# one that was not read before\n"
    assert "values" in views_that_complain(another)


def test_a_warning_that_the_page_leaves_out_causes_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_what_a_line_did_before_it_calls_a_function_is_not_attributed_to_the_function(
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
    monkeypatch.setattr("viz.language.runtime.user_function.called", lambda state, caller, title: nullcontext())
    assert views <= views_that_complain(source)


@pytest.mark.parametrize("kind", ["grad", "after"])
def test_a_wrong_cell_of_the_csv_causes_a_complaint(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("key", ["o", "c"])
def test_a_lost_print_and_a_lost_call_cause_a_complaint(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    right = PartWriter.write

    def write(writer: PartWriter, *arguments: Any) -> Part:
        part = right(writer, *arguments)
        for frame in part.frames:
            frame.pop(key, None)
        return part

    monkeypatch.setattr(PartWriter, "write", write)
    assert "chunk" in views_that_complain("def f():\n    print(1)\nf()\n")
