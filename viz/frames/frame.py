"""The frame: what was true after one executed statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from viz.frames.changes import Change
from viz.frames.events import Event
from viz.frames.graph import Graph
from viz.frames.plain import Problem, Value, plain

#: Iteration of the frames before the loop; the loop's own count from 0.
SETUP = -1


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
