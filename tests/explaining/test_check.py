"""A gradient is checked against torch itself and against finite differences, at the values that backward saw."""

from __future__ import annotations

import pytest
import torch

import viz
from tests.explaining.checked import LINEAR, SGD, checked, leaf
from viz.explaining.check import CannotCheck, Checks, check
from viz.frames.events import Backward
from viz.frames.frame import Frame


@pytest.mark.parametrize("optimizer", ["SGD([W, b], lr=0.1)", "Adam([W, b], lr=0.3)", "Rprop([W, b])"])
@pytest.mark.parametrize("iteration", [0, 40])
def test_every_gradient_of_the_linear_model_agrees(optimizer: str, iteration: int) -> None:
    checks = checked(LINEAR.format(optimizer=optimizer), iteration)
    assert list(checks) == ["W", "W * x", "b", "y_hat", "loss"]
    for name, one in checks.items():
        assert one.agrees, (name, one.text)


def test_the_differences_are_the_gradient_worked_out_by_hand() -> None:
    checks = checked(SGD, 0)
    # y_hat = [.25, .5, .75, 1], so the errors are [-.75, -1.5, -2.25, -3], and the gradients 2/4 of them
    assert checks["y_hat"].numeric == pytest.approx([-0.375, -0.75, -1.125, -1.5], rel=1e-8)
    assert checks["b"].numeric == pytest.approx([-3.75], rel=1e-8)
    assert checks["W"].numeric == pytest.approx([0.5 * -0.75 + -1.125 + 1.5 * -1.5], rel=1e-8)
    assert checks["loss"].numeric == pytest.approx([1.0], rel=1e-8)
    assert checks["W"].shown == pytest.approx([-3.75], rel=1e-6)
    assert checks["W"].dtype == "float32"


def test_a_fit_without_error_agrees_although_its_gradients_are_all_rounding() -> None:
    for name, one in checked(SGD.replace("lr=0.1", "lr=0.3"), 250).items():
        assert one.agrees, (name, one)


@pytest.mark.parametrize(
    "line",
    [
        "z = (W * W * W).exp().log() + W.sin() * W.tanh()",
        "z = torch.sigmoid(c @ W)",
        "z = F.softplus(W) / (1 + W.square())",
        "z = W.softmax(0) * torch.tensor([1.0, 2.0, 3.0])",
        "z = (c * W).std(1) + W.var()",
        "z = torch.stack([W, W * 2]).T @ c",
        "z = torch.cat([W, W.neg()]).reshape(2, 3).amax(0)",
        "z = W.norm() + W.prod() + W.logsumexp(0) + W.cumsum(0).mean()",
        "z = torch.where(W > 0, W * 2, W * W)",
        "z = torch.maximum(W, c) + W.clamp(-1.0, 0.5)",
        "z = F.mse_loss(W.expand(2, 3), c) + F.smooth_l1_loss(W.expand(2, 3), c, beta=0.5)",
        "z = F.binary_cross_entropy_with_logits(c @ W, torch.tensor([1.0, 0.0]))",
        "z = 2.0 ** W - 3 / W + W ** 3",
        "z = W.double().float().double() * c",
        "z = (W.to(torch.float64) * c).sum(dtype=torch.float32)",
    ],
)
@pytest.mark.parametrize("dtype", ["", ", dtype=torch.float64"])
def test_typical_code_of_learners_agrees(line: str, dtype: str) -> None:
    if dtype and "torch.tensor([" in line:
        line = line.replace("])", "], dtype=torch.float64)")
    for name, one in checked(leaf(line, dtype=dtype)).items():
        assert one.agrees, (name, one)


def test_the_differences_are_those_of_torchs_autograd_in_float64() -> None:
    one = checked(leaf("z = (c @ W).tanh().exp() * W.norm()"))["W"]
    w = torch.tensor([0.3, -1.2, 0.8]).double().requires_grad_()
    c = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]]).double()
    (gradient,) = torch.autograd.grad(((c @ w).tanh().exp() * w.norm()).sum(), w)
    assert one.numeric == pytest.approx(gradient.tolist(), rel=1e-7)
    assert one.shown != one.numeric


