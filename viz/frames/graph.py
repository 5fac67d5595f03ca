"""The plain graph of one iteration: its Nodes and edges."""

from __future__ import annotations

from typing import Literal

from viz.frames.plain import Span, Value, plain


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
