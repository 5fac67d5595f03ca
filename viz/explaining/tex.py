"""Names and numbers in LaTeX: a program's name is shown letter by letter, and is never a command."""

from __future__ import annotations

from viz.rules.formula import Shown
from viz.rules.functions import ATOM, PRODUCT, SUM
from viz.writing.numbers import MINUS, number

_GREEK = {
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\epsilon",
    "eps1": r"\epsilon_1",
    "eps2": r"\epsilon_2",
}
_NOT_FINITE = {"inf": r"\infty", "nan": r"\mathrm{nan}"}
#: What LaTeX reads as something else than itself, and what stands for it.
_ESCAPES = {
    "\\": r"\backslash ",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "^": r"\hat{}",
    "~": r"\sim ",
    " ": r"\ ",
}


def upright(text: str) -> str:
    r"""A name as it is written: `\mathrm{y\_hat}`."""
    return rf"\mathrm{{{''.join(_ESCAPES.get(letter, letter) for letter in text)}}}"


def symbol(name: str) -> Shown:
    """A name of torch's: an option, an entry of the optimizer's state."""
    if len(name) == 1:
        return Shown(name)
    return Shown(_GREEK.get(name) or upright(name))


def number_of(value: float) -> Shown:
    r"""A computed number, as the page shows it everywhere: `-2.350`, `1.20 \cdot 10^{-5}`."""
    return _shown(number(value).replace(MINUS, "-"), value)


def given_number(value: float) -> Shown:
    r"""A number that was given (an option, a count), with no more digits than it has: `0.9`, `10^{-8}`."""
    return _shown(f"{value:.6g}", value)


def _shown(text: str, value: float) -> Shown:
    if text.lstrip("-") in _NOT_FINITE:
        latex = ("-" if text.startswith("-") else "") + _NOT_FINITE[text.lstrip("-")]
        return Shown(latex, SUM if text.startswith("-") else ATOM, value, known=True)
    mantissa, _, exponent = text.partition("e")
    power = rf"10^{{{int(exponent)}}}" if exponent else ""
    latex = power if mantissa == "1" and power else rf"{mantissa} \cdot {power}" if power else text
    holds = SUM if text.startswith("-") else PRODUCT if power else ATOM
    return Shown(latex, holds, value, known=True)