def test_in_half_precision_the_derivative_is_right_and_the_dtype_is_named() -> None:
    one = checked(leaf("z = (W * W).exp() * 100", dtype=", dtype=torch.float16"))["W"]
    assert one.agrees and one.dtype == "float16"
    assert one.exact == pytest.approx(one.numeric, rel=1e-7)


def test_a_small_value_is_moved_by_a_small_step() -> None:
    one = checked(leaf("z = W.log()", "[1e-7, 2.0]"))["W"]
    assert one.agrees
    assert one.numeric == pytest.approx([1e7, 0.5], rel=1e-6)


def test_what_autograd_treats_as_constant_stays_constant() -> None:
    one = checked(leaf("z = W * W.detach() + W * W.sum().item() + W * (W > 0.5).float()"))["W"]
    assert one.numeric == pytest.approx([0.3 - 0.1, -1.2 - 0.1, 0.8 - 0.1 + 1], rel=1e-6)
    assert one.agrees


def test_a_line_that_changes_its_tensor_in_place_is_run_again_too() -> None:
    checks = checked(leaf("z = W * W\nz += W\nz *= 2"))
    assert checks["W"].numeric == pytest.approx([2 * (2 * w + 1) for w in (0.3, -1.2, 0.8)], rel=1e-6)
    assert all(one.agrees for one in checks.values())
    assert list(checks) == ["W", "z", "z += W", "z *= 2", "z.sum()"]


def test_a_change_through_a_view_is_refused() -> None:
    with pytest.raises(CannotCheck, match="through a view"):
        checked(leaf("z = W * W\nv = z.view(3)\nv *= 2"))


def test_the_second_backward_of_an_iteration_is_checked_at_the_values_it_saw() -> None:
    source = SGD + "    loss = ((W * x) ** 3).sum()\n    loss.backward()\n    optimizer.step()\n"
    tape = viz.run(source, 1)
    at_second = next(frame for frame in reversed(tape.iteration(0)) if isinstance(frame.event, Backward))
    checks = Checks(tape.program, tape, tape.iteration(0)[-1])
    one = checks.of(0)
    w = at_second.variables["W"].value
    assert isinstance(w, list) and isinstance(w[0], float) and w[0] != 0.5
    assert one.numeric == pytest.approx([3 * w[0] ** 2 * sum(x**3 for x in (0.5, 1.0, 1.5))], rel=1e-7)
    assert one.agrees


def test_a_frame_between_two_backwards_is_checked_with_the_first() -> None:
    source = SGD + "    (W * 100).sum().backward()\n"
    tape = viz.run(source, 1)
    frame = tape.iteration(0)[4]
    assert check(tape.program, tape, frame, 0).numeric == pytest.approx([-3.75], rel=1e-8)
    assert check(tape.program, tape, tape.iteration(0)[-1], 0).numeric == pytest.approx([100.0], rel=1e-8)


def test_backward_with_a_gradient_checks_the_product_with_it() -> None:
    source = leaf("z = W ** 2").replace("z.sum().backward()", "z.backward(torch.tensor([1.0, 10.0, 100.0]))")
    assert checked(source)["W"].numeric == pytest.approx([0.6, -24.0, 160.0], rel=1e-6)


def test_a_backward_before_and_one_after_the_loop_are_checked_too() -> None:
    source = SGD.replace("range(300)", "range(3)")
    before = source.replace("for iteration", "(W ** 4).sum().backward()\nfor iteration")
    tape = viz.run(before)
    assert check(tape.program, tape, tape.setup[-1], 0).numeric == pytest.approx([0.5], rel=1e-7)
    after = source + "(W ** 2).sum().backward()\n"
    tape = viz.run(after)
    w = tape[-1].variables["W"].value
    assert isinstance(w, list) and isinstance(w[0], float)
    assert check(tape.program, tape, tape[-1], 0).numeric == pytest.approx([2 * w[0]], rel=1e-7)


def test_a_leaf_that_backward_begins_at_has_slope_one() -> None:
    source = "import torch\nW = torch.tensor(2.0, requires_grad=True)\nW.backward()\n"
    assert checked(source)["W"].numeric == pytest.approx([1.0])


