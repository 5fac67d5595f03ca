"""Finds the first inf or NaN of a run, because divergence is a lesson and the page names its place."""

from __future__ import annotations

from math import isfinite

from viz.drawing.dot import title
from viz.frames.events import Backward, Stepped
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.frames.plain import Summary, Value
from viz.writing.drawing_state import changed_nodes
from viz.writing.numbers import brief


def first_nonfinite(frame: Frame, before: Frame | None) -> str | None:
    """A sentence on the first inf or NaN in `frame`: the Node, the line, and what to do; None if there is none.

    Nodes that are unchanged since `before`, the previous frame of the iteration, are not searched again.
    """
    where = f"line {frame.line}" + (f" of iteration {frame.iteration}" if frame.phase == "loop" else "")
    for node in changed_nodes(frame.graph.nodes, before.graph.nodes if before else ()):
        found = _in_node(node, isinstance(frame.event, Backward))
        if found:
            return f"{found} in {where}. {_ADVICE}"
    if isinstance(frame.event, Stepped):
        for update in frame.event.updates:
            if not finite(update.after):
                return f"{update.name} became {brief(update.after)} in {where}. {_ADVICE}"
    return None


_ADVICE = (
    "Numbers computed from it mean nothing: go back to see where it comes from, or try a smaller learning rate."
)


def finite(value: Value | None) -> bool:
    """Whether every element is a finite number; None counts as finite."""
    if value is None:
        return True
    if isinstance(value, Summary):
        return not value.nans and not value.infs
    if not isinstance(value, list):
        return isfinite(value)
    if value and isinstance(value[0], list):
        return all(finite(part) for part in value)
    # A finite sum has only finite elements. An infinite one may have overflowed, so its elements are tested.
    return isfinite(sum(value)) or all(map(isfinite, value))  # type: ignore[arg-type]


def _in_node(node: Node, backward: bool) -> str | None:
    if not backward:
        return None if finite(node.value) else f"{_named(node)} became {_first(node.value)}"
    for part in (*node.received, *node.sent, node.grad_after):
        if not finite(part):
            return f"The gradient at {_named(node)} became {_first(part)}"
    return None


def _named(node: Node) -> str:
    return f"{title(node)} ({node.name or 'data'})"


def _first(value: Value | None) -> str:
    """The text of the first element that is not finite."""
    if isinstance(value, list):
        return next(_first(part) for part in value if not finite(part))
    if isinstance(value, Summary):
        return "nan" if value.nans else "inf"
    return brief(value)
