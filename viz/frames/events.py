"""What a statement did: one event for each kind of statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from viz.frames.plain import Value, plain


@plain
class Accumulation:
    """What one backward added to one `.grad`: before + contribution = after, as torch computed it.

    These are the values at the moment of this addition: if several `.grad` share memory, a later addition changes
    them again. `name` is the path by which the program reaches the tensor, and empty if there is none.
    """

    name: str
    node: int
    before: Value | None
    contribution: Value
    after: Value


@plain
class Update:
    """What one optimizer step did to one parameter: its values and the optimizer's state, before and after.

    `change` is `after - before`, subtracted by torch in the parameter's dtype. `state_before` is empty at the
    first step. A state tensor's numbers are nested floats. `options` are those of the parameter's group, if they
    differ from the step's; `option_dtypes` has the dtype of each option that is a tensor, as `lr` may be. `places`
    are the parameter's indices among the optimizer's parameters: several if it was passed more than once. `shares`
    names the optimizer's other parameters that share memory with it, and `whole` is True if they share all of it,
    number by number.
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
    option_dtypes: Mapping[str, str] = field(default_factory=dict)


@plain
class Assigned:
    """`name = …`: the names that the statement bound; imports bind names too.

    `owners` are the things that it stored into: `a` for `a[0] = …`, `W` for `W.grad = …`. `attributes` are the
    attributes that it assigned to: `W.grad`, `self.layer`.
    """

    names: tuple[str, ...]
    owners: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


@plain
class Cleared:
    """`zero_grad()`: each parameter's `.grad` before and after (None and zero are not the same)."""

    grads: Mapping[str, tuple[Value | None, Value | None]]


@plain
class Derivative:
    """What `torch.autograd.grad` returned for one input: None if the graph does not lead to that input."""

    name: str
    node: int | None
    value: Value | None


@plain
class Backward:
    """A backward: its root, the Nodes in the order of the engine's visits, and what it added to each `.grad`.

    `others` are further roots, if it started at several tensors. If `shared`, several `.grad` share memory: what
    backward added to one also appears in the others.

    `derivatives` is what `torch.autograd.grad` returned, and None for `backward()`. `torch.autograd.grad` adds to
    no `.grad`, and the inputs that it ends at come last in `order`.
    """

    root: int
    order: tuple[int, ...]
    accumulations: tuple[Accumulation, ...]
    derivatives: tuple[Derivative, ...] | None = None
    shared: bool = False
    others: tuple[int, ...] = ()


@plain
class Retained:
    """`retain_grad()`: from now on, backward stores this tensor's `.grad`; `name` is empty if it has none."""

    name: str
    is_leaf: bool


@plain
class Hooked:
    """`register_hook(…)`: from now on, backward calls a function with this tensor's gradient.

    What the function returns takes the gradient's place. `name` is empty if the tensor has none.
    """

    name: str


@plain
class Stepped:
    """`optimizer.step()`: the optimizer (`"SGD"`), its options as torch holds them, each parameter's update."""

    optimizer: str
    options: Mapping[str, Value | str | None]
    updates: tuple[Update, ...]


@plain
class Scheduled:
    """`scheduler.step()`: the scheduler (`"StepLR"`), its optimizer (`"SGD"`), and the lr of each of the
    optimizer's groups before and after."""

    scheduler: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    optimizer: str = ""


@plain
class Evaluated:
    """An expression statement with none of the effects above; `function` is the function that it calls, by
    PyTorch's name."""

    text: str
    function: str = ""


@plain
class Asserted:
    """`assert`: the text of its condition, which holds, or the frame has the error."""

    text: str


@plain
class Caught:
    """An `except` that handles an exception: its text, and the exception's class and message."""

    text: str
    kind: str = ""
    message: str = ""


@plain
class Deleted:
    """`del`: the names that it removed, and the things from which it removed entries: `a` for `del a[0]`."""

    names: tuple[str, ...]
    owners: tuple[str, ...] = ()


@plain
class Skipped:
    """A statement that changes nothing here and was skipped: its text, and a sentence that says why."""

    text: str
    says: str


@plain
class Called:
    """A statement called PyTorch, of which only that was seen: the head of a block, or a line without a source.

    `text` is the head's expression, and empty without a source.
    """

    text: str


@plain
class Decided:
    """The condition of an `if`, an `elif` or a `while` was evaluated: its text, and whether it holds."""

    keyword: Literal["if", "elif", "while"]
    text: str
    holds: bool


@plain
class Passed:
    """The head of an inner `for`: it bound `names` for pass `number` (from 0), or ended after `number` passes."""

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
    """The head of a `with`: its text, and whether autograd records the code inside.

    `grad` is None if the head changes nothing about that.
    """

    text: str
    grad: bool | None


@plain
class Returned:
    """`return` in a function of the program: the expression's text, and its numbers if it has any."""

    function: str
    text: str
    value: Value | None = None


Event: TypeAlias = (
    Assigned
    | Cleared
    | Backward
    | Retained
    | Hooked
    | Stepped
    | Scheduled
    | Evaluated
    | Asserted
    | Caught
    | Deleted
    | Skipped
    | Called
    | Decided
    | Passed
    | Jumped
    | Entered
    | Returned
)
