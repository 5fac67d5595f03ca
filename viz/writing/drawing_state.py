"""The text in each slot of the drawing and the state of each box and edge, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

from viz.drawing.dot import edge_name
from viz.frames.events import Backward
from viz.frames.frame import Frame, Variable
from viz.frames.graph import Edge, Node
from viz.frames.plain import Value
from viz.slots import box_mark, gradient_slot, value_slot
from viz.writing.holders import Holders
from viz.writing.numbers import brief, first
from viz.writing.part_drawing import PartDrawing

#: Replaces a value that only PyTorch's own code saw, inside one call.
UNSEEN = "—"
#: Slot or mark -> its content: text in a slot, and in a mark words that the stage turns into CSS classes.
Texts = dict[str, str]
#: Slot -> the tensor that it shows, None for None; or a text in place of a tensor.
Contents = dict[str, "Value | str | None"]


class OtherGraph(ValueError):
    """A frame's graph is not the one that is drawn, so its numbers would be in the wrong boxes."""


def graph_texts(drawn: PartDrawing, statement: int) -> Texts:
    """The numbers in every box and on every edge of a drawing after a statement of its part."""
    texts: Texts = {}
    boxes = DrawingState(PartDrawing(drawn.built, drawn.built) if drawn.when == "after" else drawn)
    for frame in drawn.until(statement):
        texts |= boxes.advance(frame)[0]
    return {slot: text for slot, text in texts.items() if text}


def changed_nodes(nodes: tuple[Node, ...], before: tuple[Node, ...]) -> list[Node]:
    """The Nodes that changed since the frame before. An unchanged Node is the same object."""
    if nodes is before:
        return []
    return [node for node, old in zip(nodes, before, strict=False) if node is not old] + [*nodes[len(before) :]]


