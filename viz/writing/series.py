"""The series of the charts: what each iteration made of a few variables, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.writing.nonfinite import finite
from viz.writing.numbers import flat

#: Series are sent for tensors of up to this many elements; larger ones are not drawn as lines.
LONGEST = 1000


def points(names: Sequence[str], before: Frame | None, last: Frame) -> str:
    """Each series as the iteration that ended with `last` computed it, as JSON; `before` is the frame before it.

    Parameters as the iteration began, everything else as it ended: `name` is the value (of a parameter: the one
    that forward used), `name.grad` its `.grad` after backward, `name+` the parameter's value after the iteration.
    A value is a number for one element, else a flat list.
    """
    made: dict[str, str] = {}
    for name in names:
        variable = last.variables.get(name)
        if variable is None or variable.value is None:
            continue
        value = _text(variable.value, variable.dtype)
        if value is None:
            continue
        made[name] = value
        if variable.requires_grad and variable.is_leaf:
            old = before.variables.get(name) if before else None
            if old:
                made[name] = _text(old.value, variable.dtype) or "null"
            made[f"{name}+"] = value
            made[f"{name}.grad"] = _text(variable.grad, variable.dtype) or "null"
    return f"{{{','.join([f'{json.dumps(name, ensure_ascii=False)}:{text}' for name, text in made.items()])}}}"


def _text(value: Value | None, dtype: str) -> str | None:
    """A value as JSON, null for what is not finite; None where there is none, or too much of it.

    float32 is written with nine digits, which is enough to read the same float32 back.
    """
    if value is None:
        return None
    numbers = flat(value)
    if len(numbers) > LONGEST:
        return None
    if dtype == "float64" or not finite(value):
        text = ",".join(["null" if not finite(one) else repr(float(one)) for one in numbers])
    else:
        text = ",".join(["%.9g"] * len(numbers)) % tuple(numbers)
    return text if len(numbers) == 1 else f"[{text}]"
