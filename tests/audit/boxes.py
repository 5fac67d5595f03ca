"""What every box and line of a picture has to show at a moment, and how it has to look."""

from __future__ import annotations

from collections.abc import Iterator

from viz.drawing.dot import edge_name
from viz.frames import Backward, Frame, Graph, Node
from viz.writing.numbers import brief, first

#: In place of a value that only PyTorch's own code had in hand.
_UNSEEN = "—"


def texts_of(frame: Frame, whole: Graph, mine: bool) -> Iterator[tuple[str, set[str]]]:
    """Each slot of the picture of `whole`, with what may stand there as of `frame`.

    `mine` says whether the frame's own graph is the beginning of `whole`. If not, only those of its tensors can
    have something to show that the program has under their names.
    """
    nodes = frame.graph.nodes if mine else ()
    for planned in whole.nodes:
        node = nodes[planned.id] if planned.id < len(nodes) else None
        yield f"n{planned.id}.v", set(_values(frame, planned, node))
        if planned.kind != "data":
            yield f"n{planned.id}.g", set(_gradients(frame, planned, node))
    for edge in whole.edges:
        sent = nodes[edge.node].sent if edge.node < len(nodes) else ()
        if edge.gradient:
            went = edge.slot < len(sent) and sent[edge.slot] is not None
            yield edge_name(edge), {first(sent[edge.slot]) if went else ""}


def marks_of(frame: Frame, before: Frame | None, whole: Graph, mine: bool) -> Iterator[tuple[str, set[str]]]:
    """Each mark of a box, with the words that it may have; `before` is the frame before it in the part."""
    nodes = frame.graph.nodes if mine else ()
    old = len(before.graph.nodes) if before is not None else 0
    order = frame.event.order if isinstance(frame.event, Backward) else ()
    for planned in whole.nodes:
        if planned.id >= len(nodes):
            yield f"n{planned.id}", {"held", "waiting"}
            continue
        node = nodes[planned.id]
        now = node.id in order or (not order and node.kind == "operation" and node.id >= old)
        words = {"built": True, "done": node.order is not None, "freed": node.freed, "now": now}
        yield f"n{planned.id}", {" ".join(word for word, holds in words.items() if holds)}


def _values(frame: Frame, planned: Node, node: Node | None) -> Iterator[str]:
    held = frame.variables.get(planned.variable or "")
    named = held is not None and held.kind == "tensor"
    if planned.kind == "operation":
        yield "" if node is None else _UNSEEN if node.value is None else brief(node.value)
    elif planned.kind == "leaf" and held is not None and named:
        yield brief(held.value)
    elif node is not None:
        yield brief(node.value)
    else:
        # What no operation has used yet may be shown where the program has it by now.
        if held is not None and named:
            yield brief(held.value)
        elif planned.variable is None:
            yield brief(planned.value)
        if not named or planned.kind == "data":
            yield ""


def _gradients(frame: Frame, planned: Node, node: Node | None) -> Iterator[str]:
    if planned.kind == "leaf":
        held = frame.variables.get(planned.variable or "")
        if held is not None and held.kind == "tensor":
            yield brief(held.grad)
        else:
            yield brief(None if node is None else node.grad_after)
            yield ""
    elif node is None:
        yield ""
    elif node.grad_after is not None:
        yield brief(node.grad_after)
    elif node.order is not None and node.received:
        yield brief(next((one for one in node.received if one is not None), None))
    else:
        yield ""
