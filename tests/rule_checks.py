"""Runs a case's program in the language and in Python, and compares the rules of its Nodes with torch."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import torch

import viz
from tests.rule_cases import SETUP
from viz.frames.graph import Graph, Node
from viz.rules import left, rule_for
from viz.rules.apply import tensor_of

#: A gradient of the result's shape with a different number at every place.
WEIGHTS = "weights = torch.ones_like(out).flatten().cumsum(0).reshape_as(out) * 0.75 - 2.0\n"
_ROUGH = {"float32", "float16", "bfloat16"}
#: How far two computations of the same result in float64 may differ: relative to an element, and to the largest
#: number involved. If large numbers cancel, only their rounding remains, and each processor's kernels add in a
#: different order.
_OF_ELEMENT, _OF_LARGEST = 1e-9, 1e-13


#: The statements of the set-up, each with its text.
_STATEMENTS = [(one, str(ast.get_source_segment(SETUP, one))) for one in ast.parse(SETUP).body]


@cache
def needed_by(lines: str) -> str:
    """The part of the set-up that the lines need, as all of it would be slow: imports, seed, their names."""
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
    """The graph after a backward from `out`, which the lines make, and the Node of `out`."""
    tape = viz.run(f"{needed_by(lines)}{lines}\n{WEIGHTS}out.backward(weights)\n")
    assert tape.error is None, tape.error
    frame = tape[-1]
    number = frame.variables["out"].node
    assert number is not None
    return frame.graph, frame.graph.nodes[number]


def in_plain_torch(lines: str) -> dict[str, Any]:
    """The values of the names after the lines, run in plain Python."""
    names: dict[str, Any] = {}
    exec(f"{needed_by(lines)}{lines}\n{WEIGHTS}", names)
    return names


def off(graph: Graph) -> list[str]:
    """The edges along which a rule's result differs from what torch sent."""
    wrong = []
    rough = _is_rough(graph)
    for node in graph.nodes:
        rule = rule_for(node)
        if rule is None or node.order is None:
            continue
        for slot, sent in enumerate(node.sent):
            if sent is not None:
                torchs = tensor_of(sent)
                ours = left(graph, node, rule, slot)
                came = [tensor_of(one) for one in node.received if one is not None]
                if not is_close(ours, torchs, came, rough=rough):
                    wrong.append(f"{node.name}[{slot}]: {ours.tolist()} is not {torchs.tolist()}")
    return wrong


def check_leaves(graph: Graph, lines: str) -> None:
    """Check that the rules send each leaf the gradient that `torch.autograd.grad` returns in plain Python."""
    names = in_plain_torch(lines)
    reached: dict[str, torch.Tensor] = {}
    parts: dict[str, list[torch.Tensor]] = {}
    for edge in graph.edges:
        leaf, node = graph.nodes[edge.input], graph.nodes[edge.node]
        if leaf.kind == "leaf" and leaf.variable is not None and node.order is not None:
            rule = rule_for(node)
            assert rule is not None, node.name
            along = left(graph, node, rule, edge.slot)
            reached[leaf.variable] = reached.get(leaf.variable, torch.zeros_like(along)) + along
            parts.setdefault(leaf.variable, []).append(along)
    torchs = torch.autograd.grad(
        names["out"],
        [eval(one, names) for one in reached],
        names["weights"],
        allow_unused=True,
        materialize_grads=True,
    )
    rough = _is_rough(graph)
    for (name, ours), wanted in zip(reached.items(), torchs, strict=True):
        assert is_close(ours, wanted.double(), parts[name], rough=rough), f"{name}: {ours} is not {wanted}"


def is_close(ours: torch.Tensor, torchs: torch.Tensor, parts: list[torch.Tensor], *, rough: bool) -> bool:
    """Whether two results of the same computation differ by no more than rounding, on any processor.

    `parts` are the tensors that the computation adds or multiplies. Its rounding is relative to the largest number
    among them and the results, not to each element, which may be what remains of two large numbers that cancel.
    `rough` says that it was not done in float64.
    """
    if ours.shape != torchs.shape:
        return False
    largest = max(_largest(one) for one in (ours, torchs, *parts))
    of_element, of_largest = (1e-2, 1e-2) if rough else (_OF_ELEMENT, _OF_LARGEST)
    return torch.allclose(ours, torchs, rtol=of_element, atol=of_largest * largest, equal_nan=True)


def _largest(tensor: torch.Tensor) -> float:
    """The largest absolute value of a finite element; 0 if there is none."""
    finite = tensor[tensor.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def _is_rough(graph: Graph) -> bool:
    return any(node.dtype in _ROUGH for node in graph.nodes)
