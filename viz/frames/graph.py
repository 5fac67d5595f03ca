"""The graph of one part of a run, as plain data: its Nodes and edges."""

from __future__ import annotations

from typing import Literal

from viz.frames.plain import Span, Value, plain


@plain
class Saved:
    """A tensor (or number) that a Node saved, read before `backward()`; `name` lacks the prefix `_saved_`."""

    name: str
    value: Value | str | None
    shape: tuple[int, ...] | None = None  # None: not a tensor
    variable: str | None = None  # the name that held this very tensor, if one did


@plain
class Node:
    """One node of the graph: an autograd Node, or an input that needs no gradient.

    Identity and forward pass:

    - `id` numbers the Nodes of one part of the run in the order in which the recorder found them. It is the same
      in all frames of that part.
    - `kind` is `operation` for a Node with a forward `value`, `leaf` for an AccumulateGrad (`value` is the leaf's
      own, `variable` its name), and `data` for a tensor that needs no gradient but that an operation used.
    - `name` is PyTorch's (`MulBackward0`, `AccumulateGrad`), and empty for a data input.
    - `passes` numbers, from 0, the passes of the inner loops that created the Node, the outermost first.
    - `earlier` is True if an earlier part of the run created it.

    - `freed` is True once backward freed the saved tensors.
    - `hooked` is True if the program registered a hook on the Node's tensor, which may change its gradient.
    - `retains` is True if the Node's tensor retains its `.grad` (`retain_grad`).
    - `grad` is the current `.grad` of a leaf that no variable holds, and of a tensor that retains its own. For any
      other leaf, the Variable has it.

    Last backward:

    - `received` is the gradient that arrived: summed, one entry for each output, None where none arrived.
    - `sent` is the gradient that left along each entry of `next_functions`.
    - `order` is the Node's place in the order of the engine's visits; None if it was not visited.
    - `grad_before`, `contribution` and `grad_after` say how the backward changed the `.grad` of a leaf, or of a
      tensor that retains its `.grad`. They stay None after `torch.autograd.grad`, which adds to no `.grad`.
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
    freed: bool = False
    passes: tuple[int, ...] = ()
    earlier: bool = False
    grad: Value | None = None
    retains: bool = False
    # What the last backward left.
    received: tuple[Value | None, ...] = ()
    sent: tuple[Value | None, ...] = ()
    order: int | None = None
    grad_before: Value | None = None
    contribution: Value | None = None
    grad_after: Value | None = None
    hooked: bool = False


@plain
class Edge:
    """`node` used output number `input_nr` of `input` as the argument in its `slot`.

    There is one edge for each entry of `next_functions` that is not None: `slot` is the entry's index, so the
    gradient along the edge is `nodes[node].sent[slot]`. There is also one edge for each data input (`gradient` is
    False): its `slot` is an entry that is None, or a number past the last entry. No two edges share a slot.
    """

    node: int
    input: int
    slot: int
    input_nr: int = 0
    gradient: bool = True


@plain
class Graph:
    """What this part of the run has built so far; `nodes[n].id == n`.

    `roots` are the Nodes at which the last backward started, if it started at several.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    roots: tuple[int, ...] = ()


@plain
class TracedNode:
    """An autograd Node as `viz.trace` finds it: like a `Node`, with what torch can say of any graph.

    - `id` numbers the Nodes breadth first, from the outputs.
    - `kind` is `leaf` for an AccumulateGrad, else `operation`.
    - `variable` is the name that the caller gave to the Node's tensor.
    - `shape` and `dtype` are those of the Node's tensor: a leaf, an output or a tensor that the caller named. They
      are None for all others, and if the Node has several outputs.
    """

    id: int
    kind: Literal["operation", "leaf"]
    name: str
    variable: str | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


@plain
class TracedGraph:
    """The graph behind some tensors; `nodes[n].id == n`, and the edges are in the order of `node` and `slot`."""

    nodes: tuple[TracedNode, ...] = ()
    edges: tuple[Edge, ...] = ()
