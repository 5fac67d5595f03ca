"""What a statement did: one event for each kind of statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from viz.frames.plain import Value, plain


@plain
class Accumulation:
    """What one backward did to one `.grad`: before + contribution = after, as torch computed it.

    Each is true at its own moment: where several `.grad` share memory, the next one adds to it. `name` is how the
    program reaches the tensor; empty where it does not.
    """

    name: str
    node: int
    before: Value | None
    contribution: Value
    after: Value


@plain
class Update:
    """What one optimizer step did to one parameter: values, `.grad` and the optimizer's state around it.

    `change` is `after - before`, subtracted by torch in the parameter's dtype. `state_before` is empty at the
    first step. A state tensor's numbers are nested floats. `options` are those of the parameter's group, where
    they are other than the step's. `places` are where the parameter stands among the optimizer's, more than one
    where it stands there twice; `shares` are the optimizer's other parameters that have memory in common with it,
    and `whole` says that they have all of it in common, number by number.
    """

    name: str
    before: Value
    grad: Value | None
    after: Value
    change: Value | None = None
    state_before: Mapping[str, Value] = field(default_factory=dict)
    state_after: Mapping[str, Value] = field(default_factory=dict)
    options: Mapping[str, Value | str | None] | None = None
    dtype: str = "float32"
    places: tuple[int, ...] = (0,)
    shares: tuple[str, ...] = ()
    whole: bool = True


@plain
class Assigned:
    """`name = …`: the names that were bound. Imports bind names too.

    `owners` are what it stored into: `a` for `a[0] = …`, `W` for `W.grad = …`.
    """

    names: tuple[str, ...]
    owners: tuple[str, ...] = ()


@plain
class Cleared:
    """`zero_grad()`: `.grad` of the parameters before and after (None and zero are not the same)."""

    grads: Mapping[str, tuple[Value | None, Value | None]]


@plain
class Derivative:
    """What `torch.autograd.grad` gave for one of its inputs: None for one that the graph does not lead to."""

    name: str
    node: int | None
    value: Value | None


@plain
class Backward:
    """A backward: where it began, the Nodes in the order the engine visited them, what was added to each `.grad`.

    With `shared`, several `.grad` have the same memory: what was added to one is in the others too.

    Of `torch.autograd.grad`, which adds nothing, `derivatives` is what it gave back; None of `backward()`. The
    inputs where it ends come last in `order`.
    """

    root: int
    order: tuple[int, ...]
    accumulations: tuple[Accumulation, ...]
    derivatives: tuple[Derivative, ...] | None = None
    shared: bool = False


@plain
class Retained:
    """`retain_grad()`: backward stores this tensor's `.grad` from now on; `name` is empty where it has none."""

    name: str
    is_leaf: bool


@plain
class Stepped:
    """`optimizer.step()`: which optimizer (`"SGD"`), its options as torch holds them, each parameter's update."""

    optimizer: str
    options: Mapping[str, Value | str | None]
    updates: tuple[Update, ...]


@plain
class Scheduled:
    """`scheduler.step()`: which scheduler (`"StepLR"`), the lr of each of the optimizer's groups around it, and
    which optimizer (`"SGD"`)."""

    scheduler: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    optimizer: str = ""


@plain
class Evaluated:
    """An expression statement with no effect of the kinds above; `function` is PyTorch's name of what it calls."""

    text: str
    function: str = ""


@plain
class Decided:
    """The condition of an `if`, an `elif` or a `while` was looked at: its text, and whether it holds."""

    keyword: Literal["if", "elif", "while"]
    text: str
    holds: bool


@plain
class Passed:
    """The head of an inner `for`: it bound `names` for pass `number` (from 0), or, `over`, made that many."""

    names: tuple[str, ...]
    text: str
    number: int
    over: bool = False


@plain
class Jumped:
    """`break`, `continue` or `pass`."""

    keyword: Literal["break", "continue", "pass"]


@plain
class Entered:
    """`with torch.no_grad():` and its like: whether autograd records what is computed inside."""

    text: str
    grad: bool


@plain
class Returned:
    """`return` in a function of the program: the expression's text, and its numbers where it has any."""

    function: str
    text: str
    value: Value | None = None


Event: TypeAlias = (
    Assigned
    | Cleared
    | Backward
    | Retained
    | Stepped
    | Scheduled
    | Evaluated
    | Decided
    | Passed
    | Jumped
    | Entered
    | Returned
)
