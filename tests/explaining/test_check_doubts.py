"""If differences cannot decide, or the dtype loses digits, the check says so and why."""

from __future__ import annotations

import math

import pytest

from tests.explaining.checked import checked, leaf, own


@pytest.mark.parametrize("function", ["relu", "abs"])
def test_at_a_kink_differences_cannot_decide_and_the_check_names_both_slopes(function: str) -> None:
    one = checked(leaf(f"z = torch.{function}(W) * 3", "[0.0, 1.0]"))["W"]
    assert one.agrees is None and one.numeric[1] == pytest.approx(3.0)
    name, left = ("ReluBackward0", "0") if function == "relu" else ("AbsBackward0", "−1.000")
    assert one.text == (
        f"torch: [0, 3.000]. Finite differences are inconclusive at 1 of 2 elements and agree at the others: "
        f"{name} has a kink here, with the slope {left} on the left and 1.000 on the right."
    )


def test_a_backward_that_takes_neither_slope_of_a_kink_nor_one_between_is_wrong() -> None:
    for sent, agrees in (("g * 0.0", None), ("g", None), ("g * 0.25", None), ("g * 1.5", False), ("-g", False)):
        one = checked(own("x.relu()", sent, "[0.0, 0.0]"))["W"]
        assert one.agrees is agrees, (sent, one.text)


def test_at_a_jump_there_is_no_slope() -> None:
    one = checked(leaf("z = W.round() * 2 + W", "[0.5, 1.0]"))["W"]
    assert one.agrees is None
    assert "RoundBackward0 jumps here, or has no value on one side, so it has no slope." in one.text


def test_gradients_that_are_not_finite_are_named_with_the_node_that_sends_them() -> None:
    one = checked(leaf("z = W.sqrt()", "[0.0, 1.0]"))["W"]
    assert one.agrees is None
    assert "SqrtBackward0" in one.text


def test_nan_through_the_branch_that_where_did_not_take_is_nan_in_float64_too() -> None:
    one = checked(leaf("z = torch.where(W > 0, W.sqrt(), W * 0)", "[-1.0, 4.0]"))["W"]
    assert one.agrees is None
    assert "SqrtBackward0 gives nan at 1 of 2 elements, also in float64, so there is no number" in one.text


def test_a_confident_classifier_agrees_and_the_node_that_loses_digits_is_named() -> None:
    source = """\
import torch
from torch import nn
logits = torch.tensor([[8.0, 0.0]], requires_grad=True)
loss = nn.CrossEntropyLoss()(logits, torch.tensor([0]))
loss.backward()
"""
    one = checked(source)["logits"]
    p = math.exp(-8) / (1 + math.exp(-8))
    assert one.agrees
    assert one.numeric == pytest.approx([-p, p], rel=1e-9)
    assert one.text.endswith("LogSoftmaxBackward0 loses digits: large terms cancel in float32.")


def test_the_tail_of_a_sigmoid_agrees_although_the_loss_hardly_moves() -> None:
    source = """\
import torch
import torch.nn.functional as F
x = torch.tensor([-20.0], requires_grad=True)
loss = F.binary_cross_entropy_with_logits(x, torch.zeros(1))
loss.backward()
"""
    one = checked(source)["x"]
    assert one.agrees
    assert one.numeric == pytest.approx([1 / (1 + math.exp(20))], rel=1e-3)


def test_an_underflow_is_named_with_the_number_that_was_lost() -> None:
    one = checked(
        "import torch\nw = torch.tensor(-110.0, requires_grad=True)\nloss = torch.exp(w)\nloss.backward()"
    )["w"]
    assert one.agrees and one.shown == (0.0,)
    assert one.numeric == pytest.approx([math.exp(-110)], rel=1e-9)
    assert one.text == (
        "torch: 0, and 1.69e−48 in float64; central differences in float64: 1.69e−48. The derivative is right, "
        "and float32 is off by 1.69e−48. ExpBackward0 underflows: 1.69e−48 is too small for float32."
    )


