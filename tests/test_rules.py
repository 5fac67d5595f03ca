"""Each rule has the results of torch's own Node, in float64, for every Node that a program can make."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
import torch

import viz
from tests.rule_cases import CASES, EDGES, NO_TENSOR, NOT_BY_NAME, NUMPYS, SETUP, UNARY
from tests.rule_checks import check_leaves, graph_of, in_plain_torch, needed_by, off
from viz.language.compiler.operators import BINARY
from viz.language.runtime.entries import Function
from viz.language.vocabulary.kinds import KINDS
from viz.language.vocabulary.libraries import LIBRARIES
from viz.language.vocabulary.modules import containers
from viz.rules import RULES, WITHOUT_RULE, rule_for
from viz.rules.rule import rule
from viz.rules.second import SECOND_RULES

#: Each home of functions, as a case calls them on one tensor.
HOMES = {
    "torch.{}(p)": LIBRARIES["torch"].members,
    "F.{}(p)": LIBRARIES["torch.nn.functional"].members,
    "p.{}()": KINDS[torch.Tensor].methods,
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


@pytest.mark.parametrize(("expression", "name"), WITH_GRADIENT)
def test_a_rule_sends_what_torch_sends(expression: str, name: str) -> None:
    graph, root = graph_of(f"out = {expression}")
    assert root.name == name == type(in_plain_torch(f"out = {expression}")["out"].grad_fn).__name__
    for node in graph.nodes:
        assert node.kind != "operation" or (rule_for(node) is not None) != (node.name in WITHOUT_RULE), node.name
    assert off(graph) == []


@pytest.mark.parametrize(
    ("expression", "name"), [(text, node) for text, node in WITH_GRADIENT if node not in WITHOUT_RULE]
)
def test_the_leaves_receive_what_autograd_grad_returns(expression: str, name: str) -> None:
    check_leaves(graph_of(f"out = {expression}")[0], f"out = {expression}")


@pytest.mark.parametrize("expression", [text for text, node in ALL if not node])
def test_an_operation_without_a_gradient_has_no_node(expression: str) -> None:
    assert in_plain_torch(f"out = {expression}")["out"].grad_fn is None


def test_every_rule_is_tested_by_a_case() -> None:
    """The rules of derivatives have cases of their own, in tests/test_second_rules.py."""
    graphs = [graph_of(f"out = {text}")[0] for text, _ in WITH_GRADIENT]
    seen = {node.name for graph in graphs for node in graph.nodes if node.kind == "operation"}
    assert seen == ({*RULES, *WITHOUT_RULE} - SECOND_RULES.keys()) | {"CopySlices"}


def _called(texts: list[str]) -> dict[str, set[str]]:
    """The called functions, by their last name, with the argument names used; operators by their type's name."""
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


def missing_cases() -> list[str]:
    """The operations and layers of the language that no case calls, and the arguments that no case names."""
    called = _called([text for text, _ in ALL])
    missing = [sign.__name__ for sign in BINARY if sign.__name__ not in called]
    for members in HOMES.values():
        for name, entry in members.items():
            if (
                not isinstance(entry, Function)
                or entry.creates
                or entry.around
                or name in (*NO_TENSOR, "tensor", "as_tensor", "from_numpy", "new_tensor")
            ):
                continue
            arguments = (
                entry.keywords
                - {"input", "input1", "tensors", "condition", "dtype", "device", "generator", *NUMPYS}
                - NOT_BY_NAME.get(name, set())
            )
            missing += [name] if name not in called else [f"{name}({one}=)" for one in arguments - called[name]]
    missing += [name for name, one in KINDS[torch.Tensor].attributes.items() if one.makes and name not in called]
    called_at_all = _called([SETUP, *(text for text, _ in ALL)])
    classes = {name: one for name, one in LIBRARIES["torch.nn"].members.items() if name not in containers.CLASSES}
    missing += [name for name, one in classes.items() if isinstance(one, Function) and name not in called_at_all]
    return missing


def test_every_operation_of_the_language_has_a_case_with_each_of_its_arguments() -> None:
    """A new operation fails here until it has a case, and its case fails until it has a rule."""
    assert missing_cases() == []


def _under_numpys_names(text: str) -> str:
    """A case with `axis` for `dim` and `keepdims` for `keepdim`."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            node.arg = {"dim": "axis", "keepdim": "keepdims"}.get(node.arg or "", node.arg)
    return ast.unparse(tree)


def _is_taken(lines: str) -> bool:
    """Whether the language takes the names of all arguments."""
    try:
        error = viz.run(f"{needed_by(lines)}{lines}\n").error
    except viz.Refused:
        return False
    assert error is None or error.kind == "Refused", error
    return error is None


def test_an_argument_under_numpys_name_is_the_argument_under_torchs() -> None:
    taken = 0
    for text in dict.fromkeys(text for text, _ in WITH_GRADIENT if "dim=" in text):
        other = _under_numpys_names(text)
        if not _is_taken(f"out = {other}"):
            continue
        taken += 1
        graph, root = graph_of(f"out = {other}")
        assert root.name == type(in_plain_torch(f"out = {other}")["out"].grad_fn).__name__
        torchs, _ = graph_of(f"out = {text}")
        for one, same in zip(graph.nodes, torchs.nodes, strict=True):
            assert repr((one.name, one.value, one.sent)) == repr((same.name, same.value, same.sent)), other
    assert taken > 20


WRONG = {
    "MulBackward0": ("x * w", rule(self="other", other="other")),
    "SubBackward0": ("A - x", rule(self="1", other="alpha")),
    "MeanBackward1": ("A.mean(dim=1)", rule(self="spread(grad, dim, keepdim, shape) / count(shape, None)")),
    "MmBackward0": ("A @ A.T", rule(self="-grad @ t(mat2)", mat2="t(self) @ grad")),
    "MseLossBackward0": ("F.mse_loss(x, w)", replace(RULES["MseLossBackward0"], formulas=rule(
        self="2 * (self - target)", target="-2 * (self - target)").formulas)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_wrong_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expression, planted = WRONG[name]
    graph, _ = graph_of(f"out = {expression}")
    monkeypatch.setitem(RULES, name, planted)
    assert off(graph)
