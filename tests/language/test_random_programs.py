"""Random programs of the language have the same values in the evaluator as in plain Python."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import viz
from tests.language.reference import frame_snapshot, python_snapshots
from viz.frames.frame import Frame

HEAD = """\
import torch
from torch import nn, optim
import torch.nn.functional as F

x = torch.tensor({x})
W = torch.tensor({w}, requires_grad=True)
"""

#: Functions that are also methods, and functions of `torch.nn.functional` alone.
UNARY = [
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "abs",
    "sqrt",
    "square",
    "neg",
    "reciprocal",
    "erf",
]
UNARY_F = ["softplus", "silu", "logsigmoid", "gelu"]
REDUCTIONS = ["sum", "mean", "std", "var", "max", "min", "prod", "norm", "amax"]
SIGNS = ["+", "-", "*", "/", "**"]
COMPARISONS = ["<", ">", "<=", ">=", "==", "!="]
KINDS = ["name", "binary", "number", "function", "method", "reduction", "minus", "compare"]

vectors = st.lists(
    st.one_of(st.floats(-4, 4, width=32), st.integers(-4, 4).map(float), st.sampled_from([-0.0, 1e30])),
    min_size=3,
    max_size=3,
)


@st.composite
def expressions(draw: st.DrawFn, names: list[str], depth: int = 3) -> str:
    """An expression over tensors of three elements and numbers."""
    if depth == 0:
        return draw(st.sampled_from(names))
    inner = expressions(names, depth - 1)
    match draw(st.sampled_from(KINDS)):
        case "binary":
            return f"({draw(inner)} {draw(st.sampled_from(SIGNS))} {draw(inner)})"
        case "number":
            number = round(draw(st.floats(-3, 3)), 2)
            left, right = draw(st.permutations([draw(inner), f"({number})"]))
            return f"({left} {draw(st.sampled_from(SIGNS))} {right})"
        case "function":
            named = [*(f"torch.{name}" for name in UNARY), *(f"F.{name}" for name in UNARY_F)]
            return f"{draw(st.sampled_from(named))}({draw(inner)})"
        case "method":
            return f"{draw(inner)}.{draw(st.sampled_from(UNARY))}()"
        case "reduction":
            return f"{draw(inner)}.{draw(st.sampled_from(REDUCTIONS))}()"
        case "minus":
            return f"(-{draw(inner)})"
        case "compare":
            return f"(({draw(inner)} {draw(st.sampled_from(COMPARISONS))} {draw(inner)}) * 1.0)"
    return draw(st.sampled_from(names))


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program: data, a leaf, a few assignments in a loop, a backward if there is a loss."""
    names = ["x", "W"]
    lines = []
    for number in range(draw(st.integers(1, 4))):
        lines.append(f"v{number} = {draw(expressions(list(names)))}")
        names.append(f"v{number}")
    lines.append(f"loss = ({draw(expressions(list(names)))}).sum() + (W * 0.5).sum()")
    lines += draw(st.sampled_from([[], ["optimizer.zero_grad()"]]))
    lines += ["loss.backward()", "optimizer.step()", "grad = W.grad", "size = loss.item()"]
    head = HEAD.format(x=draw(vectors), w=draw(vectors))
    optimizer = draw(st.sampled_from(["SGD", "Adam", "RMSprop", "Adagrad"]))
    body = "".join(f"    {line}\n" for line in lines)
    return (
        f"{head}optimizer = optim.{optimizer}([W], lr=0.1)\nfor step in range(3):\n{body}after = W.detach() * 2\n"
    )


@given(programs())
@settings(max_examples=120)
def test_the_evaluator_computes_what_python_computes(source: str) -> None:
    with warnings.catch_warnings():
        # std() of a single number warns, both in Python and here.
        warnings.simplefilter("ignore")
        tape = viz.run(source)
        expected = python_snapshots(source)
        for frame in tape:
            if frame.error is not None:
                with pytest.raises(Exception) as raised:  # any exception of Python is compared
                    next(expected)
                assert frame.error.kind == raised.type.__name__
                assert str(raised.value).startswith(frame.error.message.splitlines()[0])
                return
            check_graph(frame)
            line, snapshot = next(expected)
            assert (frame.line, frame_snapshot(frame)) == (line, snapshot)
        assert next(expected, None) is None


def check_graph(frame: Frame) -> None:
    """Check ids, edges to earlier Nodes, one input per slot, and gradients that arrive as they were sent."""
    nodes, edges = frame.graph.nodes, frame.graph.edges
    assert [node.id for node in nodes] == list(range(len(nodes)))
    assert all(edge.input < edge.node for edge in edges)
    assert len({(edge.node, edge.slot) for edge in edges}) == len(edges)
    for node in nodes:
        users = [edge for edge in edges if edge.gradient and edge.input == node.id and nodes[edge.node].sent]
        if node.received and len(users) == 1:
            (user,) = users
            assert repr(node.received[user.input_nr]) == repr(nodes[user.node].sent[user.slot])
    for name, variable in frame.variables.items():
        if variable.node is not None:
            assert repr(nodes[variable.node].value) == repr(variable.value), name
