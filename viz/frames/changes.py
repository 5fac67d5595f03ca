"""What a statement changed in place, apart from what its event reports."""

from __future__ import annotations

from typing import Literal, TypeAlias

from viz.frames.plain import Value, plain

ChangeKind: TypeAlias = Literal[
    "value", "dtype", "grad", "requires_grad", "entries", "entry", "training", "inside"
]


@plain
class Change:
    """A change in place: which property (`what`) of which thing (`name`), before and after.

    - `value`: the numbers of a tensor or an array. For a parameter, `difference` is `after - before`, by torch.
    - `dtype`: a tensor's dtype; its numbers are rounded to it.
    - `grad`: a tensor's `.grad`, None if it has none.
    - `requires_grad`: a tensor's `requires_grad`.
    - `entries`: a list or a dict in one line, or its number of entries if the line is too long.
    - `entry`: one entry of a list or a dict, such as an optimizer's option; `before` is None for a new entry.
    - `training`: whether a module is in training mode.
    - `inside`: the thing's internal state, which is not recorded; `before` and `after` are None.

    `name` is a path if no variable holds the thing itself: `net[0].weight`, `rows[1]`, `params[0].grad`. Writing
    the value that was already there is a change too; `before` and `after` are equal then.
    """

    name: str
    what: ChangeKind
    before: Value | str | None
    after: Value | str | None
    difference: Value | None = None
