"""Formats numbers with four significant digits and a true minus sign, and tensors in a short form."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite, isnan

from viz.frames.plain import Summary, Value

MINUS = "\N{MINUS SIGN}"
#: Significant digits that tell any two numbers apart.
DIGITS = 17
#: Elements in the short form of a tensor before the "…".
SHOWN = 2
#: Characters that fit in a box of the graph; a longer form has two digits, or else only one number.
LONGEST = 17
LONGEST_FIRST = 10


# The sentence, the code, the ledger and the graph show the same number; it is formatted once.
@lru_cache(maxsize=16384, typed=True)
def number(value: bool | int | float, digits: int = 4) -> str:
    """A number with `digits` significant digits: `0.7350`, `−2.350`, `1.2e−05`, `0`, `inf`, `nan`.

    An exact zero has no decimals, unlike a number that is rounded to zero.
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return _true_minus(str(value))
    if not isfinite(value):
        return "nan" if isnan(value) else ("inf" if value > 0 else f"{MINUS}inf")
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 10**5:
        decimals = max(0, digits - 1 - _magnitude(size))
        return _true_minus(f"{value:.{decimals}f}")
    mantissa, exponent = f"{value:.{max(0, digits - 2)}e}".split("e")
    return _true_minus(f"{mantissa}e{int(exponent)}")


def in_ascii(value: bool | int | float) -> str:
    """The same digits, as JavaScript reads them: with a hyphen in place of the minus sign, and 1 for True."""
    return number(+value).replace(MINUS, "-")


def apart(one: float, other: float) -> int:
    """How many significant digits tell two numbers apart; at least 4."""
    return next((many for many in range(4, DIGITS) if number(one, many) != number(other, many)), DIGITS)


def brief(value: Value | None, shown: int = SHOWN) -> str:
    """A tensor in about 17 characters; a single element without brackets, and `None` for None."""
    if value is None:
        return "None"
    if isinstance(value, Summary):
        return summary(value)
    if not isinstance(value, list):
        return number(value)
    only = _only_element(value)
    if only is not None:
        return number(only)
    digits = 4 if len(value) <= shown and not _nested(value) else 3
    text = ""
    for form in ((digits, shown), (2, shown), (3, 1)):
        text = _list(value, *form)
        if len(text) <= LONGEST:
            break
    return text


def first(value: Value | None) -> str:
    """A tensor by its first element, in about 10 characters: an edge of the graph has no room for more."""
    while isinstance(value, list) and value and isinstance(value[0], list):
        # The first row of a tensor of shape [2, 0] has no element; show that row.
        value = value[0] if len(value) == 1 or not value[0] else [value[0][0], 0.0]
    text = brief(value, shown=1)
    return text if len(text) <= LONGEST_FIRST or not isinstance(value, list) else _list(value, 2, 1)


def summary(value: Summary) -> str:
    """The mean of a tensor whose numbers are not recorded one by one, or which kind of tensor it is."""
    return (value.kind or "no numbers") if value.mean is None else f"mean {number(value.mean)}"


def flat(value: Value) -> list[float]:
    """The elements of a tensor in row-major order; none of a Summary."""
    if isinstance(value, list):
        return [element for part in value for element in flat(part)]
    if isinstance(value, Summary):
        return []
    return [float(value)]


def _only_element(value: Value) -> bool | int | float | None:
    while isinstance(value, list):
        if len(value) != 1:
            return None
        value = value[0]
    return None if isinstance(value, Summary) else value


def _nested(value: list[Value]) -> bool:
    return bool(value) and isinstance(value[0], list)


def _list(value: list[Value], digits: int, shown: int) -> str:
    if _nested(value):
        head = value[0]
        first = _list(head, digits, 1) if isinstance(head, list) else number(head, digits)
        return f"[{first}{' …' if len(value) > 1 else ''}]"
    parts = [number(part, digits) for part in value[:shown] if not isinstance(part, list)]
    return f"[{', '.join(parts)}{' …' if len(value) > shown else ''}]"


def _magnitude(size: float) -> int:
    """The exponent of the leading digit after rounding to four digits: 0 for 9.99, 1 for 9.9999."""
    return int(f"{size:.3e}".split("e")[1])


def _true_minus(text: str) -> str:
    return text.replace("-", MINUS)
