"""What stands in each slot of the picture, and how each box and line looks, frame after frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from viz.drawing.dot import edge_name
from viz.frames import Backward, Edge, Frame, Graph, Node, Variable
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

    def show(self, frame: Frame) -> tuple[Texts, Texts]:
        """The texts and the marks to set to come from the frame before to this one; all of them for the first."""
        nodes, first_time = frame.graph.nodes, not self._tensors and not self._nodes
        fresh = range(len(self._nodes), len(nodes))
        changed = [node.id for node in changed_nodes(nodes, self._nodes)]
        touched = {*self._changed_tensors(frame), *changed, *self._now, *self._new_edges(frame)}
        self._nodes = nodes
        visited = set(frame.event.order) if isinstance(frame.event, Backward) else set()
        self._now = visited or {number for number in fresh if nodes[number].kind == "operation"}
        texts: Texts = {}
        marks: Texts = {}
        for number in range(len(self._whole)) if first_time else sorted(touched | self._now):
            edges = self._edges[number]
            new_texts = {**self._node_texts(number), **_edge_texts(nodes, edges)}
            new_marks = {f"n{number}": self._node_marks(number), **_edge_marks(nodes, edges, visited)}
            texts |= _changes(self._texts[number], new_texts)
            marks |= _changes(self._marks[number], new_marks)
            self._texts[number], self._marks[number] = new_texts, new_marks
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
            texts[value] = brief(held.value)
        elif node is not None:
            texts[value] = UNSEEN if node.value is None else brief(node.value)
        elif exists:
            texts[value] = brief(planned.value)
        if planned.kind == "leaf":
            grad = held.grad if held is not None else (node.grad_after if node is not None else None)
            texts[gradient] = brief(grad)
        elif node is not None and node.grad_after is not None:
            texts[gradient] = brief(node.grad_after)
        elif node is not None and node.order is not None and node.received:
            texts[gradient] = brief(next((part for part in node.received if part is not None), None))
        return texts

    def _node_marks(self, number: int) -> str:
        """The words of one box."""
        if number >= len(self._nodes):
            return "held" if self._tensors.get(number, (None, False))[1] else "waiting"
        node = self._nodes[number]
        words = {"done": node.order is not None, "freed": node.freed, "now": number in self._now}
        return " ".join(["built", *(word for word, holds in words.items() if holds)])


def _exists(frame: Frame, planned: Node) -> bool:
    """True for a tensor of the program that is there, though no operation of the iteration has used it yet."""
    if planned.expression is not None:
        return planned.expression.line <= frame.line
    return planned.variable is None or planned.variable in frame.variables


def _held(frame: Frame, planned: Node) -> Variable | None:
    """The variable that holds such a tensor."""
    variable = frame.variables.get(planned.variable) if planned.variable and _exists(frame, planned) else None
    return variable if variable is not None and variable.kind == "tensor" else None


def _edge_texts(nodes: tuple[Node, ...], edges: Iterable[Edge]) -> Texts:
    """The gradient that left along each edge; nothing before backward went along it."""
    flowed = ((edge_name(edge), _flowed(nodes, edge)) for edge in edges)
    return {name: text for name, text in flowed if text is not None}


def _edge_marks(nodes: tuple[Node, ...], edges: Iterable[Edge], visited: set[int]) -> Texts:
    """The words of each line."""
    marks: Texts = {}
    for edge in edges:
        went = edge.gradient and _flowed(nodes, edge) is not None
        now = " now" if edge.node in visited else ""
        marks[edge_name(edge)] = f"built done{now}" if went else "built"
    return marks


def _flowed(nodes: tuple[Node, ...], edge: Edge) -> str | None:
    """The gradient that left along an edge, as text; None before backward went along it."""
    sent = nodes[edge.node].sent
    if not edge.gradient or edge.slot >= len(sent) or sent[edge.slot] is None:
        return None
    return first(sent[edge.slot])


def _changes(old: Texts, new: Texts) -> Texts:
    """What to set to come from `old` to `new`; what is gone is set to nothing."""
    changed = {key: text for key, text in new.items() if old.get(key, "") != text}
    return changed | {key: "" for key in old if key not in new}