def test_an_overflow_is_named() -> None:
    one = checked(leaf("z = (W * 3e38 * W) * 1e-38", "[2.0, 1.0]"))["W"]
    assert one.agrees is True and math.isinf(one.shown[0])
    assert one.text.endswith("MulBackward0 overflows in float32.")


def test_equal_numbers_are_never_said_to_disagree() -> None:
    source = """\
import torch
x = torch.tensor([[1.0, 2.0], [0.5, 0.5]], requires_grad=True)
mask = torch.tensor([[False, True], [True, True]])
p = x.masked_fill(mask, float("-inf")).softmax(dim=1)
loss = p[0].sum() + p[0, 0]
loss.backward()
"""
    checks = checked(source)
    assert checks["x"].agrees
    assert checks["x"].text == "torch: [0, 0 …]; central differences in float64: [0, 0 …]. They are equal."
    masked = checks['x.masked_fill(mask, float("-inf"))']
    assert masked.agrees is None
    assert "SoftmaxBackward0 gives nan at 2 of 4 elements, also in float64" in masked.text
    assert not any("do not agree" in one.text or "padding_idx" in one.text for one in checks.values())


HUGE = "[1.7e38, -2.5e38, 3.4e18]"


@pytest.mark.parametrize("line", ["z = W.round()", "z = W.sin()", "z = W % 3"])
def test_differences_cannot_decide_for_numbers_too_far_apart_for_a_step(line: str) -> None:
    for name, one in checked(leaf(line, HUGE)).items():
        assert one.agrees is not False, (name, one.text)
    assert checked(leaf("z = W.round()", HUGE))["W"].text == (
        "torch: [0, 0 …]. Finite differences are inconclusive at 2 of 3 elements: RoundBackward0 "
        "receives 1.70e38, whose neighbour in float64 is 1.89e22 away."
    )


def test_a_gradient_that_is_lost_in_the_rounding_of_huge_numbers_is_left_open() -> None:
    source = """\
import torch
y = torch.tensor([1.7e38, 3.4e18], requires_grad=True)
a = torch.tensor([-2.5e38, 3.4e35], requires_grad=True)
b = torch.tensor([3.4e18, 1.7e38], requires_grad=True)
out = y.clone().addcdiv_(a, b, value=3.14)
loss = (out * torch.tensor([0.5, 1.5])).sum()
loss.backward()
"""
    checks = checked(source)
    assert {checks[name].agrees for name in "yab"} == {None}
    assert "rounding leaves them uncertain by" in checks["a"].text


@pytest.mark.parametrize("bounds", ["W * 1, W * 1", "W * 1, W + 1", "torch.full_like(W, 2.0), W - 1"])
def test_where_a_number_meets_its_bounds_torch_takes_a_nearby_slope(bounds: str) -> None:
    source = f"""\
import torch
W = torch.tensor([2.0, 2.0, -1.0])
low, high = {bounds}
x = W.clone().requires_grad_()
low.requires_grad_()
high.requires_grad_()
loss = torch.clamp(x, low, high).sum()
loss.backward()
"""
    assert all(one.agrees is not False for one in checked(source).values())
    if bounds == "W * 1, W * 1":
        assert checked(source)["x"].text == (
            "torch: [1.00, 1.00 …]. Finite differences are inconclusive: "
            "several kinks of ClampBackward0 meet here."
        )


@pytest.mark.parametrize("call", ["x.exp()", "x.tanh()", "x ** x", "x.sqrt()", "Twice.apply(x)"])
def test_a_result_that_its_own_backward_uses_is_not_moved_in_a_second_derivative(call: str) -> None:
    source = f"""\
import torch
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result
    @staticmethod
    def backward(ctx, g):
        (result,) = ctx.saved_tensors
        return g * result
x = torch.tensor(0.5, requires_grad=True)
y = {call}
z = y * x
g = torch.autograd.grad(z, x, create_graph=True)[0]
h = g.exp()
h.backward()
"""
    found = checked(source)
    assert "saved its result, which was differentiated too" in found["y"].text
    assert [found[name].agrees for name in "xyh"] == [True, None, True]


