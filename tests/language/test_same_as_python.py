"""Every number of a tape equals the one that plain Python computes from the same source, to the last bit."""

from __future__ import annotations

import pytest

import viz
from tests.language.reference import frame_snapshot, python_snapshots
from viz.catalog import DEFAULT_PROGRAM, LOSSES, OPTIMIZERS
from viz.losses import exchangeable

LINEAR = """\
import torch
from torch import nn, optim

x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([0.0, 1.0, 0.25, 0.75])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = {loss}
optimizer = {optimizer}

for iteration in range(50):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y){after}
    loss.backward()
    optimizer.step()
"""

#: Arguments that lead each optimizer along its other paths.
OTHER_ARGUMENTS = {
    "SGD": "lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True",
    "Adam": "lr=0.1, betas=(0.8, 0.99), weight_decay=0.01, amsgrad=True",
    "AdamW": "lr=0.1, weight_decay=0.1, maximize=True",
    "Adamax": "lr=0.1, weight_decay=0.01",
    "NAdam": "lr=0.1, momentum_decay=0.01, decoupled_weight_decay=True, weight_decay=0.01",
    "RAdam": "lr=0.1, weight_decay=0.01, decoupled_weight_decay=True",
    "RMSprop": "lr=0.05, alpha=0.9, momentum=0.5, centered=True",
    "Rprop": "lr=0.05, etas=(0.4, 1.3), step_sizes=(1e-4, 1.0)",
    "Adagrad": "lr=0.2, lr_decay=0.01, initial_accumulator_value=0.1",
    "Adadelta": "lr=2.0, rho=0.8, weight_decay=0.01",
    "ASGD": "lr=0.1, lambd=0.01, t0=10.0",
    "Adafactor": "lr=0.1, d=2.0, weight_decay=0.01",
}


def same_as_python(source: str) -> int:
    """Compare a program's tape with Python, frame by frame; return the number of frames."""
    tape = viz.run(source)
    assert tape.error is None, tape.error
    expected = list(python_snapshots(source))
    assert [frame.line for frame in tape] == [line for line, _ in expected]
    for frame, (_, snapshot) in zip(tape, expected, strict=True):
        assert frame_snapshot(frame) == snapshot
    return len(tape)


def linear(loss: str = "nn.MSELoss()", optimizer: str = "optim.SGD([W, b], lr=0.1)", after: str = "") -> str:
    """The linear model with another loss or optimizer."""
    return LINEAR.format(loss=loss, optimizer=optimizer, after=after)


def test_the_program_that_the_page_opens_with_is_as_in_python() -> None:
    assert same_as_python(DEFAULT_PROGRAM.read_text(encoding="utf-8")) > 500


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer_steps_as_in_python(name: str) -> None:
    assert same_as_python(linear(optimizer=f"optim.{name}([W, b])")) == 258


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer_steps_as_in_python_with_other_arguments(name: str) -> None:
    assert same_as_python(linear(optimizer=f"optim.{name}([W, b], {OTHER_ARGUMENTS[name]})")) == 258


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", [entry.name for entry in exchangeable(LOSSES[0])])
def test_every_loss_is_as_in_python(name: str, reduction: str) -> None:
    after = ".mean()" if reduction == "none" else ""
    assert same_as_python(linear(loss=f"nn.{name}(reduction='{reduction}')", after=after)) == 258


@pytest.mark.parametrize(
    "loss", ["nn.SmoothL1Loss(beta=0.1)", "nn.SmoothL1Loss(beta=0.0)", "nn.HuberLoss(delta=0.2)"]
)
def test_the_arguments_of_the_losses_are_as_in_python(loss: str) -> None:
    assert same_as_python(linear(loss=loss)) == 258


def test_float64_stays_float64() -> None:
    source = linear().replace("1.5]", "1.5], dtype=torch.float64").replace("[0.5],", "[0.5], dtype=torch.float64,")
    assert same_as_python(source) == 258
    assert viz.run(source, 1)[-1].variables["W"].dtype == "float64"