def test_a_graph_from_before_the_iteration_is_refused() -> None:
    source = SGD.replace("for iteration", "h = W * 2\nfor iteration").replace("W * x + b", "h * x + b")
    with pytest.raises(CannotCheck, match="before this iteration"):
        checked(source.replace("loss.backward()", "loss.backward(retain_graph=True)"), 0)


def test_a_tensor_without_a_gradient_is_refused_in_a_sentence_and_a_large_tensor_is_checked() -> None:
    tape = viz.run(SGD, 1)
    frames: tuple[Frame, ...] = tape.iteration(0)
    with pytest.raises(CannotCheck, match="No backward pass has run yet in this part of the run"):
        Checks(tape.program, tape, frames[2])
    data = check(tape.program, tape, frames[-1], 1)
    assert (data.agrees, data.text) == (
        None,
        "This tensor has requires_grad=False, so there is no gradient to check.",
    )
    assert len(checked(leaf("z = W * 2", str([0.5] * 300)))["W"].numeric) == 300


def test_a_table_of_a_thousand_rows_is_checked() -> None:
    source = """\
import torch
x = torch.linspace(0, 1, 1000)
W = torch.tensor([0.5], requires_grad=True)
loss = ((W * x - 3 * x) ** 2).mean()
loss.backward()
"""
    one = checked(source)["W"]
    squares = sum((place / 999) ** 2 for place in range(1000)) / 1000
    assert one.agrees and one.numeric == pytest.approx((2 * (0.5 - 3) * squares,), rel=1e-6)


def test_a_check_has_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = viz.run(SGD, 1)
    checks = Checks(tape.program, tape, tape[-1])
    monkeypatch.setattr("viz.explaining.check.SECONDS", -1.0)
    assert checks.of(0).agrees is None
    assert checks.of(0).text == "torch: −3.750. There was no time for finite differences."
    with pytest.raises(CannotCheck, match="Running the program again up to this line takes"):
        Checks(tape.program, tape, tape[-1])


def test_a_check_leaves_the_tape_as_it_was() -> None:
    tape = viz.run(SGD, 2)
    frame = tape.iteration(1)[-1]
    check(tape.program, tape, frame, 0)
    fresh = viz.run(SGD, 4)
    assert tape.iteration(3)[-1].variables["W"] == fresh.iteration(3)[-1].variables["W"]
    assert torch.get_default_dtype() == torch.float32


def test_lines_that_make_tensors_and_names_that_are_rebound_run_unchanged() -> None:
    source = """\
import torch
total = 1.0
W = torch.tensor([0.5], requires_grad=True)
for iteration in range(4):
    W.grad = None
    scale = torch.tensor([2.0]) * total
    loss = ((W * scale) ** 2).sum()
    loss.backward()
    total = total + loss.item()
    W = (W - 0.1 * W.grad).detach().requires_grad_()
"""
    tape = viz.run(source)
    for number in range(4):
        frames = tape.iteration(number)
        w, total = frames[2].variables["W"].value, frames[2].variables["total"].value
        assert isinstance(w, list) and isinstance(w[0], float) and isinstance(total, float)
        one = Checks(tape.program, tape, frames[-1]).of(0)
        assert one.agrees
        assert one.numeric == pytest.approx([2 * w[0] * (2 * total) ** 2], rel=1e-6)


IN_A_LOOP = """\
import torch
W = torch.tensor([0.5, 0.25], requires_grad=True)
x = torch.tensor([1.0, 2.0])
def act(a):
    return torch.tanh(a)
for step in range(2):
    h = x
    for layer in [0.5, 2.0, 1.5]:
        if layer > 1:
            h = act(h * W)
        else:
            h = h * W + layer
    loss = (h * h).sum()
    loss.backward()
"""


