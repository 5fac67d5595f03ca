"""The loss surface is the loss that torch computes for each pair of values."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

import viz
from viz.language.replay import loss_surface, vmapped_loss

SOURCE = """\
import torch
from torch import nn, optim
x = torch.tensor([0.0, 0.5, 1.0, 1.5])
y = torch.tensor([1.0, 2.0, 3.0, 4.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.1)
total = 0.0
for iteration in range(100):
    optimizer.zero_grad()
    y_hat = W * x + b
    loss = criterion(y_hat, y)
    total = total + loss.item()
    loss.backward()
    optimizer.step()
"""
WS = [-1.0, 0.1, 2.0]
BS = [0.0, 0.3]


def expected(w: float, b: float) -> float:
    """The loss in plain PyTorch."""
    x, y = torch.tensor([0.0, 0.5, 1.0, 1.5]), torch.tensor([1.0, 2.0, 3.0, 4.0])
    return float(torch.nn.MSELoss()(torch.tensor([w]) * x + torch.tensor(b), y).item())


def test_rows_are_the_second_parameter_and_columns_the_first() -> None:
    assert viz.surface(viz.parse(SOURCE), "W", "b", WS, BS) == [[expected(w, b) for w in WS] for b in BS]
    assert viz.surface(viz.parse(SOURCE), "b", "W", BS, WS) == [[expected(w, b) for b in BS] for w in WS]


GRID = [-1.0 + 0.25 * one for one in range(9)], [0.1 * one for one in range(7)]


def one_by_one(monkeypatch: pytest.MonkeyPatch, source: str) -> list[list[float | None]]:
    """The surface, with each point computed on its own."""
    with monkeypatch.context() as patch:
        patch.setattr(loss_surface, "losses", lambda *_: None)
        return viz.surface(viz.parse(source), "W", "b", *GRID)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("criterion(y_hat, y)", "((y_hat - y) ** 2).sum() / (W * b)"),  # not finite where b is 0
        ("W * x + b", "(torch.stack([W[0] * x, b + x]).softmax(0) @ y).sum() + x * W"),
        ("criterion = nn.MSELoss()", "def criterion(one, other):\n    return ((one - other) ** 4).sum()"),
        ("    y_hat = ", "    for _ in range(3):\n        x = torch.tanh(x + b)\n    y_hat = "),
    ],
)
def test_all_points_at_once_are_the_points_one_by_one(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCE.replace("total + loss.item()", "total + 1").replace(old, new)
    wanted = one_by_one(monkeypatch, source)
    runs: list[object] = []
    plain = loss_surface._Forward.run

    def counted(self: loss_surface._Forward, changed: Mapping[str, torch.Tensor]) -> torch.Tensor:
        runs.append(changed)
        return plain(self, changed)

    monkeypatch.setattr(loss_surface._Forward, "run", counted)
    found = viz.surface(viz.parse(source), "W", "b", *GRID)
    assert len(runs) == 3  # the first point, the last, and all at once
    for row, other in zip(found, wanted, strict=True):
        assert [one is None for one in row] == [one is None for one in other]
        assert [one or 0.0 for one in row] == pytest.approx([one or 0.0 for one in other], rel=1e-5)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),  # it calls `loss.item()`
        ("total + loss.item()", "total + (1 if loss < 3 else 2)"),
        ("total = 0.0", "total = 0.0\nkept = [W]"),
        ("total = 0.0", "total = 0.0\nview = W.view(1)"),
        ("W * x + b", "W * x + b + torch.randn(4)"),
    ],
)
def test_lines_that_cannot_run_for_all_points_at_once_run_point_by_point(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SOURCE.replace(old, new)
    assert viz.surface(viz.parse(source), "W", "b", *GRID) == one_by_one(monkeypatch, source)


def test_lines_that_would_need_too_much_memory_at_once_run_point_by_point(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCE.replace("total + loss.item()", "total + 1")
    wanted = one_by_one(monkeypatch, source)
    monkeypatch.setattr(vmapped_loss, "_MOST", 10_000)
    monkeypatch.setattr(torch.func, "vmap", lambda *_: pytest.fail("at once"))
    assert viz.surface(viz.parse(source), "W", "b", *GRID) == wanted


def test_a_tape_can_be_passed_and_stays_as_it_was() -> None:
    tape = viz.run(SOURCE, 2)
    before = tape.iteration(2)[-1].variables["W"].value
    assert viz.surface(tape, "W", "b", WS, BS)[0][0] == expected(-1.0, 0.0)
    assert viz.run(SOURCE, 3)[-1].variables["W"].value == before
    assert tape.iteration(3)[-1].variables["W"] == viz.run(SOURCE, 4)[-1].variables["W"]


def test_the_tape_passes_through_its_surface() -> None:
    tape = viz.run(SOURCE, 5)
    for number in range(4):
        before, after = tape.iteration(number)[-1], tape.iteration(number + 1)[2]
        w, b = before.variables["W"].value, before.variables["b"].value
        assert isinstance(w, list) and isinstance(w[0], float) and isinstance(b, float)
        assert viz.surface(tape, "W", "b", [w[0]], [b]) == [[after.variables["loss"].value]]


def test_names_that_a_line_rebinds_begin_as_the_set_up_left_them() -> None:
    source = SOURCE.replace("total = 0.0", "drift = 0.0").replace("total = total + loss.item()", "pass")
    source = source.replace(
        "    y_hat = W * x + b", "    drift = drift + 1.0\n    y_hat = W * x + b + (drift - 1.0)"
    )
    assert viz.surface(viz.parse(source), "W", "b", WS, BS) == [[expected(w, b) for w in WS] for b in BS]


def test_a_step_before_the_forward_lines_does_not_move_the_leaves() -> None:
    source = SOURCE.replace("total = 0.0", "loss = criterion(W * x, y) + b\nloss.backward()")
    source = source.replace("    optimizer.zero_grad()", "    optimizer.step()").replace(
        "    total = total + loss.item()\n", ""
    )
    assert viz.surface(viz.parse(source), "W", "b", WS, BS) == [[expected(w, b) for w in WS] for b in BS]


def test_a_loss_that_is_not_finite_is_none() -> None:
    source = SOURCE.replace("W * x + b", "torch.log(W) * x + b")
    row = viz.surface(viz.parse(source), "W", "b", [-1.0, 0.0, 1.0], [0.0])[0]
    assert row == [None, None, 7.5]


def test_a_program_without_a_loop_has_a_surface_too() -> None:
    source = "\n".join(line.strip() for line in SOURCE.splitlines() if "for " not in line)
    assert viz.surface(viz.parse(source), "W", "b", WS, BS) == [[expected(w, b) for w in WS] for b in BS]


@pytest.mark.parametrize(
    ("source", "names", "said"),
    [
        (SOURCE, ("W", "x"), "`x` is no leaf with one element"),
        (SOURCE, ("W", "nothing"), "`nothing` is no leaf"),
        (SOURCE.replace("    loss.backward()\n", ""), ("W", "b"), "calls no `.backward"),
        (SOURCE.replace("    y_hat = ", "    x += 1\n    y_hat = "), ("W", "b"), "in place"),
        (SOURCE.replace("total = 0.0", "total = 1 / 0"), ("W", "b"), "set-up raises: division by zero"),
        (SOURCE.replace("y_hat, y)", "y_hat, torch.tensor([1.0, 2.0]))"), ("W", "b"), "forward lines raise"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_missing_surface_has_a_reason(source: str, names: tuple[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        viz.surface(viz.parse(source), *names, WS, BS)


def test_a_surface_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="2500 points"):
        viz.surface(viz.parse(SOURCE), "W", "b", [0.0] * 60, [0.0] * 60)
    program = viz.parse(SOURCE)
    monkeypatch.setattr("viz.limits.SECONDS", -1.0)
    with pytest.raises(ValueError, match="seconds"):
        viz.surface(program, "W", "b", WS, BS)


def test_every_point_of_the_surface_meets_the_same_random_numbers() -> None:
    source = SOURCE.replace("    y_hat = W * x + b", "    noise = torch.rand(4)\n    y_hat = W * x + b + noise")
    rows = viz.surface(viz.parse(source), "W", "b", [0.5, 0.5, 2.0], [0.25, 0.25])
    assert rows[0] == rows[1]
    assert rows[0][0] == rows[0][1] != rows[0][2]
    with torch.random.fork_rng():
        noise = torch.rand(4, generator=torch.Generator())
    x, y = torch.tensor([0.0, 0.5, 1.0, 1.5]), torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert rows[0][0] == torch.nn.MSELoss()(torch.tensor([0.5]) * x + torch.tensor(0.25) + noise, y).item()


def test_lines_that_append_to_a_list_run_for_each_pair_with_the_original_list() -> None:
    source = SOURCE.replace("total = 0.0", "history = []").replace(
        "total = total + loss.item()", "history.append(loss.item())\n    loss = loss + 0.0 * len(history)"
    )
    many = [i * 0.1 for i in range(40)]
    assert viz.surface(viz.parse(source), "W", "b", many, many)[0][0] == expected(many[0], many[0])
