"""The formula, the numbers and the dtype determine how far torch's result may be from a formula's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch

import viz
from tests.rule_cases import CASES, UNARY
from tests.rule_checks import WEIGHTS, needed_by
from viz.explaining.blocks import Math, Section, Text
from viz.explaining.chain import explain_chain
from viz.explaining.edge_gradient import EdgeGradient, edge_gradients
from viz.explaining.nodes import explain_node
from viz.frames.frame import Frame
from viz.frames.graph import Graph, Node
from viz.frames.plain import Value
from viz.rules import RULES, rule_for
from viz.rules.rule import rule

#: Two expressions for each Node.
EXPRESSIONS = [
    *(
        f"p.{name}()"
        for name, node in UNARY.items()
        if node and not name.endswith("_") and hasattr(torch.Tensor, name)
    ),
    *(text for node, texts in CASES.items() if node not in ("", "NotImplemented") for text in texts[:2]),
]
HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def graph_of(expression: str, dtype: str, scale: str = "1.0") -> Graph:
    """The graph after a backward through a case of the rules in this dtype, with gradients of this size."""
    lines = f"out = {expression}"
    program = f"{needed_by(lines)}{lines}\n{WEIGHTS}out.backward(weights * {scale})\n"
    tape = viz.run(program.replace("float64", dtype))
    assert tape.error is None, tape.error
    return tape[-1].graph


def last_frame(lines: str) -> Frame:
    tape = viz.run(f"{HEAD}{lines}\n")
    assert tape.error is None, tape.error
    return tape[-1]


def node_of(frame: Frame, name: str) -> Node:
    return next(node for node in frame.graph.nodes if name in (node.name, node.variable))


def said(sections: list[Section]) -> str:
    return " ".join(block.text for section in sections for block in section.blocks if isinstance(block, Text))


def numbers(frame: Frame, name: str) -> str:
    sections = explain_node(frame, node_of(frame, name).id)
    return said([one for one in sections if one.heading == "Numbers"])


def chain(frame: Frame, leaf: str) -> str:
    return said(explain_chain(frame, node_of(frame, leaf).id))


def edge_gradients_of(graph: Graph) -> Iterator[EdgeGradient]:
    for node in graph.nodes:
        found = rule_for(node)
        if found is not None and node.order is not None:
            yield from (edge for edge in edge_gradients(graph, node, found) if edge.visited and not edge.is_empty)


def test_an_explanation_mentions_the_digits_that_float32_lost_in_a_difference() -> None:
    frame = last_frame(
        "logit = torch.tensor([12.0], requires_grad=True)\nloss = nn.BCEWithLogitsLoss()(logit, torch.ones(1))\n"
        "loss.backward()"
    )
    (torchs,) = torch.sigmoid(torch.tensor([12.0])) - 1
    exact = torch.sigmoid(torch.tensor(12.0, dtype=torch.float64)) - 1
    assert abs(torchs.double() - exact) > 1e-4 * abs(exact)  # otherwise there is nothing to mention
    text = numbers(frame, "loss")
    assert text.startswith("float32 rounds the result of each operation to about 7 digits; exact arithmetic gives")
    assert "up to rounding: float32 rounds" in chain(frame, "logit")


@pytest.mark.parametrize("line", ["y = torch.relu(x)", "y = x.clamp(min=0.0)", "y = torch.where(x > 0, x, 0.0)"])
def test_the_chain_has_the_zero_that_torch_chose_although_inf_arrived(line: str) -> None:
    frame = last_frame(
        f"x = torch.tensor([-1.0, 4.0], requires_grad=True)\n{line}\nloss = y.sqrt().sum()\nloss.backward()"
    )
    assert node_of(frame, "x").received == ([0.0, 0.25],)
    text = chain(frame, "x")
    assert "where the local derivative is 0 torch writes 0 without multiplying" in text
    assert "The sum equals torch's gradient for this leaf" in text


def test_a_masked_row_of_softmax_has_torchs_zeros() -> None:
    frame = last_frame(
        "x = torch.tensor([[1.0, 2.0], [0.5, 0.5]], requires_grad=True)\n"
        "mask = torch.tensor([[False, True], [True, True]])\n"
        "p = x.masked_fill(mask, float('-inf')).softmax(dim=1)\nloss = p[0].sum() + p[0, 0]\nloss.backward()"
    )
    assert node_of(frame, "x").received == ([[0.0, 0.0], [0.0, 0.0]],)
    assert "The sum equals torch's gradient for this leaf" in chain(frame, "x")


def test_a_product_that_underflowed_in_the_forward_is_divided_as_torch_does() -> None:
    frame = last_frame(
        "small = torch.tensor([1e-30, 1e-30], requires_grad=True)\nloss = small.prod()\nloss.backward()"
    )
    assert node_of(frame, "small").received == ([0.0, 0.0],)
    assert numbers(frame, "loss") == (
        "A product of these factors is outside the range of float32 and became 0; torch divides that 0 by each "
        "factor."
    )


def test_an_underflow_is_named_with_the_exact_number() -> None:
    frame = last_frame(
        "x = torch.tensor([1.0], requires_grad=True)\ny = x * 1e-30\nloss = (y * 1e-30).sum()\nloss.backward()"
    )
    because = (
        "float32 has no positive number below 1.40e−45 and fewer digits below 1.18e−38; "
        "exact arithmetic gives 1.00e−60, torch has 0."
    )
    assert numbers(frame, "y") == because
    assert chain(frame, "x").endswith(because)


def test_a_sum_that_leaves_the_range_in_between_is_not_a_wrong_rule() -> None:
    """torch's order of adding decides whether 3e38 + 3e38 - 3e38 - 3e38 is inf, nan or 0."""
    for numbers_ in ("3e38, 3e38, -3e38, -3e38", "3e38, 3e38, 3e38, -3e38, -3e38", "2e38, 2e38"):
        frame = last_frame(
            f"B = torch.tensor([[{numbers_}]])\nx = torch.ones(1, 1, requires_grad=True)\n"
            "loss = (x @ B).sum()\nloss.backward()"
        )
        (edge,) = [one for one in edge_gradients_of(frame.graph) if one.node.name == "MmBackward0"]
        assert edge.agreement.holds


