"""The plain data that every layer shares: what was true after one executed statement.

Nothing here knows torch. A `Frame` is complete without its neighbours, holds no tensor and pickles, so it can
be kept, sent and drawn long after the tensors it speaks of are gone. Equal parts of neighbouring frames are
the same objects; treat all of them as read-only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def plain(cls: type[_Class]) -> type[_Class]:
    """A dataclass that is read-only for the type checker, and not while it runs.

    Python's own frozen dataclasses take six times as long to make, and a recording makes dozens an iteration.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


#: A tensor's numbers as `Tensor.tolist()` gives them: a number for 0 dimensions, nested lists otherwise.
Value: TypeAlias = "bool | int | float | list[Value]"

#: Iteration of the frames before the loop; the loop's own count from 0.
SETUP = -1


@plain
class Span:
    """A stretch of the source: its text, lines from 1, columns from 0 (in characters), the end exclusive."""

    text: str
    line: int
    column: int
    end_line: int
    end_column: int


@plain
class Problem:
    """Why a program stopped: one sentence, where (as in a Span), and whether torch or the language said so.

    `kind` is the exception's name for what torch raised (`"RuntimeError"`), `"Refused"` for what the language
    does not allow and `"Limit"` for a limit that was met.
    """

    message: str
    line: int
    column: int
    kind: str


@plain
class Variable:
    """What a name of the program holds.

    For a tensor, `value` and `grad` are nested floats, `grad` is None where `.grad` is None, and `grad_fn` is
    the name of its Node (None for a leaf). `node` is the id of the Node in the frame's graph that stands for
    it. For an array of NumPy `value` is nested floats too; a tensor's or an array's `text` says whose memory it
    shares, where it does. For a number, `value` is that number. For anything else (an optimizer, a loss) `value`
    is None and `text` describes it in one line.
    """

    kind: Literal[
        "tensor", "array", "number", "text", "list", "module", "optimizer", "scheduler", "loss", "function"
    ]
    text: str = ""
    value: Value | None = None
    grad: Value | None = None
    requires_grad: bool = False
    is_leaf: bool = True
    shape: tuple[int, ...] = ()
    dtype: str = ""
    grad_fn: str | None = None
    node: int | None = None
    version: int = 0


@plain
class Saved:
    """A saved tensor (or number) of a Node, read before `backward()` ran: `name` without the `_saved_` prefix."""

    name: str
    value: Value | str | None
    shape: tuple[int, ...] | None = None  # None: not a tensor
    variable: str | None = None  # the name that held this very tensor, where one did


@plain
class Node:
    """One node of the graph: an autograd Node, or an input that needs no gradient.

    `id` counts in the order of first sight in the iteration, and is stable from frame to frame of it.
    `name` is PyTorch's (`MulBackward0`, `AccumulateGrad`), and empty for a data input. `kind`:

    - `operation`: a Node with a forward `value`;
    - `leaf`: an AccumulateGrad; `value` is the leaf's own, `variable` its name;
    - `data`: a tensor that needs no gradient, drawn because an operation used it.

    `received` is the gradient that arrived in the last backward (summed; one entry an output, None where none
    arrived), `sent` the one that left along each entry of `next_functions`, `order` the place in which the
    engine visited the Node in that backward (None: not visited). `freed` is True once backward freed the
    saved tensors. `grad_before`, `contribution` and `grad_after` are an AccumulateGrad's, or a Node's whose
    tensor keeps its `.grad` (`retain_grad`); `torch.autograd.grad` adds to none and leaves them None. `passes` are
    the numbers of the passes, from 0, of the loops inside the iteration that it was made in, the outermost first.
    `earlier` says that an earlier part of the run made it. `grad` is the `.grad` now of a leaf that no variable
    holds, and of a tensor that `retains` it; of any other the variable has it.
    """

    id: int
    kind: Literal["operation", "leaf", "data"]
    name: str
    expression: Span | None = None
    variable: str | None = None
    value: Value | None = None
    shape: tuple[int, ...] = ()
    dtype: str = ""
    saved: tuple[Saved, ...] = ()
    received: tuple[Value | None, ...] = ()
    sent: tuple[Value | None, ...] = ()
    order: int | None = None
    freed: bool = False
    grad_before: Value | None = None
    contribution: Value | None = None
    grad_after: Value | None = None
    passes: tuple[int, ...] = ()
    earlier: bool = False
    grad: Value | None = None
    retains: bool = False


@plain
class Edge:
    """`node` used the output number `input_nr` of `input` as its argument `slot`.

    One for each entry of `next_functions` that is not None (`slot` is the entry's index, so the gradient that
    flows along the edge is `nodes[node].sent[slot]`), and one for each data input (`gradient` False; its
    `slot` is the entry that is None, or lies past the entries where it has none). A slot has one input.
    """

    node: int
    input: int
    slot: int
    input_nr: int = 0
    gradient: bool = True


@plain
class Graph:
    """What this iteration has built so far; node `n` of the graph is `nodes[n]`, and `nodes[n].id == n`."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


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


@plain
class Frame:
    """What is true after one executed statement; with `error` set, the one that raised: the last frame.

    `iteration` is SETUP before the loop, the loop's count from 0 in it (and throughout a program without a
    loop), and the number of iterations that ran after it. `phase` tells the three apart. `graph` is what this
    iteration built so far, the gradients of its last backward included. `passes` are the numbers from 0 of the
    inner loops' passes that the statement ran in, the outermost first; `printed` is what it printed, `warned` what
    PyTorch or NumPy warned of, in its words, and `warner` which of them did. `changes` are what it changed in
    place besides what `event` tells, and `built` the ids of the Nodes that PyTorch built for it, in their order.
    """

    index: int
    iteration: int
    phase: Literal["setup", "loop", "after"]
    line: int
    variables: Mapping[str, Variable]
    graph: Graph
    event: Event
    seconds: float = 0.0
    error: Problem | None = None
    passes: tuple[int, ...] = ()
    printed: str = ""
    warned: str = ""
    warner: str = ""
    changes: tuple[Change, ...] = ()
    built: tuple[int, ...] = ()


@plain
class Cursor:
    """A moment of a tape: the iteration, the statement in it from 0, and the Node reached inside it, if any."""

    iteration: int
    statement: int
    node: int | None = None


class Taped(Protocol):
    """A tape as drawing and writing need it: the frames so far, and more of them when asked for."""

    @property
    def source(self) -> str:
        """The program's text."""

    @property
    def setup(self) -> Sequence[Frame]:
        """The frames before the loop."""

    @property
    def after(self) -> Sequence[Frame]:
        """The frames after the loop; none until the tape is complete."""

    @property
    def total(self) -> int | None:
        """How many iterations the loop asks for, None where only running it can tell."""

    @property
    def complete(self) -> bool:
        """True when nothing more can be recorded."""

    @property
    def recorded(self) -> int:
        """How many iterations were recorded whole."""

    def iteration(self, number: int) -> Sequence[Frame]:
        """The frames of an iteration, recorded now if need be; IndexError where the run ended before."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Frame: ...
