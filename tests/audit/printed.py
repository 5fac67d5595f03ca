"""Reads the numbers that the page prints: which numbers may be rounded to them."""

from __future__ import annotations

import re
from math import inf, isfinite, isinf, isnan, nan

import torch

from viz.frames.plain import Value
from viz.writing.numbers import MINUS, brief, flat

#: A value as `viz.writing.numbers.brief` prints it: a number, or a tensor in short.
VALUE = (
    r"(?:(?:mean )?[−-]?(?:[\d.]+(?:e[−-]?\d+)?|inf)|(?:mean )?nan|\[+[^\[\]]*\](?:(?: …)?\])*|None|True|False)"
)
#: A name as the page writes it: `W`, `net[0].weight`, `net.blocks[1].scale`.
NAME = r"[A-Za-z_]\w*(?:\[(?:\d+|'\w+')\]|\.[A-Za-z_]\w*)*?"
_NUMBER = re.compile(r"[−-]?(?:\d[\d.]*(?:e[−-]?\d+)?|inf)|nan")
#: The distance from 1 to the next larger number of a dtype.
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
#: The largest number of a dtype, by the same distance.
LARGEST = {eps: torch.finfo(getattr(torch, name)).max for name, eps in EPS.items()}


def numbers_in(text: str) -> list[tuple[float, float]]:
    """The numbers of a printed value, each with the largest distance of a number that is printed like it."""
    return [_read(one) for one in _NUMBER.findall(text)]


def shows(text: str, value: Value | None) -> bool:
    """Whether a string is this value as the page prints it."""
    return text == brief(value)


def is_sum(terms: list[str], total: str, eps: float) -> bool:
    """Whether printed values add up, number by number, as far as their digits and the dtype's rounding allow."""
    columns = [numbers_in(one) for one in (*terms, total)]
    if len({len(column) for column in columns}) != 1:
        return _shortened(terms, total) or any("None" in one for one in terms)
    return all(_adds_up(list(row[:-1]), row[-1], eps) for row in zip(*columns, strict=True))


def is_difference(text: str, before: Value | None, after: Value | None, eps: float) -> bool:
    """Whether a printed value is the difference between `after` and `before` (None counts as 0)."""
    if before is None or after is None:
        return shows(text, after)
    olds, news = flat(before), flat(after)
    for (told, off), old, new in zip(numbers_in(text), olds, news, strict=False):
        if not (isfinite(told) and isfinite(old) and isfinite(new)):
            continue
        if abs(told - (new - old)) > off + 2 * eps * (abs(old) + abs(new) + abs(told)):
            return False
    return bool(numbers_in(text)) or not news


def _shortened(terms: list[str], total: str) -> bool:
    """Whether one of the values shows fewer numbers than another, because it was shortened to fit."""
    return any("…" in one for one in (*terms, total))


def _adds_up(terms: list[tuple[float, float]], total: tuple[float, float], eps: float) -> bool:
    value, off = sum(one for one, _ in terms), total[1] + sum(one for _, one in terms)
    if isnan(value) or isnan(total[0]):
        return isnan(value) == isnan(total[0])
    if isinf(total[0]) and all(isfinite(one) for one, _ in terms):
        return value * total[0] > 0 and abs(value) + off > LARGEST[eps]  # a sum of the dtype that overflows
    if not (isfinite(value) and isfinite(total[0])):
        return value == total[0] or not all(isfinite(one) for one, _ in terms)
    return abs(value - total[0]) <= off + 2 * eps * (sum(abs(one) for one, _ in terms) + abs(total[0]))


def _read(text: str) -> tuple[float, float]:
    plain = text.replace(MINUS, "-")
    if plain.lstrip("-") in ("inf", "nan"):
        return {"inf": inf, "-inf": -inf, "nan": nan}[plain], 0.0
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    value = float(plain)
    # A zero without decimals is exactly zero; any other number may be any that rounds to it.
    half = 0.0 if mantissa.lstrip("-") == "0" else 0.5 * 10.0**-decimals
    return value, half * 10.0 ** int(exponent or 0) * (1 + 1e-9)
