"""The audit's reader of equations finds all those that do not hold as printed, and only those."""

from __future__ import annotations

import pytest

from tests.audit.equations import false_equations
from tests.audit.printed import EPS, is_sum


@pytest.mark.parametrize(
    "latex",
    [
        r"1.000 \cdot 1.000 \cdot 100.0 \cdot 0.8165 \cdot 1.000 = 81.65",
        r"-0.5180 \cdot \left(1 - 0.3799^{2}\right) & = & -0.5180 \cdot 0.8556 & = & -0.4432",
        r"\mathrm{W} \leftarrow 1.098 - \frac{\frac{0.05}{0.2710} \cdot \left(-0.1650\right)}{0.7392} = 1.139",
        r"\mathrm{W[0]} \leftarrow 0.5000 -0.1000 = 0.4000",
        r"0.2801 - 0.5 \cdot \left(-1.07 \cdot 10^{-4}\right) = 0.2801",
        r"1.000 - 1 = -6.20 \cdot 10^{-6}",
        r"\begin{array}{rcl} 0 \cdot 3.000 & = & 0 \\ 2.000 \cdot 3.000 & = & 6.000 \end{array}",
        r"\frac{1.000}{0} = \infty",
        r"0.5000 \cdot \frac{1}{5.56 \cdot 10^{-309}} = 8.99 \cdot 10^{307}",
        r"\mathrm{sum} \leftarrow 0 + \left(2.00 \cdot 10^{-30}\right)^{2} = 4.00 \cdot 10^{-60} \to 0",
    ],
)
def test_a_true_equation_passes(latex: str) -> None:
    assert list(false_equations(latex)) == []


@pytest.mark.parametrize(
    "latex",
    [
        r"0.2000 \cdot 3.000 = 0.6010",
        r"1 \cdot 1.00 \cdot 10^{-30} = 0",
        r"0 + 2.000 = 7.000",
        r"-0.5180 \cdot 0.8556 = 0.4432",
        r"\begin{array}{rcl} 1.000 \cdot 3.000 & = & 3.000 \\ 2.000 \cdot 3.000 & = & 5.000 \end{array}",
        r"\frac{2 \cdot \left(3.000 - 1.000\right)}{4} = 2.000",
        r"\mathrm{step} \leftarrow 1 + 1 = 3",
        r"\sqrt{4.000} = 3.000",
        r"0.5000 \cdot \frac{1}{5.56 \cdot 10^{-309}} = 0.5000 \cdot \infty = 8.99 \cdot 10^{307}",
        r"\mathrm{sum} \leftarrow 0 + \left(2.00 \cdot 10^{-30}\right)^{2} = 5.00 \cdot 10^{-60} \to 0",
    ],
)
def test_a_false_equation_is_found(latex: str) -> None:
    assert len(list(false_equations(latex))) == 1


@pytest.mark.parametrize(
    "latex",
    [
        r"\mathrm{grad} \cdot 2 = 3",
        r"\mathrm{expand}_{[1]}\left(1.000\right) = {\begin{bmatrix} 2.000 \end{bmatrix}}",
    ],
)
def test_formulas_other_than_arithmetic_are_not_judged(latex: str) -> None:
    assert list(false_equations(latex)) == []


def test_a_printed_sum_may_overflow_if_its_terms_are_large_enough_for_the_dtype() -> None:
    assert is_sum(["−1.70e38", "−1.70e38"], "−inf", EPS["float32"])  # two of −1.7014e38 exceed −3.4028e38
    assert not is_sum(["−1.70e38", "−1.70e38"], "inf", EPS["float32"])
    assert not is_sum(["1.00e38", "1.00e38"], "inf", EPS["float32"])
    assert not is_sum(["1.70e38", "1.70e38"], "inf", EPS["float64"])
