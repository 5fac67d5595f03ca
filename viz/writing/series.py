"""The series of the charts: the values of a few variables in each iteration, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from viz.frames.frame import Frame, latest_variables
from viz.frames.plain import Summary, Value
from viz.writing.nonfinite import finite
from viz.writing.numbers import flat

#: Larger tensors are not sent, because no chart draws them.
LONGEST = 1000


def points(names: Sequence[str], before: Frame | None, frames: Sequence[Frame]) -> str:
    """Each series as an iteration with these frames computed it, as JSON; `before` is the frame before them.

    `name` is the last value that a variable had in the iteration; for a parameter, the one at its beginning, as
    the forward pass used it. `name.grad` is its `.grad` at the end, null if that is None, and `name+` the
    parameter's value at the end. A value is a number if the tensor has one element, else a flat list; "nan", "inf"
    or "-inf" replaces a number that is not finite, which JSON cannot express.
    """
    made: dict[str, str] = {}
    last = latest_variables(frames)
    for name in names:
        variable = last.get(name)
        if variable is None or variable.value is None:
            continue
        value = value_json(variable.value, variable.dtype)
        if value is None:
            continue
        of_name: dict[str, str | None] = {name: value}
        if variable.requires_grad and variable.is_leaf:
            old = before.variables.get(name) if before else None
            if old:
                of_name[name] = value_json(old.value, variable.dtype)
            of_name[f"{name}+"] = value
            of_name[f"{name}.grad"] = (
                "null" if variable.grad is None else value_json(variable.grad, variable.dtype)
            )
        made |= {key: text for key, text in of_name.items() if text is not None}
    return f"{{{','.join([f'{json.dumps(name, ensure_ascii=False)}:{text}' for name, text in made.items()])}}}"


def dtypes(names: Sequence[str], frames: Sequence[Frame]) -> dict[str, str]:
    """The dtype of each series in the iteration with these frames; float32, the usual one, is left out."""
    last = latest_variables(frames)
    held = {name: last.get(name) for name in names}
    return {
        series: one.dtype
        for name, one in held.items()
        if one is not None and one.dtype != "float32"
        for series in (name, f"{name}+", f"{name}.grad")
    }


def value_json(value: Value | None, dtype: str) -> str | None:
    """A value as JSON; None if it is None or too large.

    Nine digits are enough to read the same float32 back; the stage does, see viz/stage/number.js.
    """
    if value is None:
        return None
    numbers = flat(value)
    if len(numbers) > LONGEST or isinstance(value, Summary):
        return None
    if dtype == "float64" or not finite(value):
        text = ",".join([repr(float(one)) if finite(one) else f'"{float(one)!r}"' for one in numbers])
    else:
        text = ",".join(["%.9g"] * len(numbers)) % tuple(numbers)
    return text if len(numbers) == 1 else f"[{text}]"