#: Lines of the language that the linear model does not have; each goes into a program of its own.
LINES = [
    *(f"n = 7.5\nn {sign}= 2\nm = 3\nm {sign}= 2" for sign in ("+", "-", "*", "/", "**")),
    *(f"t = x * 1\nu = t\nt {sign}= y + 1\nv = u * 1" for sign in ("+", "-", "*", "/", "**")),
    "h = W * x\nh += 1\nh *= 2\nloss = h.sum()\nloss.backward()",
    "a = b = W * 2\nc, d = 1, x\n[e, f] = [c, 2.5]",
    "before = W.grad is None\nafter = W.grad is not None\nloss = W.sum()\nloss.backward()\ng = W.grad is None",
    "loss = W.sum()\nloss.backward()\ng = W.grad\nloss = (W * x).sum()\nloss.backward()\nW.grad = None",
    "loss = W.sum()\nloss.backward()\nW.grad.zero_()\nW.grad = torch.tensor([4.0])",
    "u = x.requires_grad_()\nloss = (x * W).sum()\nloss.backward()\nx.requires_grad = False",
    "a = -3\nb = +a\nc = a ** -2\nd = 7 / 2\ne = 2 ** 62\nf = -0.0\ng = True + 1\nh = -True\ni = 1e400",
    "a = 1 < 2\nb = 1.0 == 1\nc = x > 1\nd = (x >= W) * 1.0\ne = x != None",
    "m = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\na = m @ m\nb = m.T\nc = m.mean(1, keepdim=True)",
    "a = x.reshape(2, 2)\nb = x.view(4, 1)\nc = x.unsqueeze(0)\nd = c.squeeze()\ne = x.expand(2, 4).flatten()",
    "a = torch.zeros(2, 2)\nb = torch.full([3], 2.0)",
    "c = torch.arange(0, 1, 0.25)\nd = torch.linspace(0, 1, steps=5)",
    "a = torch.as_tensor([1, 2])\nb = a.double()\nc = a.to(torch.float64)",
    "d = x.long()\ne = torch.tensor(1, dtype=torch.bool)",
    "loss = F.mse_loss(W * x, y, reduction='sum')\nloss.backward()",
    "l1 = F.l1_loss(x, y)\nh = F.huber_loss(x, y, delta=0.5)",
    "s = F.smooth_l1_loss(x, y, beta=0.5)\nc = F.binary_cross_entropy_with_logits(x, y / 4)",
    "q = torch.nn.functional.relu(-x)",
    "f = torch.exp\na = f(x)\nl = nn.MSELoss()(x, y)\nh = nn.HuberLoss(delta=0.5)\nk = h(input=x, target=y)",
    "a = torch.where(x > 1, x, W)\nb = torch.stack([x, y])\nc = torch.cat([x, y], dim=0)\nd = torch.outer(x, y)",
    "a = x.clamp(0.5, 1.0)\nb = torch.clamp(x, min=0.5)\nc = x.softmax(dim=0)",
    "d = torch.cumsum(x, 0)\ne = x.std(correction=0)",
    "n = x.sum().item()\nd = W.detach()\nd += 1\nc = W.clone()\nr = d.numel() + x.dim() + x.ndim",
    "o = optim.SGD(params=[W], lr=0.5, momentum=0.9)\no.zero_grad(set_to_none=False)\no.step()",
    "for i in range(3, -3, -2):\n    k = i * 2\nlast = i",
]


@pytest.mark.parametrize("lines", LINES)
def test_the_rest_of_the_language_is_as_in_python(lines: str) -> None:
    head = linear().partition("criterion")[0]
    assert same_as_python(f"import torch.nn.functional as F\n{head}{lines}") >= 8


def test_the_grad_of_a_non_leaf_is_none_without_a_warning() -> None:
    tape = viz.run(linear() + "g = y_hat.grad is None", 50)
    assert tape[-1].variables["g"].value is True


def test_a_diverging_run_continues_through_inf_and_nan() -> None:
    source = linear(optimizer="optim.SGD([W, b], lr=1e9)")
    assert same_as_python(source) == 258
    assert repr(viz.run(source)[-1].variables["loss"].value) == "nan"


def test_an_import_takes_a_name_that_held_a_value() -> None:
    same_as_python(
        "import torch\nw = torch.ones(1, requires_grad=True)\noptim = torch.optim.SGD([w], lr=0.5)\n"
        "from torch import nn, optim\no = optim.SGD([w], lr=0.25)\nnet = nn.Tanh()\nx = net(w)\n"
    )
