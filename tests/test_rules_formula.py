"""The language of the formulas: its results, its typeset form, and its refusal of anything else."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from viz.rules import Shown, summed_axes, undo_broadcast
from viz.rules.formula import Formula, constant
from viz.rules.rule import rule


def number(value: float) -> Shown:
    return Shown(str(value), value=value, known=True)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "self.shape",
        "self[0]",
        "[self]",
        "lambda: 1",
        "open(self)",
        "exp(x=self)",
        "self and other",
        "f'{self}'",
        "(self := 1)",
        "self // 2",
    ],
)
def test_anything_but_a_formula_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no part of a formula|is no function of the formulas"):
        Formula(text)


def test_a_formula_is_computed_as_it_is_written() -> None:
    x, y = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor(4.0, dtype=torch.float64)
    assert Formula("-x ** 2 + 3 * (x - 1) / y").evaluate({"x": x, "y": y}).tolist() == [-1.0, -3.25]
    assert Formula("where(x > 1, x, -y)").evaluate({"x": x, "y": y}).tolist() == [-4.0, 2.0]
    assert Formula("1 if n == 2 else 0").evaluate({"n": 2}) == 1


def numbers(*values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize(
    ("text", "names", "value"),
    [
        ("one_hot(target, -100, shape)", {"target": numbers(2, -100), "shape": (2, 3)}, [[0, 0, 1], [0, 0, 0]]),
        ("one_hot(target, -1, shape)", {"target": torch.tensor(1.0), "shape": (3,)}, [0, 1, 0]),
        ("for_classes(weight, shape)", {"weight": numbers(1, 2), "shape": (5, 2, 1)}, [[[1], [2]]]),
        ("for_rows(g, shape)", {"g": numbers(1, 2), "shape": (2, 3)}, [[1], [2]]),
        ("listed(target)", {"target": numbers([2, 0, -1], [1, -1, 0])}, [[1, 0, 1], [0, 1, 0]]),
        ("put_select(g, 1, 2, shape)", {"g": numbers(5, 6), "shape": (2, 3)}, [[0, 0, 5], [0, 0, 6]]),
        ("put_slice(g, 0, 1, 9, 2, shape)", {"g": numbers(5, 6), "shape": (4,)}, [0, 5, 0, 6]),
        ("put_indices(g, i, shape)", {"g": numbers(5, 6), "i": [numbers(1, 1)], "shape": (3,)}, [0, 11, 0]),
        (
            "put_indices(g, i, shape)",
            {"g": numbers([5], [6]), "i": [None, numbers(1)], "shape": (2, 2)},
            [[0, 5], [0, 6]],
        ),
        ("put_indices(g, i, shape)", {"g": numbers(5), "i": [torch.tensor([False, True])], "shape": (2,)}, [0, 5]),
        ("erased(g, i)", {"g": numbers(5, 6, 7), "i": [numbers(0, 2)]}, [0, 6, 0]),
        ("picked(g, i)", {"g": numbers(5, 6, 7), "i": [numbers(2, 2)]}, [7, 7]),
        (
            "put_rows(g, i, p, shape)",
            {"g": numbers([1, 2], [3, 4], [9, 9]), "i": numbers(1, 1, 0), "p": 0, "shape": (2, 2)},
            [[0, 0], [4, 6]],
        ),
        (
            "put_along(g, 1, i, False, shape)",
            {"g": numbers(5, 6), "i": numbers(2, 0), "shape": (2, 3)},
            [[0, 0, 5], [6, 0, 0]],
        ),
        ("added_up(g, r, shape)", {"g": numbers(1, 2, 10, 20), "r": (2,), "shape": (2,)}, [11, 22]),
        ("joined(gs, 2, 0, shape)", {"gs": [numbers(0, 0), numbers(7)], "shape": (3,)}, [0, 0, 7]),
        ("joined(gs, s, 0, shape)", {"gs": [numbers(5), numbers(6, 7)], "s": (1, 2), "shape": (3,)}, [5, 6, 7]),
        ("stacked(grads, 1)", {"grads": [numbers(1, 2), numbers(3, 4)]}, [[1, 3], [2, 4]]),
        ("floor_quotient(x, 2)", {"x": numbers(3.0, -1.0)}, [1, -1]),
        ("unsqueeze(x, dims)", {"x": numbers(1, 2), "dims": (0, 2)}, [[[1], [2]]]),
        # The input [1, 2, 3] and the kernel [10, 1] make [12, 23]; with 1 and 5 arriving there:
        (
            "conv_input(g, w, s, p, d, 1, shape)",
            {"g": numbers([[1, 5]]), "w": numbers([[10, 1]]), "shape": (1, 1, 3), "s": (1,), "p": (0,), "d": (1,)},
            [[[10, 51, 5]]],
        ),
        (
            "conv_weight(g, x, s, p, d, 1, shape)",
            {
                "g": numbers([[1, 5]]),
                "x": numbers([[1, 2, 3]]),
                "shape": (1, 1, 2),
                "s": (1,),
                "p": (0,),
                "d": (1,),
            },
            [[[11, 17]]],
        ),
    ],
)
def test_functions_that_put_numbers_at_places_put_them_there(
    text: str, names: dict[str, Any], value: object
) -> None:
    assert Formula(text).evaluate(names).tolist() == value


def test_a_name_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError):
        Formula("x + y").evaluate({"x": 1.0})
    with pytest.raises(KeyError):
        Formula("1 if n == 2 else 0").latex({"n": Shown("n")})


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x * (y + 1)", r"x \cdot \left(y + 1\right)"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("x - y - 1", "x - y - 1"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("(-x) ** 2", r"\left(-x\right)^{2}"),
        ("-x ** 2", "-x^{2}"),
        ("x / (y + 1)", r"\frac{x}{y + 1}"),
        ("(x / y) ** 2", r"\left(\frac{x}{y}\right)^{2}"),
        ("x * -y", r"x \cdot \left(-y\right)"),
        ("exp(-x)", "e^{-x}"),
        ("t(x) @ y", r"x^{\top} \;@\; y"),
        ("n * x ** (n - 1)", r"3 \cdot x^{2}"),
        ("x ** (n - 2)", "x"),
        (
            "where(x > 0, 1, where(x == 0, y, 0))",
            r"\begin{cases} 1 & \text{if } x > 0 \\ y & \text{if } x = 0 \\ 0 & \text{otherwise} \end{cases}",
        ),
        ("x / count(shape, None)", r"\frac{x}{6}"),
        ("x if n == 3 else y", "x"),
        ("1 * x * 1", "x"),
    ],
)
def test_a_formula_is_written_with_the_parentheses_it_needs_and_no_others(text: str, latex: str) -> None:
    names = {"x": Shown("x"), "y": Shown("y"), "n": constant(3), "shape": constant((2, 3))}
    assert Formula(text).latex(names).latex == latex


def test_inserted_numbers_decide_the_cases() -> None:
    formula = Formula("where((x > 0) & (x < 2), x * y, 0)")
    assert formula.latex({"x": number(1.0), "y": number(3.0)}).latex == r"1.0 \cdot 3.0"
    assert formula.latex({"x": number(5.0), "y": number(3.0)}).latex == "0"


def test_a_local_derivative_is_applied_element_by_element() -> None:
    with pytest.raises(ValueError, match="element by element"):
        rule(self="sum(self, None)")
    with pytest.raises(ValueError, match="element by element"):
        rule(self="m + 1", given={"m": "self @ self"})
    assert rule(self="exp(self)").is_local(0) and not rule(self="grad + m", given={"m": "1"}).is_local(0)
    assert not rule(self="m", given={"m": "sum(grad, None)"}).is_local(0)


@pytest.mark.parametrize(
    ("shape", "wanted", "axes"),
    [((3,), (3,), ()), ((2, 3), (3,), (0,)), ((2, 3), (2, 1), (1,)), ((2, 3), (), (0, 1)), ((1, 3), (1, 1), (1,)),
     ((1,), (), (0,)), ((4, 1, 3), (1, 3), (0,))],
)  # fmt: skip
def test_a_broadcast_is_reversed_as_in_torch(
    shape: tuple[int, ...], wanted: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    operand = torch.ones(wanted, requires_grad=True)
    gradient = torch.arange(1.0, 1.0 + torch.Size(shape).numel()).reshape(shape)
    (torchs,) = torch.autograd.grad(torch.broadcast_to(operand, shape), operand, gradient)
    assert summed_axes(shape, wanted) == axes
    assert torch.equal(undo_broadcast(gradient, wanted), torchs)


def test_reading_the_names_of_a_rule_does_not_change_those_of_its_formulas() -> None:
    one = rule(given={"u": "self * other"}, self="u + 1")
    assert one.names(0) == {"u", "self", "other"}
    assert one.formula(0).names == {"u"}
