"""Differences find the derivative of torch's functions, state an honest error, and report a missing derivative."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from viz.budget import Budget
from viz.language.replay.finite_differences import KINK, NONE, SMOOTH, OutOfTime, Slopes, slopes

Function = Callable[[torch.Tensor], torch.Tensor]


def differences(function: Function, *at: float) -> Slopes:
    return slopes(lambda moved: function(moved).flatten(), torch.tensor(at, dtype=torch.float64), Budget(60))


SMOOTH_ONES: list[tuple[Function, tuple[float, ...]]] = [
    (torch.exp, (1.0, -110.0, 0.0, 30.0)),
    (torch.log, (1e-7, 2.0, 1e5)),
    (torch.tanh, (0.0, 3.0, -8.0)),
    (torch.sin, (0.5, 400.3, 1e6)),
    (lambda x: torch.cos(1e4 * x), (1.0,)),
    (lambda x: x.softmax(0), (1.0, 2.0, -30.0)),
    (lambda x: x.logsumexp(0), (1e3, 2.0, 990.0)),
    (lambda x: torch.linalg.inv(x.reshape(2, 2)), (1.0, 2.0, 3.0, 4.0)),
    (lambda x: F.binary_cross_entropy_with_logits(x, torch.zeros_like(x)), (-20.0,)),
    (lambda x: F.cross_entropy(x.reshape(1, 2), torch.tensor([0])), (8.0, 0.0)),
    (lambda x: x * 1e-20, (1.0, 2.0)),
    (lambda x: x.square(), (0.0, 1.0)),
    (lambda x: F.huber_loss(x, torch.zeros_like(x)), (1.0, -1.0, 0.5)),
    (lambda x: x.sum() + 1e10, (2.0, 3.0)),
    # Not smooth, but smooth at these points:
    (torch.relu, (0.05, 1.0, -1e-5, 1e-12)),
    (torch.abs, (-0.05, 1e-9)),
    # Here the kink lies so between two steps that two extrapolations across it agree on a slope of 1.0015:
    (torch.relu, (9.32835e-05,)),
    (torch.round, (0.4, 400.3, 1e6 + 0.3)),
    (torch.frac, (0.4, 400.3, 1e6 + 0.3)),
    (lambda x: x % 3, (400.3, 5.0)),
    (torch.sqrt, (1e-9, 4.0)),
    (lambda x: F.binary_cross_entropy(x, torch.ones_like(x)), (1 - 1e-6, 0.5)),  # raises above 1
    (lambda x: x.softmax(0), (1.0, -torch.inf)),
    # Only steps of the size of a small number see these:
    (lambda x: x % 2.9e-39, (9.4e-38, 1e-38)),
    # Here 1 + erf has stairs:
    (F.gelu, (-7.235411855116148,)),
]


@pytest.mark.parametrize(("function", "at"), SMOOTH_ONES)
def test_the_slopes_are_torchs_derivative_within_the_stated_error(
    function: Function, at: tuple[float, ...]
) -> None:
    found = differences(function, *at)
    moved = torch.tensor(at, dtype=torch.float64)
    exact = torch.autograd.functional.jacobian(function, moved).reshape(-1, len(at)).T  # type: ignore[no-untyped-call]
    assert (found.kind == SMOOTH).all()
    assert ((found.value - exact).abs() <= 10 * found.error + 1e-12 * exact.abs()).all()
    assert (found.error <= 1e-3 * exact.abs().amax() + 1e-8).all()


@pytest.mark.parametrize(
    ("function", "left", "right"),
    [
        (torch.relu, 0.0, 1.0),
        (torch.abs, -1.0, 1.0),
        (lambda x: torch.maximum(2 * x, 5 * x) + 7, 2.0, 5.0),
        (lambda x: x.abs() + x.square(), -1.0, 1.0),
    ],
)
def test_at_a_kink_the_slopes_on_both_sides_are_returned(function: Function, left: float, right: float) -> None:
    found = differences(function, 0.0)
    assert found.kind.item() == KINK
    assert found.left.item() == pytest.approx(left, abs=1e-6)
    assert found.right.item() == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (torch.round, 0.5),
        (lambda x: x + torch.inf, 1.0),
        (torch.frac, 5.0),
        (torch.sqrt, 0.0),
        (torch.log, -1.0),
        (torch.sign, 0.0),
    ],
)
def test_at_a_jump_and_at_the_end_of_a_functions_domain_there_is_no_slope(function: Function, at: float) -> None:
    assert differences(function, at).kind.item() == NONE


@pytest.mark.parametrize(
    ("function", "alone"),
    [
        (torch.tanh, True),
        (lambda x: x.relu() * torch.arange(40.0, dtype=torch.float64), True),
        (lambda x: x.cumsum(0), False),
        (lambda x: x.flip(0), False),
        (lambda x: x.reshape(5, 8).softmax(1), False),
        (lambda x: x - x[7], False),
        (lambda x: torch.cat([x[:39], x[:1] * x[39:]]), False),
    ],
)
def test_if_each_output_depends_only_on_its_own_input_all_are_moved_at_once(
    function: Function, alone: bool
) -> None:
    at = torch.linspace(-2.0, 1.7, 40, dtype=torch.float64)
    found = differences(function, *at.tolist())
    exact = torch.autograd.functional.jacobian(lambda x: function(x).flatten(), at).T  # type: ignore[no-untyped-call]
    assert found.alone is alone
    table = torch.diag(found.value[:, 0]) if alone else found.value
    assert (table - exact).abs().amax() <= 1e-8 * exact.abs().amax()


def test_one_kink_among_many_numbers_is_found() -> None:
    at = [0.1 * one for one in range(-20, 20)]
    assert differences(torch.relu, *at).kind[:, 0].tolist() == [KINK if one == 0 else SMOOTH for one in at]


def test_a_slope_that_is_lost_in_the_rounding_of_a_large_number_has_a_large_error() -> None:
    found = differences(lambda x: x * 3 + 1e14, 1.0)
    assert found.error.item() > 0.01
    assert abs(found.value.item() - 3) < 10 * found.error.item()


def test_the_rounding_stairs_of_a_large_number_are_noticed() -> None:
    found = differences(torch.round, 1e11 + 0.2)
    assert abs(found.value.item()) <= 10 * found.error.item() < 0.1


def test_a_number_that_underflows_to_zero_has_a_large_error() -> None:
    at = 5.3e-308
    found = differences(torch.square, at)
    assert abs(found.value.item() - 2 * at) < 10 * found.error.item()


def test_the_slopes_beside_a_kink_are_within_the_stated_error() -> None:
    found = differences(lambda x: (x * 0.3).abs() + x.exp() + 1, 0.0)
    assert found.kind.item() == KINK
    for slope, right in ((found.left, 0.7), (found.right, 1.3)):
        assert 0 < abs(slope.item() - right) <= found.beside_kink.item() < 1e-3


def test_it_stops_when_its_time_is_up() -> None:
    with pytest.raises(OutOfTime):
        slopes(torch.exp, torch.ones(3, dtype=torch.float64), Budget(-1))