def test_infinite_elements_do_not_hide_that_kinks_meet() -> None:
    source = """\
import torch
x = torch.tensor([2.0, float("inf"), -float("inf"), 1.0, 2.0] * 4, requires_grad=True)
low, high = [x.detach().clone().requires_grad_() for bound in range(2)]
loss = (torch.clamp(x, low, high) * torch.linspace(0.5, 1.5, 20)).sum()
loss.backward()
"""
    assert checked(source)["x"].agrees is None


def test_a_wrong_backward_is_found_even_where_kinks_meet() -> None:
    for sent, agrees in ((1.0, None), (0.5, None), (1.5, False), (-1.0, False)):
        backward = f"g * torch.tensor([{sent}, 0.0, 0.0])"
        one = checked(own("torch.clamp(x[:1], x[1:2], x[2:])", backward, "[2.0, 2.0, 2.0]"))["W"]
        assert one.agrees is agrees, (sent, one.text)


def test_torch_may_take_a_slope_on_either_side_of_many_kinks() -> None:
    source = """\
import torch
from torch import nn
x = torch.tensor([[1.0, 0.0, 0.0, -0.0, 1.0, 0.0]], requires_grad=True)
loss = nn.MultiLabelMarginLoss()(x, torch.tensor([[0, 4, 1, 0, -1, 2]])) * 1.25
loss.backward()
"""
    one = checked(source)["x"]
    assert one.agrees is None
    assert "MultilabelMarginLossBackward0 has a kink here" in one.text
    assert "slope is nan" not in one.text


@pytest.mark.parametrize("scale", ["1.0", "1e-38"])
def test_the_nuclear_norm_of_a_matrix_without_full_rank_has_kinks(scale: str) -> None:
    one = checked(leaf(f"z = torch.norm(W.reshape(2, 2) * {scale}, 'nuc') / {scale}", "[1.0, 2.0, 2.0, 4.0]"))["W"]
    assert one.agrees is None
    assert "has a kink here" in one.text


def test_a_gradient_that_is_only_rounding_agrees_with_zero() -> None:
    source = """\
import torch
import torch.nn.functional as F
x = torch.tensor([-4.3228044509887695], requires_grad=True)
a = torch.tensor([-8.478373527526855], requires_grad=True)
b = torch.tensor([-1.765825867652893], requires_grad=True)
loss = F.layer_norm(x, (1,), a, b).sum()
loss.backward()
"""
    for name, one in checked(source).items():
        assert one.agrees is True, (name, one.text)


def test_a_gradient_smaller_than_the_error_of_the_differences_is_left_open() -> None:
    source = """\
import torch
import torch.nn.functional as F
x = torch.tensor([2.9e-39, 9.4e-38], requires_grad=True)
a = torch.tensor([1.2e-41, 2.9e-39], requires_grad=True)
loss = F.gaussian_nll_loss(x, a, torch.tensor([1e-38, 1e-38]), reduction="sum")
loss.backward()
"""
    one = checked(source)["x"]
    assert one.exact == pytest.approx([2.9e-39 / 1e-6, 9.1e-38 / 1e-6], rel=0.01)
    assert one.agrees is None
    assert "Finite differences are inconclusive: rounding leaves them uncertain by" in one.text


@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_second_derivative_that_does_not_exist_is_left_open_and_raises_nothing() -> None:
    source = """\
import torch
W = torch.tensor([0.0, 4.0], requires_grad=True)
(slope,) = torch.autograd.grad(W.sqrt().sum(), W, create_graph=True)
slope.sum().backward()
"""
    checks = checked(source)
    assert checks["W"].agrees is None
    assert all(one.agrees is not False for one in checks.values())
