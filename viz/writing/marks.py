"""Frame -> what stands in each slot of the picture and how each box and line looks."""

from __future__ import annotations

from viz.drawing.dot import edge_name
from viz.frames import Backward, Edge, Frame, Graph, Node, Variable
from viz.writing.numbers import brief, first

#: In place of a value that only PyTorch's own code had in hand, inside one call.
UNSEEN = "—"
#: Slot or mark -> what stands there. Slots hold text, marks hold words that the stage turns into classes.
Texts = dict[str, str]


def graph_texts(frame: Frame, whole: Graph) -> Texts:
    """The numbers of every box and line of `whole`, the graph that the iteration ends with, as of `frame`.

    Nodes that PyTorch has not built yet have no value; a leaf and the data have one from the start, as the
    program's own tensors exist before the graph that uses them.
    """
    texts: Texts = {}
    nodes = frame.graph.nodes
    for planned in whole.nodes:
        node = nodes[planned.id] if planned.id < len(nodes) else None
        held = _held(frame, planned)
        key = f"n{planned.id}"
        # A leaf shows what it holds now, as the optimizer moves it; a data input what the operation got.
        if held is not None and (node is None or planned.kind == "leaf"):
            texts[f"{key}.v"] = brief(held.value)
        elif node is not None:
            texts[f"{key}.v"] = UNSEEN if node.value is None else brief(node.value)
        elif _exists(frame, planned):
            texts[f"{key}.v"] = brief(planned.value)
        if planned.kind == "leaf":
            grad = held.grad if held is not None else (node.grad_after if node is not None else None)
            texts[f"{key}.g"] = brief(grad)
        elif node is not None and node.grad_after is not None:
            texts[f"{key}.g"] = brief(node.grad_after)
        elif node is not None and node.order is not None and node.received:
            texts[f"{key}.g"] = brief(next((part for part in node.received if part is not None), None))
    for edge in frame.graph.edges:
        flowed = _flowed(nodes, edge)
        if flowed is not None:
            texts[edge_name(edge)] = flowed
    return texts


def graph_marks(frame: Frame, whole: Graph) -> Texts:
    """How each box and line looks: `built`, `done` by backward, `freed`, `now` where this statement did it."""
    marks: Texts = {}
    nodes = frame.graph.nodes
    visited = set(frame.event.order) if isinstance(frame.event, Backward) else set()
    for planned in whole.nodes:
        if planned.id >= len(nodes):
            marks[f"n{planned.id}"] = "held" if _exists(frame, planned) else "waiting"
            continue
        marks[f"n{planned.id}"] = _node_marks(nodes[planned.id], frame, visited)
    for edge in frame.graph.edges:
        marks[edge_name(edge)] = _edge_marks(nodes, edge, visited)
    return marks


def _exists(frame: Frame, planned: Node) -> bool:
    """True for a tensor of the program that is there, though no operation of the iteration has used it yet."""
    if planned.kind == "operation":
        return False
    if planned.expression is not None:
        return planned.expression.line <= frame.line
    return planned.variable is None or planned.variable in frame.variables


def _held(frame: Frame, planned: Node) -> Variable | None:
    """The variable that holds such a tensor."""
    variable = frame.variables.get(planned.variable) if planned.variable and _exists(frame, planned) else None
    return variable if variable is not None and variable.kind == "tensor" else None


def _node_marks(node: Node, frame: Frame, visited: set[int]) -> str:
    words = ["built"]
    if node.order is not None:
        words.append("done")
    if node.freed:
        words.append("freed")
    if node.id in visited or (not visited and _made_by(node, frame)):
        words.append("now")
    return " ".join(words)


def _made_by(node: Node, frame: Frame) -> bool:
    """True where the statement of this frame made the node: what stands below it has not run yet."""
    return node.kind == "operation" and node.expression is not None and node.expression.line >= frame.line


def _edge_marks(nodes: tuple[Node, ...], edge: Edge, visited: set[int]) -> str:
    if not edge.gradient or _flowed(nodes, edge) is None:
        return "built"
    return "built done now" if edge.node in visited else "built done"


def _flowed(nodes: tuple[Node, ...], edge: Edge) -> str | None:
    """The gradient that left along an edge, as text; None before backward went along it."""
    sent = nodes[edge.node].sent
    if not edge.gradient or edge.slot >= len(sent) or sent[edge.slot] is None:
        return None
    return first(sent[edge.slot])