class DrawingState:
    """The state of a drawing, frame by frame, within a part.

    A Node that PyTorch has not built yet has no value, unless an earlier part built it; a leaf or data has one as
    soon as a name holds it. A mark is the state of a box or an edge in words: `held`, `waiting`, `built`, `done`
    by backward, `freed`, `keeps` a retained `.grad`, `now` if this statement did it, and `shared` if this was a
    backward on several `.grad` with the same memory, so the box shows no sum of its gradients.

    Unchanged parts of successive frames are the same objects, so the work for a frame grows with what it changed.
    """

    def __init__(self, drawn: PartDrawing) -> None:
        whole = drawn.graph
        self._planned = whole.nodes
        self._planned_edges = whole.edges
        #: The Nodes whose box shows what a variable holds now.
        self._watched = tuple(node for node in whole.nodes if node.kind != "operation" or _retains(node))
        self._holders = Holders(drawn)
        #: Whether Nodes of an earlier part have values before this part uses them; the set-up has no earlier part.
        self._earlier = drawn.when != "before"
        self._nodes: tuple[Node, ...] = ()
        #: The edges built so far, by the Node that they leave, each with its name.
        self._edges: list[list[tuple[str, Edge]]] = [[] for _ in whole.nodes]
        self._edge_count = 0
        self._held: dict[int, Variable | None] = {}
        self._now: set[int] = set()
        self._shared: set[int] = set()
        self._texts: dict[int, Texts] = {}
        #: The contents of the boxes that the last frame may have changed.
        self.changed: Contents = {}
        self._marks: dict[int, Texts] = {}
        #: Values and their texts, by the id of the value.
        self._known: dict[int, tuple[Value | None, str]] = {}
        #: Whether the part built nothing and leaves the drawing unchanged.
        self._over = False
        if drawn.when == "after":
            for frame in drawn.built:
                self.advance(frame)
            self._over = True

    def advance(self, frame: Frame) -> tuple[Texts, Texts]:
        """Advance to a frame and return the texts and marks that changed; for the first frame, all of them.

        Raises OtherGraph if the frame has another graph.
        """
        everything, visited, changed, before = not self._marks, set[int](), set[int](), self._now
        if self._over:
            self._now = self._shared = set()
        else:
            visited = set(frame.event.order) if isinstance(frame.event, Backward) else set()
            changed, built = self._take(frame)
            self._now = visited or built
            self._shared = visited if isinstance(frame.event, Backward) and frame.event.shared else set()
        texts: Texts = {}
        marks: Texts = {}
        self.changed = {}
        for number in range(len(self._planned)) if everything else sorted(changed | before | self._now):
            if everything or number in changed:
                contents = self._contents(number)
                self.changed |= contents
                boxes = {slot: self._text(content) for slot, content in contents.items()}
                new_texts = {**boxes, **self._edge_texts(number)}
                texts |= _changes(self._texts.get(number, {}), new_texts)
                self._texts[number] = new_texts
            new_marks = {box_mark(number): self._node_marks(number), **self._edge_marks(number, visited)}
            marks |= _changes(self._marks.get(number, {}), new_marks)
            self._marks[number] = new_marks
        return texts, marks

    def _take(self, frame: Frame) -> tuple[set[int], set[int]]:
        """Switch to a frame's graph; return the Nodes whose texts may change, and the operations that it built."""
        nodes, known = frame.graph.nodes, len(self._nodes)
        changed = {node.id for node in changed_nodes(nodes, self._nodes)}
        for number in range(known, len(nodes)):
            if number >= len(self._planned) or _identity(nodes[number]) != _identity(self._planned[number]):
                raise OtherGraph(
                    f"Line {frame.line} built {nodes[number].name or 'data'}, which is not drawn here."
                )
        changed.update(self._new_edges(frame))
        self._nodes = nodes
        changed.update(self._changed_holders(frame))
        return changed, {one for one in range(known, len(nodes)) if nodes[one].kind == "operation"}

    def _new_edges(self, frame: Frame) -> Iterator[int]:
        fresh = frame.graph.edges[self._edge_count :]
        if fresh != self._planned_edges[self._edge_count : len(frame.graph.edges)]:
            raise OtherGraph(f"Line {frame.line} built edges which are not drawn here.")
        for edge in fresh:
            self._edges[edge.node].append((edge_name(edge), edge))
            yield edge.node
        self._edge_count = len(frame.graph.edges)

    def _changed_holders(self, frame: Frame) -> Iterator[int]:
        """The Nodes whose variable changed, or has another value."""
        self._holders.at(frame)
        for planned in self._watched:
            held = self._holders.of(planned)
            if held is not self._held.get(planned.id):
                self._held[planned.id] = held
                yield planned.id

    def _contents(self, number: int) -> Contents:
        """The contents of the slots of one box."""
        planned = self._planned[number]
        node = self._nodes[number] if number < len(self._nodes) else None
        held = self._held.get(number)
        value, gradient = value_slot(number), gradient_slot(number)
        contents: Contents = {}
        # A leaf shows its current value, which the optimizer changes; data shows what the operation received.
        if held is not None and (node is None or planned.kind == "leaf"):
            contents[value] = held.value
        elif node is not None or (planned.earlier and self._earlier):
            shown = planned if node is None else node
            contents[value] = UNSEEN if shown.value is None else shown.value
        if planned.kind == "leaf" and (held or node):
            contents[gradient] = held.grad if held else node.grad if node else None
        elif _retains(planned):
            grad = held.grad if held else node.grad if node else None
            if grad is not None:
                contents[gradient] = grad
        elif node is not None and node.order is not None and node.received:
            contents[gradient] = next((part for part in node.received if part is not None), None)
        return contents

    def _text(self, content: Value | str | None) -> str:
        return content if isinstance(content, str) else self._brief(content)

    def _brief(self, value: Value | None) -> str:
        """A value as text, cached because several frames show the same value."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, brief(value)
        return known[1]

    def _node_marks(self, number: int) -> str:
        """The mark of one box."""
        if number >= len(self._nodes):
            there = self._held.get(number) or (self._earlier and self._planned[number].earlier)
            return "held" if there else "waiting"
        node = self._nodes[number]
        words = "built"
        if node.order is not None:
            words += " done"
        if node.freed:
            words += " freed"
        if _retains(node):
            words += " keeps"
        if node.kind == "leaf" and number in self._shared:
            words += " shared"
        return f"{words} now" if number in self._now else words

    def _edge_texts(self, number: int) -> Texts:
        """The gradient on each edge of a box, once backward has sent one."""
        sent = self._nodes[number].sent if number < len(self._nodes) else ()
        return {
            name: first(sent[edge.slot])
            for name, edge in self._edges[number]
            if edge.gradient and edge.slot < len(sent) and sent[edge.slot] is not None
        }

    def _edge_marks(self, number: int, visited: set[int]) -> Texts:
        """The mark of each edge of a box."""
        went, done = self._texts[number], "built done now" if number in visited else "built done"
        return {name: done if name in went else "built" for name, _ in self._edges[number]}


def _retains(node: Node) -> bool:
    """Whether the box of an operation has a row for the `.grad` that backward stored."""
    return node.kind == "operation" and node.retains


def _identity(node: Node) -> object:
    """The properties of a Node that never change; its variable may be assigned later."""
    return node.kind, node.name, node.expression


def _changes(old: Texts, new: Texts) -> Texts:
    """The entries that differ between `old` and `new`; a removed one is set to an empty string."""
    if old == new:
        return {}
    changed = {key: text for key, text in new.items() if old.get(key, "") != text}
    return changed | {key: "" for key in old if key not in new}
