"""The series of the charts: what each iteration made of a few variables, as plain numbers for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viz.frames import Frame, Value
from viz.writing.numbers import count, flat
from viz.writing.trouble import finite

#: Series are sent for tensors of up to this many elements; larger ones are not drawn as lines.
LONGEST = 1000


def points(names: Sequence[str], before: Frame | None, last: Frame) -> dict[str, Any]:
    """Each series as the iteration that ended with `last` computed it; `before` is the frame before it.

    Parameters as the iteration began, everything else as it ended: `name` is the value (of a parameter: the one
    that forward used), `name.grad` its `.grad` after backward, `name+` the parameter's value after the iteration.
    """
    made: dict[str, Any] = {}
    for name in names:
        variable = last.variables.get(name)
        if variable is None or variable.value is None or count(variable.value) > LONGEST:
            continue
        if variable.requires_grad and variable.is_leaf:
            old = before.variables.get(name) if before else None
            made[name] = _plain(old.value if old else variable.value, variable.dtype)
            made[f"{name}+"] = _plain(variable.value, variable.dtype)
            made[f"{name}.grad"] = _plain(variable.grad, variable.dtype)
        else:
            made[name] = _plain(variable.value, variable.dtype)
    return made


def _plain(value: Value | None, dtype: str) -> Any:
    """A value for JSON: a number for one element, else a flat list; what is not finite becomes null.

    float32 is written with nine digits, which is enough to read the same float32 back.
    """
    if value is None:
        return None
    numbers = [_digits(one, dtype) if finite(one) else None for one in flat(value)]
    return numbers[0] if len(numbers) == 1 else numbers


def _digits(value: float, dtype: str) -> float:
    return value if dtype == "float64" else float(f"{value:.9g}")