def test_the_rule_of_a_logarithm_divides_the_gradient_as_torch_does() -> None:
    """1 / 1e-310 is inf in float64, and 0 / 1e-310 is 0."""
    frame = last_frame(
        "x = torch.tensor([1e-310], dtype=torch.float64, requires_grad=True)\ny = x.log()\n"
        "(y * 0).sum().backward()"
    )
    assert node_of(frame, "x").received == ([0.0],)
    assert "not finite" not in numbers(frame, "y")
    assert "The sum equals torch's gradient" in chain(frame, "x")


def test_a_quotient_has_no_factor_that_is_out_of_range() -> None:
    """0.5 / 5.5e-309 is in float64's range, and 1 / 5.5e-309 is not."""
    frame = last_frame(
        "a = torch.tensor(5.5e-309, dtype=torch.float64, requires_grad=True)\n"
        "loss = a.log() * 0.5\nloss.backward()"
    )
    (sent,) = node_of(frame, "a").received
    assert isinstance(sent, float)
    assert sent == pytest.approx(0.5 / 5.5e-309)
    why = "he local derivative exceeds float64's range; torch divides the received gradient without computing it."
    assert numbers(frame, "LogBackward0") == f"T{why}"
    assert f"From `a.log()` to `a`, t{why}" in chain(frame, "a")
    sections = [*explain_node(frame, node_of(frame, "LogBackward0").id), *explain_chain(frame, 0)]
    assert not any(
        r"\infty" in block.latex for part in sections for block in part.blocks if isinstance(block, Math)
    )


def test_an_explanation_mentions_the_digits_that_a_layer_norm_loses() -> None:
    """The layer norm of one number is 0; torch subtracts 316 times the mean from 316 times the number."""
    frame = last_frame(
        "x = torch.tensor([-4.3228044509887695], requires_grad=True)\nw = torch.ones(1, requires_grad=True)\n"
        "out = F.layer_norm(x, (1,), w)\nout.sum().backward()"
    )
    (edge,) = [one for one in edge_gradients_of(frame.graph) if one.node.variable == "out" and one.name == "w"]
    assert edge.agreement.holds
    assert float(edge.product) == 0
    assert abs(float(edge.sent)) < 1e-3
    for wrong in (0.01, -0.01):
        sent: tuple[Value | None, ...] = (edge.node.sent[0], [wrong], *edge.node.sent[2:])
        assert not EdgeGradient(edge.graph, replace(edge.node, sent=sent), edge.rule, edge.slot).agreement.holds


def test_relu_passes_the_gradient_on_at_nan() -> None:
    frame = last_frame(
        "a = torch.tensor([float('nan'), -1.0, 2.0], requires_grad=True)\nout = torch.relu(a)\n"
        "out.sum().backward()"
    )
    assert node_of(frame, "a").received == ([1.0, 0.0, 1.0],)
    assert numbers(frame, "out") == ""
    assert "The sum equals torch's gradient" in chain(frame, "a")