def test_in_a_loop_and_in_a_function_each_pass_is_checked_at_its_own_values() -> None:
    tape = viz.run(IN_A_LOOP)
    frame = tape.iteration(1)[-1]
    checks = Checks(tape.program, tape, frame)
    seen = []
    for node in frame.graph.nodes:
        if node.kind == "operation" and node.expression is not None:
            one = checks.of(node.id)
            assert one.agrees, (node.expression.text, one)
            seen.append(node.expression.text)
    assert seen.count("torch.tanh(a)") == 2 and seen.count("h * W") == 3
    w = torch.tensor([0.5, 0.25], dtype=torch.float64, requires_grad=True)
    h = torch.tensor([1.0, 2.0], dtype=torch.float64) * w + 0.5
    passes = []
    for _ in range(2):
        h = torch.tanh(h * w)
        h.retain_grad()
        passes.append(h)
    torch.autograd.backward([(h * h).sum()])
    nodes = [one for one in frame.graph.nodes if one.expression and one.expression.text == "torch.tanh(a)"]
    for node, hidden in zip(nodes, passes, strict=True):
        assert hidden.grad is not None
        assert checks.of(node.id).numeric == pytest.approx(hidden.grad.tolist(), rel=1e-6)


def test_a_part_that_is_assigned_is_run_again_too() -> None:
    checks = checked(leaf("z = W * W\nz[0] = W[1] * 3\nz[1:] = 0.0"))
    assert checks["W"].numeric == pytest.approx([0.0, 3.0, 0.0], abs=1e-6)
    assert all(one.agrees for one in checks.values())


def test_leaves_with_the_same_name_are_distinguished() -> None:
    source = """\
import torch
loss = torch.tensor(1.0)
for k in [2.0, 3.0]:
    w = torch.tensor(k, requires_grad=True)
    loss = loss * w ** 2
loss.backward()
"""
    tape = viz.run(source)
    checks = Checks(tape.program, tape, tape[-1])
    leaves = [node.id for node in tape[-1].graph.nodes if node.kind == "leaf"]
    assert [checks.of(node).agrees for node in leaves] == [True, True]
    assert [checks.of(node).shown for node in leaves] == [(36.0,), (24.0,)]
    assert [checks.of(node).numeric for node in leaves] == [pytest.approx((36.0,)), pytest.approx((24.0,))]


def test_leaves_with_the_same_name_and_different_sizes_are_checked_too() -> None:
    source = """\
import torch
loss = torch.tensor(0.0)
for k in [1, 2, 3]:
    w = torch.ones(k, requires_grad=True)
    loss = loss + (w * k).sum()
loss.backward()
"""
    tape = viz.run(source)
    checks = Checks(tape.program, tape, tape[-1])
    found = [checks.of(node.id) for node in tape[-1].graph.nodes if node.kind == "leaf"]
    assert [one.agrees for one in found] == [True, True, True]
    assert [one.shown for one in found] == [(1.0,), (2.0, 2.0), (3.0, 3.0, 3.0)]


def test_a_leaf_without_a_name_is_checked() -> None:
    source = """\
import torch
weights = [torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)]
loss = weights[0] * weights[1] ** 2
loss.backward()
"""
    tape = viz.run(source)
    checks = Checks(tape.program, tape, tape[-1])
    found = {one.value: checks.of(one.id) for one in tape[-1].graph.nodes if one.kind == "leaf"}
    assert {value: one.agrees for value, one in found.items()} == {2.0: True, 3.0: True}
    assert found[2.0].numeric == pytest.approx((9.0,)) and found[3.0].numeric == pytest.approx((12.0,))


def test_a_state_of_which_a_cell_makes_the_other_cannot_be_varied() -> None:
    checks = checked(
        "import torch\nfrom torch import nn\ncell = nn.LSTMCell(1, 2)\nx = torch.ones(1, 1)\n"
        "h, c = cell(x)\nh2, c2 = cell(x, (h, c))\n(h2 * c2).sum().backward()"
    )
    inside = "torch computes this value inside one of its functions, so the check cannot vary it."
    assert {name for name, one in checks.items() if one.agrees is None and one.text == inside} == {"c", "c2"}
    assert all(one.agrees for name, one in checks.items() if name not in ("c", "c2"))
    assert {"cell.weight_hh", "h", "h2"} <= checks.keys()


def test_the_check_draws_the_same_numbers_again_for_a_call_with_several_results() -> None:
    checks = checked(
        "import torch\nfrom torch import nn\ntorch.manual_seed(0)\n"
        "gru = nn.GRU(1, 4, num_layers=2, dropout=0.5)\nout, h = gru(torch.ones(3, 1))\n"
        "(out.sum() + h.prod()).backward()"
    )
    assert "gru.weight_ih_l0" in checks
    assert all(one.agrees for one in checks.values()), checks
