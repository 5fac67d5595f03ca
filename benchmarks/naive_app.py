"""The same page written the naive way: every click runs the whole script, and Streamlit's own elements draw.

It shows the same code, graph, ledger and four charts as the stage at the same moment, from the same tape. The two
differ only in how they draw them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import graphviz
import plotly.graph_objects as go
import streamlit as st

import viz
from viz.catalog import DEFAULT_PROGRAM
from viz.frames.events import Stepped
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.frames.plain import Summary, Value
from viz.language import Program, surface
from viz.recording import Tape

ITERATIONS = 100
GRID = 31


@st.cache_resource
def record(source: str) -> Tape[Program]:
    """Record the whole tape at once."""
    return viz.run(source, iterations=ITERATIONS)


@st.cache_data
def loss_surface(source: str) -> tuple[list[float], list[float], list[list[float | None]]]:
    """The loss over W and b, on a grid around the path."""
    tape = record(source)
    frames = (tape.setup[-1], *last_frames(tape))
    first, second = (axis([scalar(frame, name) for frame in frames]) for name in "Wb")
    return first, second, surface(tape, "W", "b", first, second)


def axis(path: list[float]) -> list[float]:
    """Evenly spaced points that cover a path with room on both sides."""
    middle = (min(path) + max(path)) / 2
    half = max((max(path) - min(path)) * 0.7, 1.0)
    return [middle - half + 2 * half * step / (GRID - 1) for step in range(GRID)]


def last_frames(tape: Tape[Program]) -> tuple[Frame, ...]:
    """Each iteration's last frame."""
    return tuple(tape.iteration(number)[-1] for number in range(tape.recorded))


def scalar(frame: Frame, name: str) -> float:
    """The number in a variable with one element."""
    return flat(frame.variables[name].value)[0]


def flat(value: Value | None) -> list[float]:
    """A nested value as a plain list."""
    if isinstance(value, list):
        return [number for part in value for number in flat(part)]
    return [] if value is None or isinstance(value, Summary) else [float(value)]


def short(value: Value | None) -> str:
    """A value in a few characters."""
    numbers = flat(value)
    text = ", ".join(f"{number:.3f}" for number in numbers[:3]) + (" …" if len(numbers) > 3 else "")
    return text or "None"


def draw_graph(frame: Frame) -> graphviz.Digraph:
    """The graph of a frame with value and gradient on each node."""
    digraph = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "box"})
    for node in frame.graph.nodes:
        digraph.node(str(node.id), label(node))
    for edge in frame.graph.edges:
        sent = frame.graph.nodes[edge.node].sent
        gradient = sent[edge.slot] if edge.slot < len(sent) else None
        digraph.edge(str(edge.input), str(edge.node), label="" if gradient is None else short(gradient))
    return digraph


def label(node: Node) -> str:
    """The text on a node."""
    title = node.variable or (node.expression.text if node.expression else node.name)
    gradient = node.grad_after if node.kind == "leaf" else next(iter(node.received), None)
    return f"{title}\n{node.name}\nvalue {short(node.value)}\ngrad {short(gradient)}"


def ledger(frame: Frame) -> list[dict[str, str]]:
    """The ledger, with one row per parameter."""
    updates = {one.name: one for one in frame.event.updates} if isinstance(frame.event, Stepped) else {}
    return [
        {
            "parameter": name,
            "value": short(variable.value),
            "grad": short(variable.grad),
            "new value": short(updates[name].after) if name in updates else "",
        }
        for name, variable in frame.variables.items()
        if variable.requires_grad and variable.is_leaf
    ]


def charts(tape: Tape[Program], frame: Frame, source: str) -> Iterator[go.Figure]:
    """The four charts: data and line, loss, surface and path, parameters and gradients."""
    done = list(islice(last_frames(tape), max(frame.iteration, 0)))
    yield fit(frame)
    yield go.Figure().add_scatter(y=[scalar(one, "loss") for one in done], name="loss")
    first, second, losses = loss_surface(source)
    path = go.Figure().add_contour(x=first, y=second, z=losses, ncontours=24, showscale=False)
    yield path.add_scatter(x=[scalar(one, "W") for one in done], y=[scalar(one, "b") for one in done])
    lines = go.Figure()
    for name in "Wb":
        lines.add_scatter(y=[scalar(one, name) for one in done], name=name)
        lines.add_scatter(y=[flat(one.variables[name].grad)[0] for one in done], name=f"{name}.grad")
    yield lines


def fit(frame: Frame) -> go.Figure:
    """The data, and the fitted line if the program has one."""
    x, y = (flat(frame.variables[name].value) for name in "xy")
    figure = go.Figure().add_scatter(x=x, y=y, mode="markers", name="y")
    if "y_hat" in frame.variables:
        figure.add_scatter(x=x, y=flat(frame.variables["y_hat"].value), name="y_hat")
    return figure


def move(by: int) -> None:
    """Move the cursor one statement forward or back."""
    st.session_state.index += by


def main() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    rate = st.sidebar.number_input("Learning rate", value=0.1, step=0.001, format="%.4f")
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8").replace("lr=0.1", f"lr={rate}")
    tape = record(source)
    st.session_state.setdefault("index", len(tape.setup) - 1)
    st.button("Back", on_click=move, args=(-1,))
    st.button("Next", on_click=move, args=(1,))
    frame = tape[st.session_state.index]
    st.markdown(f"iteration {frame.iteration}, line {frame.line}, W {short(frame.variables['W'].value)}")
    code, graph = st.columns(2)
    code.code(source, language="python")
    graph.graphviz_chart(draw_graph(frame))
    st.dataframe(ledger(frame))
    for place, figure in zip(st.columns(4), charts(tape, frame, source), strict=True):
        place.plotly_chart(figure)


main()