def test_a_loss_that_ignores_every_target_sends_zeros() -> None:
    frame = last_frame(
        "logits = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]], requires_grad=True)\n"
        "loss = F.cross_entropy(logits, torch.tensor([-100, -100]))\nloss.backward()"
    )
    assert node_of(frame, "logits").received == ([[0.0] * 3] * 2,)
    assert "does not give" not in numbers(frame, "loss")
    assert "The sum equals torch's gradient" in chain(frame, "logits")


def test_a_bound_is_compared_in_the_dtype_of_the_tensor() -> None:
    """float32's 0.7 is less than the program's 0.7, and at the bound torch passes the gradient on."""
    frame = last_frame("x = torch.tensor([0.7], requires_grad=True)\ny = x.clamp(min=0.7)\ny.sum().backward()")
    assert node_of(frame, "x").received == ([1.0],)
    assert "does not give" not in numbers(frame, "y")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_rule_is_called_wrong_in_any_dtype(dtype: str) -> None:
    wrong = []
    for text in EXPRESSIONS:
        graph = graph_of(text, dtype)
        wrong += [
            f"{text}: {edge.node.name}: {edge.agreement.why}"
            for edge in edge_gradients_of(graph)
            if not edge.agreement.holds
        ]
    assert wrong == []


#: What a wrong rule or a wrong backward may do to the gradients that a Node sends.
PLANTED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "a factor": lambda sent: sent * 1.01,
    "the sign": lambda sent: -sent,
    "one element": lambda sent: torch.where(_largest(sent), sent * 1.01, sent),
    "one small element": lambda sent: torch.where(_smallest(sent), sent * 1.01, sent),
    "another order": lambda sent: sent.flatten().roll(1).reshape(sent.shape),
}


#: Without bfloat16, whose 8 bits round by as much as what is planted.
FINE = [text for text in EXPRESSIONS if "bfloat16" not in text]


def _largest(sent: torch.Tensor) -> torch.Tensor:
    return (torch.arange(sent.numel()) == sent.abs().argmax()).reshape(sent.shape)


def _smallest(sent: torch.Tensor) -> torch.Tensor:
    return (torch.arange(sent.numel()) == sent.abs().where(sent != 0, torch.inf).argmin()).reshape(sent.shape)


@pytest.mark.parametrize("scale", ["1.0", "1e-30"])
@pytest.mark.parametrize("planted", PLANTED)
def test_the_result_of_a_wrong_rule_is_recognized_as_wrong(planted: str, scale: str) -> None:
    missed, tried = [], 0
    for text in FINE:
        for edge in edge_gradients_of(graph_of(text, "float32", scale)):
            wrong = PLANTED[planted](edge.sent)
            if not torch.allclose(wrong, edge.sent, rtol=1e-3, atol=0.0):
                tried += 1
                sent = (*edge.node.sent[: edge.slot], wrong.tolist(), *edge.node.sent[edge.slot + 1 :])
                other = EdgeGradient(edge.graph, replace(edge.node, sent=sent), edge.rule, edge.slot)
                if other.agreement.holds:
                    missed.append(f"{text}: {edge.node.name}[{edge.slot}]")
    assert tried > 100
    assert missed == []


WRONG = {
    "a factor": ("MulBackward0", rule(self="1.001 * other", other="self"), "x * 2"),
    "the sign": ("SubBackward0", rule(self="-1", other="-alpha"), "x - 3"),
    "transposed": ("MmBackward0", rule(self="grad @ mat2", mat2="self @ grad"), "M @ M"),
    "a missing sum": ("SoftmaxBackward0", rule(self="result * grad"), "x.softmax(0) * x.detach()"),
    "one element": ("ReluBackward0", rule(self="where(result < 0, 0, 1)"), "torch.relu(x - 1)"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("scale", ["1.0", "1e-30"])
def test_a_planted_wrong_rule_is_called_wrong(name: str, scale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    node, planted, expression = WRONG[name]
    lines = (
        "x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)\n"
        "M = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)\n"
        f"y = {expression}\nz = y * {scale}\nz.sum().backward()"
    )
    frame = last_frame(lines)
    leaf = "M" if "M" in expression else "x"
    assert "does not give" not in numbers(frame, node)
    assert "The sum equals torch's gradient" in chain(frame, leaf)
    monkeypatch.setitem(RULES, node, planted)
    assert "The formula does not give what torch sent" in " ".join(
        said(explain_node(frame, one.id)) for one in frame.graph.nodes if one.name == node
    )
    assert "differs from torch's gradient" in chain(frame, leaf)
