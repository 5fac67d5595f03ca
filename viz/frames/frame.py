"""The frame: what was true after one executed statement."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from viz.frames.changes import Change
from viz.frames.events import Event
from viz.frames.graph import Graph
from viz.frames.plain import Problem, Value, plain

#: The iteration number of the frames before the loop; the loop's iterations count from 0.
SETUP = -1


@plain
class Pass:
    """A pass of a loop around an iteration: the name that the program counts it by, and the number then.

    If the program does not count it, it is the "batch" or the "pass" with this number, from 0.
    """

    name: str
    number: int


@plain
class Call:
    """A running call of a function or method of the program: its `__qualname__`, and which call it is.

    `number` counts the calls that frames of this part of the run are in, from 0, in their order.
    """

    name: str
    number: int


@plain
class Variable:
    """What a variable of the program holds.

    For a tensor, `value` and `grad` are nested floats (`grad` is None if `.grad` is), `grad_fn` is the name of its
    Node (None for a leaf), and `node` is that Node's id in the frame's graph. For a NumPy array, `value` is nested
    floats too. If a tensor or an array shares memory with others, its `text` names them. For a number, `value` is
    the number. For anything else (an optimizer, a loss), `value` is None and `text` describes it in one line.
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
class Frame:
    """What is true after one executed statement. A statement that raised has `error`, and its frame is the last.

    - `iteration` is SETUP before the loop, the loop's count from 0 inside it, and the number of iterations that
      ran after it. In a program without a loop, it is 0 throughout. `phase` says which of these applies.
    - `graph` is what this part of the run has built so far, with the gradients of its last backward.
    - `passes` are the pass numbers, from 0, of the inner loops around the statement, the outermost first.
    - `address` has the passes of the loops around the iterations, the iteration's own last, as far as they are
      running; it is empty if the iterations are the passes of a single loop.
    - `calls` are the calls that the statement is in, the outermost first; none at the top of the program.
    - `printed` is what the statement printed. `warned` is the warning of PyTorch or NumPy, and `warner` says which
      of the two gave it; or it is the recorder's, about what it could not record.
    - `changes` lists what the statement changed in place, apart from what `event` reports.
    - `built` lists the ids of the Nodes that PyTorch built for the statement, in order.
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
    address: tuple[Pass, ...] = ()
    calls: tuple[Call, ...] = ()


def latest_variables(frames: Sequence[Frame]) -> Mapping[str, Variable]:
    """Each variable as the last of these frames that has it shows it: a function's own end with its statements."""
    maps: list[Any] = [frame.variables for frame in reversed(frames)]  # only read
    return ChainMap(*maps)
