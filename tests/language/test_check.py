"""Central differences in float64 agree with what torch recorded, and find out a gradient that is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import viz
from tests.rule_cases import CASES, SETUP
from viz.catalog import DEFAULT_PROGRAM
from viz.frames import Backward, Frame, Graph, Value
from viz.language import parse
from viz.language.check import CannotCheck, Check, Checks, check

LINEAR = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([1.0, 2.0, 3.0, 4.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor(0.25, requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.{optimizer}
for iteration in range(300):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    loss.backward()
    optimizer.step()
"""
SGD = LINEAR.format(optimizer="SGD([W, b], lr=0.1)")


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is checked here does not depend on how busy the machine is."""
    monkeypatch.setattr("viz.language.check.SECONDS", 60.0)


def checked(source: str, iteration: int | None = None) -> dict[str, Check]:
    """The checks of every Node that has a gradient and a value, by its variable or expression."""
    program = parse(source)
    tape = viz.run(source, None if iteration is None else iteration + 1)
    assert tape.error is None, tape.error
    frame = tape[-1] if iteration is None else tape.iteration(iteration)[-1]
    checks = Checks(program, tape, frame)
    made: dict[str, Check] = {}
    for node in frame.graph.nodes:
        if node.kind != "data" and any(one is not None for one in node.received) and node.value is not None:
            text = node.expression.text if node.expression else ""
            made[text if node.variable is None or node.variable in made else node.variable] = checks.of(node.id)
    return made


def leaf(line: str, start: str = "[0.3, -1.2, 0.8]", dtype: str = "") -> str:
    """A program that takes a leaf `W` through a line that makes `z`."""
    return f"""\
