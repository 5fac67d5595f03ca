"""A wrong number on the page and a wrong `backward` are found, wherever they are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import viz
from tests.explaining.checked import SGD, checked, leaf, own, scaled
from viz.explaining.check import Checks, check
from viz.frames.graph import Graph
from viz.presets import FOLDER

SATURATED = """\
import torch
from torch import nn
x = torch.tensor([[-7.0, 5.5, -8.5], [-1.5, -3.5, -3.0], [-8.0, 0.25, -1.0]], dtype=torch.float64)
x.requires_grad_()
key = torch.tensor([[-8.0, 5.0, -5.0], [2.5, 7.5, 5.0], [2.5, -8.5, -1.5]], dtype=torch.float64)
attention = nn.MultiheadAttention(3, 3, dtype=torch.float64)
with torch.no_grad():
    attention.in_proj_weight.copy_(torch.linspace(-0.75, 1.0, 27, dtype=torch.float64).reshape(9, 3))
out, weights = attention(x, key, key)
out.pow(2).sum().backward()
"""


@pytest.mark.parametrize("name", ["W", "W * x", "b", "y_hat", "loss"])
def test_a_gradient_that_is_one_percent_off_is_found(name: str) -> None:
    tape = viz.run(SGD, 3)
    frame = tape.iteration(2)[-1]
    nodes = list(frame.graph.nodes)
    place = next(
        one.id for one in nodes if name in (one.variable, one.expression.text if one.expression else None)
    )
    received = nodes[place].received[0]
    assert received is not None
    nodes[place] = replace(nodes[place], received=(scaled(received, 1.01),))
    planted = replace(frame, graph=Graph(tuple(nodes), frame.graph.edges))
    one = check(tape.program, tape, planted, place)
    assert one.agrees is False
    assert "the page shows" in one.text and "They do not agree" in one.text
    assert check(tape.program, tape, frame, place).agrees


@pytest.mark.parametrize(("off", "agrees"), [(3e-13, True), (1e-8, False)])
def test_rounding_inside_a_layer_is_no_fault_and_more_than_that_is(off: float, agrees: bool) -> None:
    """Softmax picks one key here: large numbers cancel in its backward, and leave little besides rounding."""
    tape = viz.run(SATURATED)
    frame = tape[-1]
    nodes = list(frame.graph.nodes)
    (place,) = (one.id for one in nodes if one.variable == "x")
    received = nodes[place].received[0]
    assert received is not None
    nodes[place] = replace(nodes[place], received=(scaled(received, 1 + off),))
    planted = replace(frame, graph=Graph(tuple(nodes), frame.graph.edges))
    assert check(tape.program, tape, planted, place).agrees is agrees


@pytest.mark.parametrize("constant", ["", " + 1e4", " + 1e10"])
@pytest.mark.parametrize(
    ("forward", "right", "wrong"),
    [
        ("x * 2", "g * 2", "g * 3"),  # a factor
        ("x * 2", "g * 2", "g * 2.002"),  # a thousandth
        ("x * x", "2 * x * g", "-2 * x * g"),  # the sign
        ("x * x", "2 * x * g", "g * 0"),  # nothing
        ("x.exp()", "g * x.exp()", "g * x.exp() * torch.tensor([1.0, 1.0, 1.01])"),  # one element
        ("x.flip(0)", "g.flip(0)", "g"),  # transposed
        ("x.expand(2, 3) * 1", "g.sum(0)", "g[0]"),  # a sum is missing
        ("x.sum() * x", "g * x.sum() + (g * x).sum()", "g * x.sum()"),  # a term is missing
    ],
)
def test_a_wrong_backward_is_found_and_blamed_and_a_correct_one_is_not(
    forward: str, right: str, wrong: str, constant: str
) -> None:
    line = "z = (Own.apply(W * W) * torch.tensor([1.0, -2.0, 0.5]) * W.sin()).sum()" + constant
    for name, one in checked(own(forward, right, after=line)).items():
        assert one.agrees and one.function is None, (name, one.text)
    checks = checked(own(forward, wrong, after=line))
    assert {name for name, one in checks.items() if one.agrees is False} == {"W", "x"}
    assert {name for name, one in checks.items() if one.agrees is None} == set()
    for name in ("W", "x"):
        assert checks[name].function == "Own"
        assert (
            "Own.backward returns " in checks[name].text and "differences of Own.forward give" in checks[name].text
        )


def test_a_linear_map_whose_backward_is_not_transposed_is_found() -> None:
    matrix = "torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0], [3.0, 0.5, 1.0]])"
    for backward, agrees in ((f"g @ {matrix}", True), (f"{matrix} @ g", False)):
        source = own(f"{matrix} @ x", backward, after="z = (Own.apply(W) * W).sum() + 1e10")
        assert checked(source)["W"].agrees is agrees


def test_a_large_constant_in_float32_does_not_affect_the_check_of_the_gradient() -> None:
    one = checked(leaf("z = (W * W).sum() + 1e10"))["W"]
    assert one.agrees
    assert one.numeric == pytest.approx([0.6, -2.4, 1.6], rel=1e-4)


def test_a_constant_that_hides_the_loss_even_in_float64_leaves_the_check_open() -> None:
    one = checked(leaf("z = (W * W).sum() + 1e16"))["W"]
    assert one.agrees is None
    assert "Finite differences are inconclusive: rounding leaves them uncertain by" in one.text


@pytest.mark.parametrize("factor", [1.0001, -1.0, 0.0, math.nan])
def test_a_shown_number_that_is_not_torchs_is_found_at_every_node(factor: float) -> None:
    tape = viz.run(leaf("z = (c * W).tanh()"))
    frame = tape[-1]
    for place, node in enumerate(frame.graph.nodes):
        if node.value is None or not node.received or node.received[0] is None:
            continue
        nodes = list(frame.graph.nodes)
        nodes[place] = replace(node, received=(scaled(node.received[0], factor),))
        checks = Checks(tape.program, tape, replace(frame, graph=Graph(tuple(nodes), frame.graph.edges)))
        assert checks.of(place).agrees is False, node.name
        assert all(checks.of(other.id).agrees is not False for other in nodes if other.id != place)


def test_the_straight_through_function_is_not_a_derivative_and_the_check_says_whose_it_is() -> None:
    source = (FOLDER / "22_own_function.py").read_text(encoding="utf-8")
    checks = checked(source, 0)
    assert {name: one.agrees for name, one in checks.items()} == {
        "W": False, "steps": True, "steps - 3": True, "(steps - 3).square()": True, "loss": True
    }  # fmt: skip
    assert checks["W"].function == "Rounded"
    assert checks["W"].text == (
        "torch: −6.000; central differences in float64: 0. They do not agree: torch gives −6.000 where the slope "
        "is 0. Rounded.backward returns −6.000, but finite differences of Rounded.forward give 0."
    )
