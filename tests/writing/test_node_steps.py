"""The steps inside a statement: what a Node received and sent, with autograd's numbers and correct sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import viz
from tests.programs import LINE
from tests.writing.replay import Replay, replay
from viz.drawing.dot import LEVELS
from viz.presets import presets
from viz.writing.node_steps import BEFORE

_HEAD = "import torch\n\nx = torch.tensor([2.0], requires_grad=True)\n"
#: Two lines use x in each iteration, and `x.grad` is never cleared.
TWICE = f"{_HEAD}for iteration in range(3):\n    y = x * x\n    y.sum().backward()\n"
OUTPUTS = f"{_HEAD}a, b = torch.cat([x, 3 * x]).unbind()\n(a * b).backward()\n"
DERIVED = f"{_HEAD}y = x * x\ntorch.autograd.grad(y.sum(), x)\n"
KEPT = f"{_HEAD}y = x * 3\ny.retain_grad()\n(y * y).sum().backward()\n"
MANY = f"{_HEAD}y = x\n" + "y = y + x\n" * 8 + "y.sum().backward()\n"

#: PyTorch builds a new Node for `y` when its view changes; the program can still read `y`.
CHANGED = f"{_HEAD}y = torch.cat([x, 3 * x])\nz = y[1:]\nz.mul_(3)\ny.sum().backward()\n"
#: One expression that makes two Nodes.
COMPOSED = (
    f"{_HEAD}loss = torch.nn.functional.cross_entropy(torch.cat([x, 3 * x]), torch.tensor(1))\nloss.backward()\n"
)


def _fill(template: list[str], texts: dict[str, str]) -> str:
    """A template filled with the texts of its slots, none of which may be empty."""
    assert all(texts.get(slot) for slot in template[1::2]), template
    return "".join(texts[piece] if at % 2 else piece for at, piece in enumerate(template))


def _steps(run: Replay) -> Iterator[tuple[int, int, dict[str, Any], dict[str, str], dict[str, str]]]:
    """Each statement that has steps: its position, its marks, and the texts before and after it."""
    for part in run.parts():
        before: dict[str, str] = {}
        for statement, ((texts, _), frame) in enumerate(zip(run.states(part), run.part(part)["f"], strict=True)):
            marks = run.chunk["marks"][str(frame["m"])]
            if marks["order"]:
                yield part, statement, marks, before, texts
            before = texts


def _said(source: str, level: str = "autograd") -> list[str]:
    run = replay(viz.run(source, iterations=3))
    return [
        _fill(template, texts)
        for _, _, marks, _, texts in _steps(run)
        for template in marks["said"][level]
        if template is not None
    ]


def _sums(source: str) -> list[str]:
    run = replay(viz.run(source, iterations=3))
    return [
        _fill(one["text"], texts | _had(one, before))
        for _, _, marks, before, texts in _steps(run)
        for one in marks.get("sums", [])
        if one is not None
    ]


def _had(one: dict[str, Any], before: dict[str, str]) -> dict[str, str]:
    """The text for the slot of what a `.grad` was before the statement, if a sum has it."""
    return {BEFORE: before[one["before"]]} if "before" in one else {}


def test_a_node_is_built_and_later_receives_and_sends() -> None:
    said = _said(LINE)
    assert "MulBackward0 is built for W * x: its value is [0.5000, 1.000]" in said
    assert "MulBackward0 of W * x received [−0.5000, −2.000] and sent −4.500 to W" in said
    assert "W.grad is −4.500 now" in said


def test_a_node_from_before_the_loop_is_said_to_be_built_before() -> None:
    said = _said(f"{_HEAD}h = x * 3\nfor iteration in range(1):\n    loss = (h + 1).sum()\n    loss.backward()\n")
    assert "MulBackward0 was built for h before this line: its value is 6.000" in said
    assert "AddBackward0 is built for h + 1: its value is 7.000" in said


def test_among_concepts_a_node_has_its_name_there() -> None:
    assert "mul [2] is built for W * x: its value is [0.5000, 1.000]" in _said(LINE, "concept")


def test_only_the_value_of_an_inner_node_is_said_to_be_unseen() -> None:
    said = _said(COMPOSED)
    where = "inside torch.nn.func…"
    assert f"LogSoftmaxBackward0 is built {where}: only PyTorch's own code sees its value" in said
    assert "UnbindBackward0 is built for a" in _said(OUTPUTS)
    assert "unbind is built for a" in _said(OUTPUTS, "concept")
    assert "CopySlices is built for y" in _said(CHANGED)


def test_an_inner_node_that_receives_a_gradient_is_named_before_its_expression() -> None:
    said = _said(COMPOSED)
    assert any("sent [0 …] to LogSoftmaxBackward0 in torch.nn.func…" in one for one in said)


def test_gradients_that_meet_in_a_leaf_are_added_to_its_grad() -> None:
    assert "x.grad is 4.000 now: 2.000 + 2.000 arrived" in _said(TWICE)
    assert _sums(TWICE) == [
        "2.000 + 2.000 = 4.000",
        "4.000 + 2.000 + 2.000 = 8.000",
        "8.000 + 2.000 + 2.000 = 12.00",
    ]


def test_gradients_of_several_outputs_are_not_summed() -> None:
    assert any("UnbindBackward0 of" in one and " received 6.000 and 2.000" in one for one in _said(OUTPUTS))
    assert not any(one.startswith("6.000 + 2.000 =") for one in _sums(OUTPUTS))


def test_a_returned_derivative_is_not_added_to_a_grad() -> None:
    assert "torch.autograd.grad returns 2.000 + 2.000 for x, and leaves x.grad alone" in _said(DERIVED)
    assert _sums(DERIVED) == []


def test_a_box_that_keeps_its_grad_says_what_arrived() -> None:
    assert any("MulBackward0 of y received 6.000 + 6.000 and sent 36.00 to x" in one for one in _said(KEPT))
    assert _sums(KEPT) == []


def test_many_gradients_are_counted() -> None:
    assert "x.grad is 9.000 now: 9 gradients arrived" in _said(MANY)


def test_iterations_that_do_the_same_share_their_sentences() -> None:
    run = replay(viz.run(LINE, iterations=20))
    with_steps = [number for number, marks in run.chunk["marks"].items() if marks["order"]]
    assert len(with_steps) == 3  # y_hat, loss, backward


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_each_step_of_every_preset_has_a_sentence_and_every_sum_is_correct(preset: Any) -> None:
    run = replay(viz.run(preset.source, iterations=3))
    for part, statement, marks, before, texts in _steps(run):
        assert set(marks["said"]) == set(LEVELS)
        for level in LEVELS:
            for template in marks["said"][level]:
                assert template is None or _fill(template, texts)
        assert None not in marks["said"]["autograd"]
        for one in marks.get("sums", []):
            if one is not None:
                *terms, total = [(texts | _had(one, before))[slot] for slot in one["text"][1::2]]
                assert _adds_up(terms, total), (part, statement, one)


def _adds_up(terms: list[str], total: str) -> bool:
    """Whether numbers as shown add up, as far as their digits go; a tensor shows only its first."""
    heads = [float(text.strip("[]").split("…")[0].split(",")[0].replace("−", "-")) for text in (*terms, total)]
    *parts, whole = heads
    return abs(sum(parts) - whole) <= 0.02 * max(map(abs, heads)) + 1e-6