import torch
import torch.nn.functional as F
W = torch.tensor({start}, requires_grad=True{dtype})
c = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]]{dtype})
{line}
z.sum().backward()
"""


@pytest.mark.parametrize("optimizer", ["SGD([W, b], lr=0.1)", "Adam([W, b], lr=0.3)", "Rprop([W, b])"])
@pytest.mark.parametrize("iteration", [0, 7, 40])
def test_every_gradient_of_the_linear_model_agrees(optimizer: str, iteration: int) -> None:
    checks = checked(LINEAR.format(optimizer=optimizer), iteration)
    assert list(checks) == ["W", "W * x", "b", "y_hat", "loss"]
    for name, one in checks.items():
        assert one.agrees and one.reason is None and one.difference <= one.tolerance, name


def test_the_differences_are_the_gradient_as_it_is_worked_out_by_hand() -> None:
    checks = checked(SGD, 0)
    # y_hat = [.25, .5, .75, 1], so the errors are [-.75, -1.5, -2.25, -3], and the gradients 2/4 of them
    assert checks["y_hat"].numeric == pytest.approx([-0.375, -0.75, -1.125, -1.5], rel=1e-8)
    assert checks["b"].numeric == pytest.approx([-3.75], rel=1e-8)
    assert checks["W"].numeric == pytest.approx([0.5 * -0.75 + -1.125 + 1.5 * -1.5], rel=1e-8)
    assert checks["loss"].numeric == pytest.approx([1.0], rel=1e-8)
    assert checks["W"].analytic == pytest.approx([-3.75], rel=1e-6)
    assert checks["W"].dtype == "float32"


def test_a_fit_without_error_agrees_although_its_gradients_are_all_rounding() -> None:
    for name, one in checked(SGD.replace("lr=0.1", "lr=0.3"), 250).items():
        assert one.agrees, (name, one)


@pytest.mark.parametrize("criterion", ["nn.MSELoss()", "nn.L1Loss()", "nn.HuberLoss(delta=0.3)"])
def test_where_large_terms_cancel_in_a_gradient_their_rounding_is_no_alarm(criterion: str) -> None:
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("nn.MSELoss()", criterion)
    for iteration in range(0, 100, 9):
        for name, one in checked(source, iteration).items():
            assert one.agrees, (iteration, name, one)


@pytest.mark.parametrize("name", ["W", "W * x", "b", "y_hat", "loss"])
def test_a_gradient_that_is_one_percent_off_is_found_out(name: str) -> None:
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
    if name == "loss":  # backward's own beginning is what everything is measured by
        assert check(tape.program, tape, planted, 0).agrees is False
    else:
        one = check(tape.program, tape, planted, place)
        assert not one.agrees
        assert one.reason == "The two differ by more than rounding explains."
        assert check(tape.program, tape, frame, place).agrees


def scaled(value: Value, factor: float) -> Value:
    return [scaled(one, factor) for one in value] if isinstance(value, list) else value * factor


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
def test_what_a_learner_may_write_agrees(line: str, dtype: str) -> None:
    if dtype and "torch.tensor([" in line:
        line = line.replace("])", "], dtype=torch.float64)")
    for name, one in checked(leaf(line, dtype=dtype)).items():
        assert one.agrees, (name, one)


#: Where the cases of the rules lie on a point without a slope, and what is said of it there.
WITHOUT_SLOPE = {
    "torch.clamp(ties, 0.0, 2.0)": "The loss has a kink here",
    "ties.max(1).values": "The loss has a kink here",
    "ties.min(1)[0]": "The loss has a kink here",
    "padded(several + 1)": "The slope is 14, and torch keeps the gradient back",
    "F.embedding(c, weight=B, padding_idx=2)": "The slope is ",
    "F.embedding(c, B, padding_idx=-1)": "The slope is ",
    "ties.norm(p=1e300 * 1e300, dim=1)": "The loss has a kink here",
    "zeros ** p": "A gradient, or a loss close by, is not finite here",
    "zeros ** zeros": "A gradient, or a loss close by, is not finite here",
}


#: What changes a tensor through a view makes AsStridedBackward0; that is refused. No name: no gradient flows.
@pytest.mark.parametrize("name", [name for name in CASES if name not in ("", "AsStridedBackward0")])
def test_every_node_that_a_program_can_make_agrees_where_there_is_a_slope(name: str) -> None:
    weighted = "weights = torch.ones_like(out).flatten().cumsum(0).reshape_as(out) * 0.75 - 2.0\n"
    for text in CASES[name]:
        checks = checked(f"{SETUP}out = {text}\n{weighted}out.backward(weights)\n")
        for place, one in checks.items():
            assert one.agrees or (one.reason or "").startswith(WITHOUT_SLOPE.get(text, "nothing")), (
                text,
                place,
                one,
            )
        if text in WITHOUT_SLOPE:
            assert not all(one.agrees for one in checks.values()), text


def test_the_differences_are_those_of_torchs_autograd_in_float64() -> None:
    one = checked(leaf("z = (c @ W).tanh().exp() * W.norm()"))["W"]
    w = torch.tensor([0.3, -1.2, 0.8]).double().requires_grad_()
    c = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]]).double()
    (gradient,) = torch.autograd.grad(((c @ w).tanh().exp() * w.norm()).sum(), w)
    assert one.numeric == pytest.approx(gradient.tolist(), rel=1e-7)
    assert one.analytic != one.numeric


def test_in_half_precision_the_rounding_is_allowed_for_and_a_wrong_gradient_is_not() -> None:
    one = checked(leaf("z = (W * W).exp()", dtype=", dtype=torch.float16"))["W"]
    assert one.agrees and one.dtype == "float16"
    assert one.tolerance < 0.5 * max(abs(each) for each in one.numeric)


@pytest.mark.parametrize("function", ["relu", "abs"])
def test_a_kink_is_named(function: str) -> None:
    line = f"z = torch.{function}(W) * 3" if function == "relu" else "z = torch.abs(W) + W.relu()"
    one = checked(leaf(line, "[0.0, 1.0]").replace("[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]", "[1.0]"))["W"]
    assert not one.agrees
    left, right = (0, 3) if function == "relu" else (-1, 2)
    assert one.reason == (
        f"The loss has a kink here: from below the slope is {left}, from above {right}, and torch takes 0."
    )


def test_a_jump_is_named() -> None:
    one = checked(
        leaf("z = W.round() * 2 + W", "[0.5, 1.0]").replace("[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]", "[1.0]")
    )["W"]
    assert one.reason == "The loss jumps here, so it has no slope; torch takes 1."


def test_a_small_value_is_moved_by_a_small_step() -> None:
    one = checked(leaf("z = W.log()", "[1e-7, 2.0]"))["W"]
    assert one.agrees
    assert one.numeric == pytest.approx([1e7, 0.5], rel=1e-6)


def test_what_is_not_finite_is_named() -> None:
    one = checked(leaf("z = W.sqrt()", "[0.0, 1.0]"))["W"]
    assert not one.agrees
    assert one.reason == "A gradient, or a loss close by, is not finite here."


def test_what_autograd_takes_for_constant_stays_constant() -> None:
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


def test_what_has_no_gradient_and_what_is_too_large_is_refused_in_a_sentence() -> None:
    tape = viz.run(SGD, 1)
    frames: tuple[Frame, ...] = tape.iteration(0)
    with pytest.raises(CannotCheck, match="No backward has run yet"):
        Checks(tape.program, tape, frames[2])
    with pytest.raises(CannotCheck, match="needs no gradient"):
        check(tape.program, tape, frames[-1], 1)
    with pytest.raises(CannotCheck, match="65 elements"):
        checked(leaf("z = W * 2", str([0.5] * 65)).replace("[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]", "[1.0]"))
    assert len(checked(leaf("z = W * 2", str([0.5] * 64)))["W"].numeric) == 64


def test_a_check_has_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    tape = viz.run(SGD, 1)
    checks = Checks(tape.program, tape, tape[-1])
    monkeypatch.setattr("viz.language.check.SECONDS", -1.0)
    with pytest.raises(CannotCheck, match="The check took more than -1 seconds"):
        checks.of(0)
    with pytest.raises(CannotCheck, match="To run the program again up to this line takes"):
        Checks(tape.program, tape, tape[-1])


def test_a_check_leaves_the_tape_as_it_was() -> None:
    tape = viz.run(SGD, 2)
    frame = tape.iteration(1)[-1]
    check(tape.program, tape, frame, 0)
    fresh = viz.run(SGD, 4)
    assert tape.iteration(3)[-1].variables["W"] == fresh.iteration(3)[-1].variables["W"]
    assert torch.get_default_dtype() == torch.float32


def test_lines_that_make_tensors_and_names_that_are_bound_anew_are_run_as_they_stand() -> None:
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
