"""Each rule gives what torch's own Node gives, in float64, for every Node that a program can make."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.testing import assert_close

import viz
from tests.rule_cases import CASES, EDGES, NO_TENSOR, NOT_BY_NAME, SETUP, UNARY
from viz.frames import Graph, Node
from viz.language import vocabulary
from viz.language.entries import Function
from viz.language.operators import BINARY
from viz.rules import RULES, WITHOUT_RULE, left
from viz.rules.apply import tensor_of
from viz.rules.rule import Rule, rule

#: A gradient of the result's shape with another number at every place.
WEIGHTS = "weights = torch.ones_like(out).flatten().cumsum(0).reshape_as(out) * 0.75 - 2.0\n"

#: Each home of functions, as a case calls them on one tensor.
HOMES = {
    "torch.{}(p)": vocabulary.LIBRARIES["torch"].members,
    "F.{}(p)": vocabulary.LIBRARIES["torch.nn.functional"].members,
    "p.{}()": vocabulary.METHODS[torch.Tensor],
}
UNARY_CASES = [
    (f"p.clone().{name}()" if name.endswith("_") else call.format(name), node)
    for call, members in HOMES.items()
    for name, node in UNARY.items()
    if isinstance(members.get(name), Function)
]
ALL = [
    *UNARY_CASES,
    *((text, node) for cases in (CASES, EDGES) for node, texts in cases.items() for text in texts),
]
WITH_GRADIENT = [(text, node) for text, node in ALL if node]


def graph_of(expression: str) -> tuple[Graph, Node]:
    """The graph after a backward from `expression`, and the Node of its result."""
    tape = viz.run(f"{SETUP}out = {expression}\n{WEIGHTS}out.backward(weights)\n")
    assert tape.error is None, tape.error
    frame = tape[-1]
    number = frame.variables["out"].node
    assert number is not None
    return frame.graph, frame.graph.nodes[number]


def in_plain_torch(expression: str) -> dict[str, Any]:
    """The names after `out = expression`, run by Python itself."""
    names: dict[str, Any] = {}
    exec(f"{SETUP}out = {expression}\n{WEIGHTS}", names)
    return names


def off(graph: Graph, rules: dict[str, Rule]) -> list[str]:
    """The edges along which a rule gives something else than what torch sent."""
    wrong = []
    for node in graph.nodes:
        if node.name not in rules or node.order is None:
            continue
        for slot, sent in enumerate(node.sent):
            if sent is not None:
                torchs = tensor_of(sent)
                rough = node.dtype in {"float32", "float16", "bfloat16"}
                ours = left(graph, node, rules[node.name], slot)
                close = torch.allclose(ours, torchs, rtol=1e-2 if rough else 1e-9, atol=1e-2 if rough else 1e-12)
                if ours.shape != torchs.shape or not close:
                    wrong.append(f"{node.name}[{slot}]: {ours.tolist()} is not {torchs.tolist()}")
    return wrong


@pytest.mark.parametrize(("expression", "name"), WITH_GRADIENT)
def test_what_leaves_by_the_rule_is_what_torch_sends(expression: str, name: str) -> None:
    graph, root = graph_of(expression)
    assert root.name == name == type(in_plain_torch(expression)["out"].grad_fn).__name__
    for node in graph.nodes:
        assert node.kind != "operation" or (node.name in RULES) != (node.name in WITHOUT_RULE), node.name
    assert off(graph, RULES) == []


@pytest.mark.parametrize(
    ("expression", "name"), [(text, node) for text, node in WITH_GRADIENT if node not in WITHOUT_RULE]
)
def test_what_reaches_the_leaves_is_what_autograd_grad_gives(expression: str, name: str) -> None:
    graph, _ = graph_of(expression)
    names = in_plain_torch(expression)
    reached: dict[str, torch.Tensor] = {}
    for edge in graph.edges:
        leaf, node = graph.nodes[edge.input], graph.nodes[edge.node]
        if leaf.kind == "leaf" and leaf.variable is not None and node.order is not None:
            along = left(graph, node, RULES[node.name], edge.slot)
            reached[leaf.variable] = reached.get(leaf.variable, torch.zeros_like(along)) + along
    torchs = torch.autograd.grad(
        names["out"],
        [eval(one, names) for one in reached],
        names["weights"],
        allow_unused=True,
        materialize_grads=True,
    )
    rough = any(node.dtype in {"float32", "float16", "bfloat16"} for node in graph.nodes)
    for ours, wanted in zip(reached.values(), torchs, strict=True):
        assert_close(ours, wanted.double(), rtol=1e-2 if rough else 1e-9, atol=1e-2 if rough else 1e-12)


@pytest.mark.parametrize("expression", [text for text, node in ALL if not node])
def test_what_has_no_gradient_has_no_node(expression: str) -> None:
    assert in_plain_torch(expression)["out"].grad_fn is None


def test_every_rule_is_tried_by_a_case() -> None:
    seen = {node.name for text, _ in WITH_GRADIENT for node in graph_of(text)[0].nodes if node.kind == "operation"}
    assert seen == RULES.keys() | WITHOUT_RULE.keys()


def _called(texts: list[str]) -> dict[str, set[str]]:
    """What the cases call, by its last name, with the argument names used; operators by their type's name."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
                    found.setdefault(name, set()).update(str(keyword.arg) for keyword in keywords)
                case ast.Attribute(attr=name):
                    found.setdefault(name, set())
                case ast.BinOp(op=sign):
                    found.setdefault(type(sign).__name__, set())
                case ast.Compare(ops=[compared]):
                    found.setdefault(type(compared).__name__, set())
    return found


def test_every_operation_of_the_language_is_a_case_with_each_of_its_arguments() -> None:
    """What is new in the language fails here until it has a case, and its case fails until it has a rule."""
    called = _called([text for text, _ in ALL])
    missing = [sign.__name__ for sign in BINARY if sign.__name__ not in called]
    for members in HOMES.values():
        for name, entry in members.items():
            if (
                not isinstance(entry, Function)
                or entry.creates
                or entry.around
                or name in (*NO_TENSOR, "tensor", "as_tensor", "from_numpy")
            ):
                continue
            arguments = (
                entry.keywords
                - {"input", "input1", "tensors", "condition", "dtype"}
                - NOT_BY_NAME.get(name, set())
            )
            missing += [name] if name not in called else [f"{name}({one}=)" for one in arguments - called[name]]
    missing += [
        name for name, one in vocabulary.ATTRIBUTES[torch.Tensor].items() if one.makes and name not in called
    ]
    called_at_all = _called([SETUP, *(text for text, _ in ALL)])
    classes = vocabulary.LIBRARIES["torch.nn"].members
    missing += [name for name, one in classes.items() if isinstance(one, Function) and name not in called_at_all]
    assert missing == []


WRONG = {
    "MulBackward0": ("x * w", rule(self="other", other="other")),
    "SubBackward0": ("A - x", rule(self="1", other="alpha")),
    "MeanBackward1": ("A.mean(dim=1)", rule(self="spread(grad, dim, keepdim, shape) / count(shape, None)")),
    "MmBackward0": ("A @ A.T", rule(self="-grad @ t(mat2)", mat2="t(self) @ grad")),
    "MseLossBackward0": ("F.mse_loss(x, w)", replace(RULES["MseLossBackward0"], formulas=rule(
        self="2 * (self - target)", target="-2 * (self - target)").formulas)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_wrong_rule_is_caught(name: str) -> None:
    expression, planted = WRONG[name]
    graph, _ = graph_of(expression)
    assert off(graph, RULES | {name: planted})
