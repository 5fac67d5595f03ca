"""The rules agree with torch at NaN, infinities, zeros, ties, and the ends of a dtype's range."""

from __future__ import annotations

import pytest
import torch

import viz
from tests.explaining.test_agreement import EXPRESSIONS, edge_gradients_of, last_frame, node_of, numbers
from tests.rule_edges import ARRIVES, EDGES, with_edges
from tests.test_second_rules import BY_NODE, TEXTS, differentiated
from viz.frames.graph import Graph

#: Here torch's kernel adds in another order, so that 0 * inf or inf - inf occurs elsewhere; the inspector then
#: says what torch sent instead.
ELSEWHERE = {
    ("arrives", "TrilinearBackward0"),
    ("arrives", "ConvolutionBackward0"),
    ("nan", "CumprodBackward0"),
}
#: Elementwise functions, which have kernels for many elements at a time and for one.
ELEMENTWISE = (
    "torch.relu(p)", "F.relu6(p)", "F.hardtanh(p)", "F.elu(p)", "F.selu(p)", "F.leaky_relu(p)", "F.gelu(p)",
    "F.gelu(p, approximate='tanh')", "F.silu(p)", "F.mish(p)", "F.softplus(p)", "F.logsigmoid(p)", "p.abs()",
    "F.celu(p, 0.7)", "F.hardshrink(p, 1.0)", "F.softshrink(p)", "F.hardswish(p)", "F.threshold(p, 0.5, 2.0)",
    "F.prelu(p, q[:1])", "F.elu(p * 1, inplace=True)", "F.leaky_relu(p * 1, inplace=True)",
    "p.clamp(-1.0, 1.0)", "torch.maximum(p, q)", "torch.minimum(p, q)", "p.sigmoid()", "p.tanh()", "p.sqrt()",
    "p ** 3", "p ** 0.5", "p ** q", "q / p", "p.log()", "p.exp()", "p.round()", "p.masked_fill(p > 0, 1.0)",
    "F.smooth_l1_loss(p, q, reduction='sum')", "F.huber_loss(p, q, reduction='sum')", "p.prod()", "p.max()",
    "p.amax()", "p.norm()", "p.norm(p=1)", "p.var()", "p.softmax(0)", "p.logsumexp(0)", "p.cumsum(0)",
)  # fmt: skip
AT_THE_EDGE = ("nan", "inf", "-inf", "0.0", "-0.0", "1.0", "-1.0", "0.5", "3.0", "-3.0", "1e30", "1e-40", "100.0")


def _wrong(graph: Graph, edge: str = "") -> list[str]:
    """The edges that the inspector calls wrong, except those where torch's kernels add in another order."""
    return [
        f"{way.node.name}[{way.slot}]: {way.agreement.why}"
        for way in edge_gradients_of(graph)
        if not way.agreement.holds and (edge, way.node.name) not in ELSEWHERE
    ]


@pytest.mark.parametrize("edge", [*EDGES, "arrives"])
def test_the_rules_agree_with_torch_at_the_edge(edge: str) -> None:
    wrong, tried = [], 0
    for text in EXPRESSIONS:
        tape = viz.run(f"{with_edges(f'out = {text}', edge)}out.backward(weights)\n")
        if tape.error is None:  # some losses refuse such numbers and raise
            tried += 1
            wrong += [f"{text}: {one}" for one in _wrong(tape[-1].graph, edge)]
    assert tried > 200
    assert wrong == []


@pytest.mark.parametrize("edge", ["nan", "inf", "ties"])
def test_the_rules_of_second_derivatives_agree_with_torch_at_the_edge(edge: str) -> None:
    wrong, tried = [], 0
    for text in dict(reversed([(node, text) for node, text in BY_NODE if text in TEXTS])).values():
        program = with_edges(differentiated(f"out = {text}"), edge).partition("weights = torch.ones_like")[0]
        tape = viz.run(f"{program}out.backward()\n")
        if tape.error is None:
            tried += 1
            wrong += [f"{text}: {one}" for one in _wrong(tape[-1].graph, edge)]
    assert tried > 80
    assert wrong == []


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 33])
def test_one_element_and_many_are_explained_as_torch_computes_them(count: int, dtype: str) -> None:
    wrong = []
    for text in ELEMENTWISE:
        rows = [[one] for one in AT_THE_EDGE] if count == 1 else [(AT_THE_EDGE * 3)[:count]]
        for row in rows:
            values = ", ".join(f"float('{one}')" for one in row)
            lines = (
                f"p = torch.tensor([{values}], dtype=torch.{dtype}, requires_grad=True)\n"
                f"q = torch.full(({len(row)},), 0.5, dtype=torch.{dtype}, requires_grad=True)\n"
                f"out = ({text}).sum()\n"
            )
            wrong += [f"{text} of {row[0]}: {one}" for one in _wrong(last_frame(f"{lines}out.backward()").graph)]
    assert wrong == []


#: Products and quotients that leave the dtype's range in torch's order of operations, but not in another.
OUT_OF_RANGE = (
    "x.clone().addcdiv_(a, b, value=3.0)",
    "x.clone().addcdiv_(a, b)",
    "x.clone().addcmul_(a, b, value=3.0)",
    "nn.LayerNorm([5], 0.001, dtype=x.dtype)(x)",
    "F.layer_norm(x, [5], w, w)",
    "x.clone() / (b * b)",
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("call", OUT_OF_RANGE)
def test_a_rule_leaves_the_range_if_torchs_order_does(call: str, dtype: str) -> None:
    limits = torch.finfo(getattr(torch, dtype))
    edges = {
        "huge": [one * limits.max for one in (1e-20, 0.001, 0.5, -0.75, 1e-20)],
        "tiny": [one * limits.tiny for one in (0.25, -0.001, 1.0, 8.0, 0.25)],
    }
    for name, numbers_ in edges.items():
        lines = [f"{one} = torch.tensor({numbers_}, dtype=torch.{dtype}, requires_grad=True)\n" for one in "xab"]
        lines.append(f"w = torch.linspace(-0.75, 1.0, 5, dtype=torch.{dtype})\n")
        for arrives in (0.43, 1.43):
            frame = last_frame(f"{''.join(lines)}out = {call}\n(out * {arrives}).sum().backward()")
            assert _wrong(frame.graph) == [], (name, arrives)


def test_if_torchs_kernels_differ_the_inspector_leaves_it_open() -> None:
    """Whichever case torch takes at NaN, no other element is left open, and the inspector says nothing false."""
    for text in ("F.hardtanh(p)", "F.elu(p)"):
        values = ", ".join(["float('nan')", "0.5"] * 17)
        frame = last_frame(f"p = torch.tensor([{values}], requires_grad=True)\ny = {text}\ny.sum().backward()")
        sent = torch.tensor(node_of(frame, "p").received[0])
        passed = bool((sent[0] == 1.0).item())
        assert ("does not determine the result" in numbers(frame, "y")) != passed
        assert (sent[1::2] == 1).all()


def test_every_edge_changes_the_numbers_of_a_case() -> None:
    for edge in EDGES:
        assert with_edges("out = x * 2", edge) != with_edges("out = x * 2", "arrives").replace(ARRIVES, "")
