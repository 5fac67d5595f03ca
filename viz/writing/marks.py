"""What stands in each slot of the picture, and how each box and line looks, frame after frame."""

from __future__ import annotations

from collections.abc import Iterator

from viz.drawing.dot import edge_name
from viz.frames import Backward, Edge, Frame, Graph, Node, Value, Variable
from viz.writing.numbers import brief, first

#: In place of a value that only PyTorch's own code had in hand, inside one call.
UNSEEN = "—"
#: Slot or mark -> what stands there. Slots hold text, marks hold words that the stage turns into classes.
Texts = dict[str, str]


def graph_texts(frame: Frame, whole: Graph) -> Texts:
    """The numbers of every box and line of `whole`, the graph that the iteration ends with, as of `frame`."""
    return Boxes(whole).show(frame)[0]


def changed_nodes(nodes: tuple[Node, ...], before: tuple[Node, ...]) -> list[Node]:
    """The nodes of a graph that are not as the frame before had them: equal ones are the same objects."""
    if nodes is before:
        return []
    return [node for node, old in zip(nodes, before, strict=False) if node is not old] + [*nodes[len(before) :]]


class Boxes:
    """The boxes and lines of `whole`, the graph that an iteration ends with, shown frame after frame.

    Nodes that PyTorch has not built yet have no value; a leaf and the data have one from the start, as the
    program's own tensors exist before the graph that uses them. A mark says how a box or a line looks: `held`,
    `waiting`, `built`, `done` by backward, `freed`, `now` where this statement did it.

    Equal parts of neighbouring frames are the same objects: a frame costs what it changed, not the whole graph.
    """

    def __init__(self, whole: Graph) -> None:
        self._whole = whole.nodes
        self._inputs = tuple(node for node in whole.nodes if node.kind != "operation")
        self._nodes: tuple[Node, ...] = ()
        self._edges: list[list[Edge]] = [[] for _ in whole.nodes]  # those that are built, by the node they leave
        self._edge_count = 0
        #: The tensors of the program among them: what a name holds of each now, and whether it exists.
        self._tensors: dict[int, tuple[Variable | None, bool]] = {}
        self._now: set[int] = set()
        self._texts: list[Texts] = [{} for _ in whole.nodes]
        self._marks: list[Texts] = [{} for _ in whole.nodes]
        #: Values with their texts, by the values' identities.
        self._known: dict[int, tuple[Value | None, str]] = {}

    def show(self, frame: Frame) -> tuple[Texts, Texts]:
        """The texts and the marks to set to come from the frame before to this one; all of them for the first."""
        nodes, first_time = frame.graph.nodes, not self._tensors and not self._nodes
        fresh = range(len(self._nodes), len(nodes))
        changed = [node.id for node in changed_nodes(nodes, self._nodes)]
        others = {*self._changed_tensors(frame), *changed, *self._new_edges(frame)}
        visited = set(frame.event.order) if isinstance(frame.event, Backward) else set()
        touched = others | self._now
        self._nodes = nodes
        self._now = visited or {number for number in fresh if nodes[number].kind == "operation"}
        texts: Texts = {}
        marks: Texts = {}
        for number in range(len(self._whole)) if first_time else sorted(touched | self._now):
            if first_time or number in others:
                new_texts = {**self._node_texts(number), **self._edge_texts(number)}
                texts |= _changes(self._texts[number], new_texts)
                self._texts[number] = new_texts
            new_marks = {f"n{number}": self._node_marks(number), **self._edge_marks(number, visited)}
            marks |= _changes(self._marks[number], new_marks)
            self._marks[number] = new_marks
        return texts, marks

    def _new_edges(self, frame: Frame) -> Iterator[int]:
        for edge in frame.graph.edges[self._edge_count :]:
            self._edges[edge.node].append(edge)
            yield edge.node
        self._edge_count = len(frame.graph.edges)

    def _changed_tensors(self, frame: Frame) -> Iterator[int]:
        """Leaves, and data that no operation has used yet: a name may hold something else, or be there by now."""
        for planned in self._inputs:
            if planned.kind == "leaf" or planned.id >= len(self._nodes):
                now = _held(frame, planned), _exists(frame, planned)
                before = self._tensors.get(planned.id)
                if before is None or before[0] is not now[0] or before[1] is not now[1]:
                    self._tensors[planned.id] = now
                    yield planned.id

    def _node_texts(self, number: int) -> Texts:
        """The slots of one box."""
        planned = self._whole[number]
        node = self._nodes[number] if number < len(self._nodes) else None
        held, exists = self._tensors.get(number, (None, False))
        value, gradient = f"n{number}.v", f"n{number}.g"
        texts: Texts = {}
        # A leaf shows what it holds now, as the optimizer moves it; a data input what the operation got.
        if held is not None and (node is None or planned.kind == "leaf"):
            texts[value] = self._brief(held.value)
        elif node is not None:
            texts[value] = UNSEEN if node.value is None else self._brief(node.value)
        elif exists:
            texts[value] = self._brief(planned.value)
        if planned.kind == "leaf":
            grad = held.grad if held is not None else (node.grad_after if node is not None else None)
            texts[gradient] = self._brief(grad)
        elif node is not None and node.grad_after is not None:
            texts[gradient] = self._brief(node.grad_after)
        elif node is not None and node.order is not None and node.received:
            texts[gradient] = self._brief(next((part for part in node.received if part is not None), None))
        return texts

    def _brief(self, value: Value | None) -> str:
        """A value as text. The same one stands in the boxes of several frames."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, brief(value)
        return known[1]

    def _node_marks(self, number: int) -> str:
        """The words of one box."""
        if number >= len(self._nodes):
            return "held" if self._tensors.get(number, (None, False))[1] else "waiting"
        node = self._nodes[number]
        words = {"done": node.order is not None, "freed": node.freed, "now": number in self._now}
        return " ".join(["built", *(word for word, holds in words.items() if holds)])

    def _edge_texts(self, number: int) -> Texts:
        """The gradient that left along each edge of a box; nothing before backward went along it."""
        sent = self._nodes[number].sent if number < len(self._nodes) else ()
        return {
            edge_name(edge): first(sent[edge.slot])
            for edge in self._edges[number]
            if edge.gradient and edge.slot < len(sent) and sent[edge.slot] is not None
        }

    def _edge_marks(self, number: int, visited: set[int]) -> Texts:
        """The words of each of its lines."""
        went, now = self._texts[number], " now" if number in visited else ""
        names = [edge_name(edge) for edge in self._edges[number]]
        return {name: f"built done{now}" if name in went else "built" for name in names}


def _exists(frame: Frame, planned: Node) -> bool:
    """True for a tensor of the program that is there, though no operation of the iteration has used it yet."""
    if planned.expression is not None:
        return planned.expression.line <= frame.line
    return planned.variable is None or planned.variable in frame.variables


def _held(frame: Frame, planned: Node) -> Variable | None:
    """The variable that holds such a tensor."""
    variable = frame.variables.get(planned.variable) if planned.variable and _exists(frame, planned) else None
    return variable if variable is not None and variable.kind == "tensor" else None


def _changes(old: Texts, new: Texts) -> Texts:
    """What to set to come from `old` to `new`; what is gone is set to nothing."""
    if old == new:
        return {}
    changed = {key: text for key, text in new.items() if old.get(key, "") != text}
    return changed | {key: "" for key in old if key not in new}
