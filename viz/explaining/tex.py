"""Names and numbers in LaTeX. A program's name is escaped, so it is never a command."""

from __future__ import annotations

from viz.rules.formula import Shown
from viz.rules.latex import ATOM, PRODUCT, SUM
from viz.writing.numbers import MINUS, number

_GREEK = {
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\epsilon",
    "eps1": r"\epsilon_1",
    "eps2": r"\epsilon_2",
}
_NOT_FINITE = {"inf": r"\infty", "nan": r"\mathrm{nan}"}
#: Characters that LaTeX does not read as themselves, and their escapes.
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
    r"""A name in upright letters: `\mathrm{y\_hat}`."""
    return rf"\mathrm{{{''.join(_ESCAPES.get(letter, letter) for letter in text)}}}"


def symbol(name: str) -> Shown:
    """The LaTeX of one of torch's names: an option, or an entry of the optimizer's state."""
    if len(name) == 1:
        return Shown(name)
    return Shown(_GREEK.get(name) or upright(name))


def number_of(value: float) -> Shown:
    r"""A computed number with the page's usual digits: `-2.350`, `1.20 \cdot 10^{-5}`."""
    return _shown(number(value).replace(MINUS, "-"), value)


def given_number(value: float) -> Shown:
    r"""A given number (an option, a count) with its own digits: `0.9`, `10^{-8}`."""
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
