"""Sentences on each step inside a statement: the Node that it built, or what a Node received and sent.

A sentence has slots in place of its numbers, so all iterations that do the same share it. Each level of a drawing
has its own name for a Node, so there is a sentence for each level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viz.drawing.dot import Box, Drawing, Level, Link, draw_boxes, edge_name
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Graph, Node
from viz.frames.hooked import changed_by_hooks
from viz.slots import gradient_slot, value_slot
from viz.writing.json_text import json_of
from viz.writing.template import Pieces, Slot, Template, joined, template

#: The most gradients that a sum writes out, and the most inputs that a sentence names; it counts the others.
MOST_TERMS = 6
MOST_INPUTS = 4

#: The beginning of the gradients that arrived, if a hook of the program changed their sum.
_HOOKED = "what a hook made of "
#: The slot in a sum for what a `.grad` was before the statement.
BEFORE = Slot("before")
_START = "the gradient that backward started with"


class StepWriter:
    """Writes the steps of every statement that works on one graph; `drawings` has its drawing of each level."""

    def __init__(self, whole: Graph, drawings: Mapping[Level, Drawing]) -> None:
        self._levels = {level: _Level(whole, _opened(whole, level, one)) for level, one in drawings.items()}
        self._known: dict[Hashable, str] = {}

    def write(self, frame: Frame, order: Sequence[Sequence[int]]) -> str:
        """The steps of a statement in this order, as the fields of a JSON object, without its braces.

        `order` is this order, and the only field of a statement without steps. `said` has one template per step
        for each level, or null if the level has no box for the Node. `sums` is present if gradients were added in
        a Node. It has one entry per step, which is null or {text: a template, before: the slot whose text before
        the statement goes into the slot BEFORE of the template; only if a `.grad` was there before}.
        """
        if not order:
            return '"order":[]'
        key = _key(frame, order)
        if key not in self._known:
            self._known[key] = json_of({"order": order} | self._steps(frame, order))[1:-1]
        return self._known[key]

    def _steps(self, frame: Frame, order: Sequence[Sequence[int]]) -> dict[str, Any]:
        nodes = [step[0] for step in order]
        levels = self._levels.items()
        if not isinstance(frame.event, Backward):
            now = set(frame.built)
            return {"said": {level: [words.built(node, node in now) for node in nodes] for level, words in levels}}
        hooked = changed_by_hooks(frame.graph)
        backward = _Visited(frame.event, frame.graph.nodes, frozenset(frame.event.order), hooked)
        said = {level: [words.visited(node, backward) for node in nodes] for level, words in levels}
        sums = [self._levels["autograd"].sum(node, backward) for node in nodes]
        return {"said": said} | ({"sums": sums} if any(sums) else {})


def _key(frame: Frame, order: Sequence[Sequence[int]]) -> Hashable:
    """Everything except the graph that the sentences of a statement depend on; they contain no numbers."""
    steps = tuple([tuple(step) for step in order])
    event = frame.event
    if not isinstance(event, Backward):
        return steps, frame.built
    nodes = frame.graph.nodes
    went = tuple([tuple([gradient is None for gradient in nodes[step[0]].sent]) for step in order])
    began = tuple([(one.node, one.before is None) for one in event.accumulations])
    roots = event.root, *event.others
    hooked = changed_by_hooks(frame.graph), tuple([nodes[one].hooked for one in roots])
    return steps, roots, event.shared, event.derivatives is None, went, began, hooked


@dataclass(frozen=True, slots=True)
class _Visited:
    """The Nodes that one backward visited, and those of them whose gradient a hook of the program changed."""

    event: Backward
    nodes: Sequence[Node]
    ids: frozenset[int]
    hooked: frozenset[int]

    def went(self, link: Link) -> bool:
        """Whether this backward sent a gradient along a link."""
        edge = link.edge
        if edge.node not in self.ids:
            return False
        sent = self.nodes[edge.node].sent
        return edge.slot < len(sent) and sent[edge.slot] is not None


class _Level:
    """The boxes of the Nodes on one level, none of them folded, and the links to and from each."""

    def __init__(self, whole: Graph, drawing: Drawing) -> None:
        #: An input that is drawn once for each use has several boxes with the same texts.
        self._boxes: dict[int, Box] = {box.node: box for box in drawing.boxes}
        self._names = {box.name: _name(box) if box.inner else box.title for box in drawing.boxes}
        self._named = {node.id for node in whole.nodes if node.variable}
        self._hidden = {node.id for node in whole.nodes if node.value is None}
        self._arriving: dict[int, list[Link]] = defaultdict(list)
        self._leaving: dict[int, list[Link]] = defaultdict(list)
        for link in drawing.links:
            if link.edge.gradient:
                self._arriving[link.edge.input].append(link)
                self._leaving[link.edge.node].append(link)

    def built(self, node: int, now: bool) -> Template | None:
        """A sentence, without the full stop, that a Node is built; None if the level has no box for it.

        `now` is False for a Node that the graph takes in with this statement, and that was built earlier: before
        the loop, or by the line that called the function.
        """
        box = self._boxes.get(node)
        if box is None:
            return None
        where = f"inside {box.title.removeprefix('in ')}" if box.inner else f"for {box.title}"
        built = f"{box.subtitle} {'is' if now else 'was'} built {where}{'' if now else ' before this line'}"
        if node not in self._hidden:
            return template(f"{built}: its value is ", Slot(value_slot(node)))
        # Other Nodes without a value have several outputs, or a value that the program holds.
        return template(f"{built}: only PyTorch's own code sees its value" if box.inner else built)

    def visited(self, node: int, backward: _Visited) -> Template | None:
        """A sentence on what a Node received and sent, or added to a `.grad`; otherwise as in `built`."""
        box = self._boxes.get(node)
        if box is None:
            return None
        pieces = self._accumulated if box.kind == "leaf" else self._passed_on
        return template(*pieces(box, backward))

    def sum(self, node: int, backward: _Visited) -> dict[str, Any] | None:
        """The sum that became the gradient of a Node; None if it has fewer than two terms.

        The terms are the gradients that arrived, and the `.grad` that a leaf had before.
        """
        box = self._boxes.get(node)
        if box is None or not self._adds_up(box, backward):
            return None
        terms = self._arrived(node, backward)
        before = {one.node for one in backward.event.accumulations if one.before is not None}
        had = box.kind == "leaf" and node in before
        if len(terms) + had < 2:
            return None
        total = Slot(gradient_slot(node))
        added = [BEFORE, *terms] if had else terms
        text = template(*joined([[term] for term in added], " + "), " = ", total)
        return {"text": text} | ({"before": total} if had else {})

    def _adds_up(self, box: Box, backward: _Visited) -> bool:
        """Whether the gradient in a box is the sum of the gradients on its links and of the `.grad` before.

        It is not if the box shows a `.grad` that something else changes too, if a hook changed the gradient, if
        the Node is a root, whose gradient comes from backward itself, or if the Node has several outputs, each
        with its own gradient.
        """
        event = backward.event
        if box.node in backward.hooked:
            return False
        if box.kind == "leaf":
            several = event.others and _is_root(box, event)
            return event.derivatives is None and not event.shared and not several
        outputs = {link.edge.input_nr for link in self._arriving[box.node]}
        return not box.retains and not _is_root(box, event) and len(outputs) < 2

    def _arrived(self, node: int, backward: _Visited) -> list[Slot]:
        """The slots of the gradients that a backward sent to a Node."""
        return [_slot(link) for link in self._arriving[node] if backward.went(link)]

    def _passed_on(self, box: Box, backward: _Visited) -> Pieces:
        """A sentence on what the Node of an operation received and sent."""
        arrived = self._arrived(box.node, backward)
        received: Pieces
        if box.node in backward.hooked:
            received = [_HOOKED, *_sum(arrived)]
        elif box.retains:  # the box shows the retained `.grad`, not the gradient that the Node received
            received = _sum(arrived)
        elif self._adds_up(box, backward):
            total = _total(box, backward)
            received = [*_sum(arrived), " = ", *total] if 1 < len(arrived) <= MOST_TERMS else total
        elif len(arrived) > 1 and not _is_root(box, backward.event):
            several = len(arrived) <= MOST_TERMS
            received = joined([[one] for one in arrived], ", ", " and ") if several else _sum(arrived)
        else:
            received = _total(box, backward)
        nothing = "is where backward started" if _is_root(box, backward.event) else "received no gradient"
        arrives = [" received ", *received] if received else [f" {nothing}"]
        return [_name(box), *arrives, *self._sent(box, backward)]

    def _sent(self, box: Box, backward: _Visited) -> Pieces:
        """The end of a sentence: the gradients that a Node sent, and to which inputs; empty if it sent none."""
        left = [link for link in self._leaving[box.node] if backward.went(link)]
        parts = [[_slot(link), f" to {self._names[link.tail]}"] for link in left[:MOST_INPUTS]]
        if len(left) > MOST_INPUTS:
            parts.append([f"gradients to {len(left) - MOST_INPUTS} more"])
        return [" and sent ", *joined(parts, ", ", " and ")] if parts else []

    def _accumulated(self, box: Box, backward: _Visited) -> Pieces:
        """A sentence on what an AccumulateGrad did with the gradients that it received."""
        start = [_START] if _is_root(box, backward.event) else []
        arrived = [*start, *self._arrived(box.node, backward)]
        came = _sum(arrived) or [_START]
        hooked = box.node in backward.hooked or (bool(start) and backward.nodes[box.node].hooked)
        if hooked:
            came = [_HOOKED, *came]
        named = box.node in self._named
        grad = f"{box.called}.grad" if named else f"the .grad of {box.title}"
        if backward.event.derivatives is not None:
            return ["torch.autograd.grad returns ", *came, f" for {box.title}, and leaves {grad} alone"]
        if backward.event.shared:
            return [f"{_name(box)} added ", *came, f" to {grad}, which shares its memory with another"]
        now = [f"{grad if named else f'T{grad[1:]}'} is ", Slot(gradient_slot(box.node)), " now"]
        return [*now, ": ", *came, " arrived"] if hooked or len(arrived) > 1 else now


def _opened(whole: Graph, level: Level, drawing: Drawing) -> Drawing:
    """The drawing of a level with no box folded."""
    return draw_boxes(whole, level, opened=range(len(whole.nodes))) if drawing.folded else drawing


def _is_root(box: Box, event: Backward) -> bool:
    return box.node == event.root or box.node in event.others


def _name(box: Box) -> str:
    """A Node in a sentence: `MulBackward0 of y`, or `MulBackward0 in (y - t)…` for an inner Node."""
    return f"{box.subtitle} {box.title}" if box.inner else f"{box.subtitle} of {box.title}"


def _sum(terms: Sequence[str]) -> list[str]:
    """`1 + 2`; if there are many terms, their number."""
    if len(terms) > MOST_TERMS:
        return [f"{len(terms)} gradients"]
    return joined([[term] for term in terms], " + ")


def _total(box: Box, backward: _Visited) -> list[str]:
    """The slot of the gradient that a Node received; empty if it received none."""
    received = backward.nodes[box.node].received
    return [] if all(one is None for one in received) else [Slot(gradient_slot(box.node))]


def _slot(link: Link) -> Slot:
    return Slot(edge_name(link.edge))
