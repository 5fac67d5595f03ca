"""With a false claim planted in a sentence of the page, the audit complains about exactly that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.audit import audit, explanations
from tests.audit.planted import ADDED, CLOSURE, DERIVED, PROGRAM, views_that_complain
from viz.explaining.blocks import Section, Text
from viz.frames.frame import Frame
from viz.writing.node_steps import StepWriter
from viz.writing.sentences import sentence


@pytest.mark.parametrize(
    ("program", "true", "false", "view"),
    [
        (PROGRAM, "W.grad was None, so it became", "W.grad was not None, so backward added to it", "explanation"),
        (PROGRAM, "the received gradient: [", "the received gradient: [1", "explanation"),
        (PROGRAM, "no backward pass has reached this", "The last backward pass did not visit this", "explanation"),
        (PROGRAM, "W.grad is None.", "W.grad is 0.", "explanation"),
        (PROGRAM, "`x` has requires_grad=False", "`W` has requires_grad=False", "explanation"),
        (PROGRAM, "From `loss`", "The backward pass started here. From `loss`", "explanation"),
        (PROGRAM, "One path leads", "backward() started at this leaf itself. One path leads", "chain"),
        (PROGRAM, "One path leads", "Backward sent no gradient to this leaf. One path leads", "chain"),
        (PROGRAM, "One path leads", "torch's gradient for this leaf is [1.000, 2.000]. One path leads", "chain"),
        (PROGRAM, "torch computed this value in float32", "torch computed this value in float64", "step"),
        (PROGRAM, "torch computed this value", "W.grad is None, so the optimizer skips W. torch computed", "step"),
        (
            ADDED,
            "x.grad was not None, so",
            "x.grad was None, so it became the received gradient: 1.000. So",
            "explanation",
        ),
        (
            ADDED,
            "x.grad was None, so it became",
            "Backward sent no gradient here, so x.grad did not change. It is",
            "explanation",
        ),
        (
            ADDED,
            "x.grad was None, so it became",
            "In this graph, no backward pass has reached this leaf yet. It is",
            "explanation",
        ),
        (DERIVED, "torch.autograd.grad returned [4.000", "torch.autograd.grad returned [5.000", "explanation"),
        (CLOSURE, "ran the closure twice", "ran the closure 3 times", "step"),
        (
            CLOSURE,
            "The first direction",
            "No element exceeds tolerance_grad, so no parameter moves. The first",
            "step",
        ),
    ],
)
def test_a_false_sentence_in_an_explanation_causes_a_complaint(
    monkeypatch: pytest.MonkeyPatch, program: str, true: str, false: str, view: str
) -> None:
    said: list[str] = []

    def lie(block: Any) -> Any:
        if not isinstance(block, Text):
            return block
        said.append(block.text)
        return Text(block.text.replace(true, false))

    def lying(explain: Callable[..., list[Section]]) -> Callable[..., list[Section]]:
        return lambda *of: [replace(one, blocks=tuple(map(lie, one.blocks))) for one in explain(*of)]

    for name in ("explain_node", "explain_chain", "explain_step"):
        monkeypatch.setattr(explanations, name, lying(getattr(explanations, name)))
    assert views_that_complain(program) == {view}
    assert any(true in one for one in said)


@pytest.mark.parametrize(
    ("line", "true", "false"),
    [
        ("opt.param_groups[0]['lr'] = 0.5", "from 0.1 to 0.5", "from 0.1 to 0.6"),
        ("opt.param_groups[0]['lr'] = 0.5", "from 0.1 to 0.5", "from 0.2 to 0.5"),
        ("rows[0].append(7)", "from [1] to [1, 7]", "from [1] to [1, 8]"),
        ("named['t'].mul_(2)", "from [1.000, 2.000] to [2.000, 4.000]", "from [1.000, 2.000] to [2.000, 5.000]"),
        ("del rows[0], w", "w is gone", "opt is gone"),
        ("del rows[0][0]", "from [1] to []", "from [1] to [2]"),
        ("try: int('a')\nexcept ValueError as e: pass", "handles ValueError", "handles TypeError"),
        ("try: int('a')\nexcept ValueError as e: pass", "invalid literal", "no literal"),
        ("named['t'].mul_(2)", "from [1.000, 2.000] to [2.000, 4.000]", "from [1.000, 3.000] to [2.000, 4.000]"),
        ("named['t'][1] = 9", "from 2.000 to 9.000", "from 2.000 to 8.000"),
    ],
)
def test_a_false_sentence_on_a_change_of_an_unnamed_thing_causes_a_complaint(
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
        (ADDED, '{"text": ["", "before", " + ", "e1.0"', '{"text": ["", "before", " + ", "e2.0"'),
        (ADDED, '{"text": ["", "before", " + ", "e1.0", " + ", "e1.1"', '{"text": ["", "before", " + ", "e1.0"'),
        (ADDED, '{"text": ["", "before", " + ", "e1.0"', '{"text": ["", "e1.0"'),
        (ADDED, '{"text": ["", "before", " + ", "e1.0"', '{"text": ["", "e1.0", " + ", "before"'),
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
def test_a_false_sentence_on_a_step_causes_a_complaint(
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
