r"""Equations in numbers, as an explanation prints them: `0.5000 \cdot 4.000 = 2.000` has to be true.

A printed number may be any number that rounds to it, so each side is an interval; the two sides of a true equation
overlap. Anything but arithmetic with plain numbers (names, matrices, cases) is not read.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(
    r"\\begin\{array\}\{\w+\}|\\end\{array\}|\\left\(|\\right\)|\\d?frac|\\sqrt|\\cdot|\\infty|\\mathrm\{nan\}"
    r"|\\(?:ln|log|exp|tanh|sin|cos|sigma)(?![a-z])|\d+(?:\.\d+)?|[-+^{}()]|\\[;,! ]|\s+"
)
_FUNCTIONS = {
    r"\ln": math.log,
    r"\exp": math.exp,
    r"\tanh": math.tanh,
    r"\sigma": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
}
#: The error that rounding in float32 may add to a number, relative to it.
_EPS = 2e-6


class Unreadable(ValueError):
    """This is not arithmetic with plain numbers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers from `low` to `high`; both are nan if nothing is known."""

    low: float
    high: float

    def meets(self, other: Interval) -> bool:
        """Whether the two intervals overlap."""
        if any(math.isnan(one) for one in (self.low, self.high, other.low, other.high)):
            return True
        return self.low <= other.high and other.low <= self.high


def false_equations(latex: str) -> Iterator[str]:
    """The lines of a formula that are equations in numbers and do not hold."""
    for row in _rows(latex):
        try:
            sides = [value_of(side) for side in row if side]
        except (Unreadable, ArithmeticError, ValueError):
            continue
        if any(not one.meets(other) for one, other in pairwise(sides)):
            yield " = ".join(row)


def _rows(latex: str) -> Iterator[list[str]]:
    inside = re.fullmatch(r"\\begin\{array\}\{\w+\}(.*)\\end\{array\}", latex.strip(), re.DOTALL)
    for row in (inside[1] if inside else latex).split(r"\\"):
        # In `x \leftarrow 2 \cdot 3 = 6 \to 6`, the equation is in the middle.
        _, arrow, right = row.rpartition(r"\leftarrow")
        text = (re.split(r"\\to(?![a-z])", right)[0] if arrow else right).replace("&", " ")
        yield [side.strip() for side in text.split("=")]


def value_of(text: str) -> Interval:
    """The interval of one side of an equation. Raises Unreadable if it is not arithmetic with plain numbers."""
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unreadable(text)
        if not (found[0].isspace() or found[0] in (r"\;", r"\,", r"\!", r"\ ")):
            tokens.append(found[0])
        place = found.end()
    reader = _Reader(tokens)
    value = reader.sum()
    if reader.rest:
        raise Unreadable(text)
    return value


class _Reader:
    """Parses tokens of LaTeX and computes their value."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.rest = list(tokens)

    def _next(self, wanted: str = "") -> str:
        if not self.rest or (wanted and self.rest[0] != wanted):
            raise Unreadable(wanted)
        return self.rest.pop(0)

    def sum(self) -> Interval:
        total = self._product()
        while self.rest and self.rest[0] in "+-":
            sign = self._next()
            other = self._product()
            total = _add(total, other if sign == "+" else _negated(other))
        return total

    def _product(self) -> Interval:
        if self.rest and self.rest[0] == "-":
            self._next()
            return _negated(self._product())
        total = self._power()
        while self.rest and self.rest[0] == r"\cdot":
            self._next()
            total = _times(total, self._factor())
        return total

    def _factor(self) -> Interval:
        if self.rest and self.rest[0] == "-":
            self._next()
            return _negated(self._power())
        return self._power()

    def _power(self) -> Interval:
        base = self._atom()
        if self.rest and self.rest[0] == "^":
            self._next()
            self._next("{")
            exponent = self.sum()
            self._next("}")
            return _raised(base, exponent)
        return base

    def _atom(self) -> Interval:
        token = self._next()
        if token[0].isdigit():
            return self._number(token)
        if token == r"\infty":
            return Interval(math.inf, math.inf)
        if token == r"\mathrm{nan}":
            return Interval(math.nan, math.nan)
        if token == r"\left(":
            return self._until(r"\right)")
        if token == "(":
            return self._until(")")
        if token in (r"\frac", r"\dfrac"):
            above, below = self._group(), self._group()
            return _times(above, _inverse(below))
        if token == r"\sqrt":
            return _applied(math.sqrt, self._group())
        if token in _FUNCTIONS:
            self._next(r"\left(")
            return _applied(_FUNCTIONS[token], self._until(r"\right)"))
        raise Unreadable(token)

    def _until(self, end: str) -> Interval:
        value = self.sum()
        self._next(end)
        return value

    def _group(self) -> Interval:
        self._next("{")
        return self._until("}")

    def _number(self, text: str) -> Interval:
        r"""A number, together with a `\cdot 10^{-5}` after it."""
        digits = text.replace(".", "").lstrip("0")
        decimals = len(text.partition(".")[2])
        scientific = self.rest[:4] and self.rest[:2] == [r"\cdot", "10"] and self.rest[2:4] == ["^", "{"]
        value, scale = float(text), 1.0
        if scientific:
            del self.rest[:4]
            sign = -1 if self.rest[0] == "-" else 1
            if sign < 0:
                self._next()
            scale = 10.0 ** (sign * int(self._next()))
            self._next("}")
        # Computed numbers have four digits, or three before a power of ten; given numbers have their own digits.
        rounded = len(digits) >= (3 if scientific else 4)
        half = (0.5 * 10.0**-decimals if rounded else 0.0) + _EPS * value
        return Interval((value - half) * scale, (value + half) * scale)


def _hull(values: Sequence[float]) -> Interval:
    if any(math.isnan(one) for one in values):
        return Interval(math.nan, math.nan)
    return Interval(min(values), max(values))


def _add(one: Interval, other: Interval) -> Interval:
    return _hull([one.low + other.low, one.high + other.high])


def _negated(one: Interval) -> Interval:
    return Interval(-one.high, -one.low)


def _times(one: Interval, other: Interval) -> Interval:
    return _hull([a * b for a in (one.low, one.high) for b in (other.low, other.high)])


def _inverse(one: Interval) -> Interval:
    if one.low <= 0 <= one.high:
        return Interval(math.nan, math.nan)  # it may be anything
    hull = _hull([1 / one.low, 1 / one.high])
    # 1 over a finite number is finite; it may only be outside the range of Python's floats.
    return Interval(min(hull.low, sys.float_info.max), max(hull.high, -sys.float_info.max))


def _raised(base: Interval, exponent: Interval) -> Interval:
    power = (exponent.low + exponent.high) / 2
    whole = round(power)
    power = whole if abs(power - whole) < 1e-4 else power
    corners = [base.low**power, base.high**power]
    if any(isinstance(one, complex) for one in corners):
        raise Unreadable("a root of a negative number")
    inside = [0.0] if base.low < 0 < base.high else []
    spread = _EPS * max(abs(one) for one in corners)
    hull = _hull([*corners, *inside])
    return Interval(hull.low - spread, hull.high + spread)


def _applied(function: object, one: Interval) -> Interval:
    assert callable(function)
    return _hull([function(one.low), function(one.high)])
