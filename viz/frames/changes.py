"""What a statement changed in place, besides what its event tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from viz.frames.plain import Value, plain

ChangeKind: TypeAlias = Literal["value", "grad", "requires_grad", "entries", "entry", "training", "inside"]


#: What is told of a statement already: by a thing's id and what changed of it, what it is afterwards.
Known: TypeAlias = "Mapping[tuple[int, ChangeKind], Value | None]"


@plain
class Change:
    """What a statement changed in place: `what` of the thing that the program reaches by `name`.

    - `value`: the numbers of a tensor or an array. `difference` is a parameter's `after - before`, by torch.
    - `grad`: a tensor's `.grad`, None where it has none.
    - `requires_grad`: a tensor's.
    - `entries`: a list or a dict in a line, or how many entries it has where that is too long.
    - `entry`: one of a list or a dict, as an optimizer's option is; `before` is None where it is new.
    - `training`: whether a module is in training mode.
    - `inside`: of a thing whose inside no recording shows; `before` and `after` are None.

    The name is a path where no name holds the thing itself: `net[0].weight`, `rows[1]`, `params[0].grad`. What was
    written again as it was is a change too; `before` and `after` are equal then.
    """

    name: str
    what: ChangeKind
    before: Value | str | None
    after: Value | str | None
    difference: Value | None = None
