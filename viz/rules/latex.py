"""How the pieces of a formula are written in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

#: The precedence of a piece of a formula, lowest first: it gets brackets if its place needs a higher one.
CASES, COMPARISON, SUM, PRODUCT, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a formula in LaTeX.

    If `known`, `value` is its value, which decides conditions. If it `folds`, it is a constant
    of the operation (an exponent, a shape), and arithmetic of such constants is shown as its result.
    """

    latex: str
    holds: int = ATOM
    value: Any = None
    known: bool = False
    folds: bool = False

    def within(self, place: int) -> str:
        """Return the LaTeX, in parentheses if its place needs a tighter operator."""
        return self.latex if self.holds >= place else bracketed(self.latex)


def bracketed(latex: str) -> str:
    """Return the LaTeX in parentheses that grow with their content."""
    return rf"\left({latex}\right)"


#: Writes a call of a function, given its arguments.
Writer: TypeAlias = Callable[[Sequence[Shown]], Shown]


def word(text: str, arguments: int | None = None, below: int | None = None) -> Writer:
    """Return a writer of `text(x, …)`: the first `arguments`, and the one at `below` as an index of the word."""

    def write(shown: Sequence[Shown]) -> Shown:
        index = "" if below is None else f"_{{{shown[below].latex}}}"
        inside = ", ".join(one.latex for one in shown[:arguments])
        return Shown(rf"\mathrm{{{text}}}{index}{bracketed(inside)}")

    return write


def around(before: str, after: str) -> Writer:
    """Return a writer of the first argument between these."""
    return lambda shown: Shown(f"{before}{shown[0].latex}{after}")


def command(name: str) -> Writer:
    """Return a writer of a command of LaTeX and the first argument in parentheses."""
    return lambda shown: Shown(f"{name}{bracketed(shown[0].latex)}")


def over(sign: str) -> Writer:
    """Return a writer of a sum, a mean or a product over dimensions; None and () mean all."""

    def write(shown: Sequence[Shown]) -> Shown:
        dim = shown[1]
        index = "" if dim.known and dim.value in (None, ()) else rf"_{{\mathrm{{dim}}\ {dim.latex}}}"
        return Shown(rf"{sign}{index}{bracketed(shown[0].latex)}")

    return write


def exponential(shown: Sequence[Shown]) -> Shown:
    """Write `exp(x)`."""
    return Shown(f"e^{{{shown[0].latex}}}", POWER)


def floored(shown: Sequence[Shown]) -> Shown:
    """Write the floor of a quotient."""
    return Shown(rf"\left\lfloor \frac{{{shown[0].latex}}}{{{shown[1].latex}}}\right\rfloor")


def over_square(shown: Sequence[Shown]) -> Shown:
    """Write `x / y ** 2`."""
    return Shown(rf"\frac{{{shown[0].latex}}}{{{shown[1].within(ATOM)}^{{2}}}}", POWER)


def transposed(shown: Sequence[Shown]) -> Shown:
    """Write the transpose of the first argument."""
    return Shown(rf"{shown[0].within(ATOM)}^{{\top}}", POWER)


def outer(shown: Sequence[Shown]) -> Shown:
    """Write an outer product."""
    return Shown(rf"{shown[0].within(POWER)} \otimes {shown[1].within(POWER)}", PRODUCT)


def lerp(shown: Sequence[Shown]) -> Shown:
    """Write `(1 - weight) * old + weight * new`."""
    old, new, weight = shown
    left = bracketed(f"1 - {weight.within(PRODUCT)}")
    return Shown(rf"{left} \cdot {old.within(PRODUCT)} + {weight.within(PRODUCT)} \cdot {new.within(POWER)}", SUM)


def keep(shown: Sequence[Shown]) -> Shown:
    """Write `kept * old + (1 - kept) * new`."""
    kept, old, new = shown
    rest = bracketed(f"1 - {kept.within(PRODUCT)}")
    return Shown(rf"{kept.within(PRODUCT)} \cdot {old.within(PRODUCT)} + {rest} \cdot {new.within(POWER)}", SUM)
