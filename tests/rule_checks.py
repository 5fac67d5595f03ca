"""A program of the cases run by us and by Python, and the rules of its Nodes beside what torch sent."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import torch
from torch.testing import assert_close

import viz
from tests.rule_cases import SETUP
from viz.frames import Graph, Node
from viz.rules import left, rule_for
from viz.rules.apply import tensor_of

#: A gradient of the result's shape with another number at every place.
WEIGHTS = "weights = torch.ones_like(out).flatten().cumsum(0).reshape_as(out) * 0.75 - 2.0\n"
_ROUGH = {"float32", "float16", "bfloat16"}


#: The statements of the set-up, each with its text.
_STATEMENTS = [(one, str(ast.get_source_segment(SETUP, one))) for one in ast.parse(SETUP).body]


@cache
def needed_by(lines: str) -> str:
    """What the lines need of the set-up, which takes longer than they do: its imports, its seed, their names."""
    names = {one.id for one in ast.walk(ast.parse(lines)) if isinstance(one, ast.Name)}
    kept = []
    for statement, text in reversed(_STATEMENTS):
        found = [one for one in ast.walk(statement) if isinstance(one, ast.Name)]
        changed = {found[0].id} if isinstance(statement, ast.Assign) else set()
        if not changed or changed & names:
            names |= {one.id for one in found}
            kept.append(text)
    return "\n".join(reversed(kept)) + "\n"


def graph_of(lines: str) -> tuple[Graph, Node]:
    """The graph after a backward from `out`, which the lines make, and the Node of that."""
    tape = viz.run(f"{needed_by(lines)}{lines}\n{WEIGHTS}out.backward(weights)\n")
    assert tape.error is None, tape.error
    frame = tape[-1]
    number = frame.variables["out"].node
    assert number is not None
    return frame.graph, frame.graph.nodes[number]


def in_plain_torch(lines: str) -> dict[str, Any]:
    """The names after the lines, run by Python itself."""
    names: dict[str, Any] = {}
    exec(f"{needed_by(lines)}{lines}\n{WEIGHTS}", names)
    return names


def off(graph: Graph) -> list[str]:
    """The edges along which a rule gives something else than what torch sent."""
    wrong = []
    rough = 1e-2 if any(node.dtype in _ROUGH for node in graph.nodes) else 0
    for node in graph.nodes:
        rule = rule_for(node)
        if rule is None or node.order is None:
            continue
        for slot, sent in enumerate(node.sent):
            if sent is not None:
                torchs = tensor_of(sent)
                ours = left(graph, node, rule, slot)
                close = torch.allclose(ours, torchs, rtol=rough or 1e-9, atol=rough or 1e-12, equal_nan=True)
                if ours.shape != torchs.shape or not close:
                    wrong.append(f"{node.name}[{slot}]: {ours.tolist()} is not {torchs.tolist()}")
    return wrong


def check_leaves(graph: Graph, lines: str) -> None:
    """What reaches each leaf by the rules is what `torch.autograd.grad` gives in plain Python."""
    names = in_plain_torch(lines)
    reached: dict[str, torch.Tensor] = {}
    for edge in graph.edges:
        leaf, node = graph.nodes[edge.input], graph.nodes[edge.node]
        if leaf.kind == "leaf" and leaf.variable is not None and node.order is not None:
            rule = rule_for(node)
            assert rule is not None, node.name
            along = left(graph, node, rule, edge.slot)
            reached[leaf.variable] = reached.get(leaf.variable, torch.zeros_like(along)) + along
    torchs = torch.autograd.grad(
        names["out"],
        [eval(one, names) for one in reached],
        names["weights"],
        allow_unused=True,
        materialize_grads=True,
    )
    rough = 1e-2 if any(node.dtype in _ROUGH for node in graph.nodes) else 0
    for ours, wanted in zip(reached.values(), torchs, strict=True):
        assert_close(ours, wanted.double(), rtol=rough or 1e-9, atol=rough or 1e-12, equal_nan=True)
