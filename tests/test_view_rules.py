"""Every write into a view has a rule: that of the Node that torch hides inside CopySlices."""

from __future__ import annotations

import pytest
import torch

from tests.rule_cases import NOT_BY_NAME, NUMPYS
from tests.rule_checks import check_leaves, graph_of, in_plain_torch, off
from viz.frames.graph import Node
from viz.language.compiler.operators import IN_PLACE
from viz.language.vocabulary.kinds import KINDS
from viz.rules import RULES, rule_for
from viz.rules.rule import rule
from viz.rules.views import written_into_view

#: The methods that take no argument.
ALONE = (
    "abs_",
    "exp_",
    "neg_",
    "reciprocal_",
    "relu_",
    "round_",
    "sigmoid_",
    "sqrt_",
    "square_",
    "tanh_",
    "zero_",
)
#: The arguments of each in-place method; its tensor is two numbers in a view of `p`, which is positive.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ALONE, ("",)),
    "add_": ("2", "w[1:]", "s", "other=A[0, :2]", "w[1:], alpha=3"),
    "sub_": ("2", "w[1:]", "s", "h[:2]", "other=w[:1], alpha=0.5"),
    "mul_": ("2", "w[1:]", "s", "other=h[:2]"),
    "div_": ("2", "w[1:]", "s", "other=h[:2]"),
    "pow_": ("2", "0.5", "0", "w[1:]", "exponent=s"),
    "lerp_": ("w[1:], 0.25", "end=h[1:], weight=x[1:]", "d[1:], s"),
    "addcmul_": ("w[1:], x[1:]", "tensor1=s, tensor2=d[1:], value=0.5"),
    "addcdiv_": ("w[1:], x[1:]", "tensor1=d[1:], tensor2=s, value=-0.5"),
    "clamp_": ("0.1, 0.6", "min=0.6", "min=w[1:]", "max=x[1:]", "w[1:], max=x[1:]"),
    "fill_": ("2", "s", "value=w[0]"),
    "copy_": ("w[1:]", "s", "d[1:]", "w[:1]"),
    "scatter_": (
        "0, torch.tensor([1]), w[:1]", "dim=0, index=torch.tensor([1, 0]), src=w[1:]",
        "dim=0, index=torch.tensor([1]), value=2.0",
    ),
    "scatter_add_": ("0, torch.tensor([1]), w[:1]", "dim=0, index=torch.tensor([1, 0]), src=w[1:]"),
    "index_add_": ("0, torch.tensor([1]), w[:1]", "dim=0, index=torch.tensor([1, 0]), source=w[1:], alpha=0.5"),
    "uniform_": ("", "-1.0, 1.0"),
    "normal_": ("", "mean=0.5, std=2.0"),
}  # fmt: skip

#: `+=` and similar operators, by their names in the syntax tree, except those without a derivative in torch.
AUGMENTED = {"Add": "+=", "Sub": "-=", "Mult": "*=", "Div": "/=", "Mod": "%=", "Pow": "**="}
#: Operators that make a new tensor, or that torch refuses for tensors with a gradient.
WITHOUT_GRADIENT = {"FloorDiv", "MatMult", "BitAnd", "BitOr", "BitXor", "LShift", "RShift"}

WRITTEN = "q = p.clone()\nview = q[1:]\nview.{}({})\nout = q * 2"
METHODS = [(name, args) for name, cases in ARGUMENTS.items() for args in cases]

#: Lines that write into a part of a tensor and make `out`, and the Node that torch keeps inside the last
#: CopySlices.
LINES: dict[str, tuple[str, ...]] = {
    "CopyBackwards": (
        "q = p.clone()\nq[0] = w[1]\nout = q",
        "q = p.clone()\nq[1] = 3.0\nout = q * q",
        "q = A.clone()\nfor row in range(2):\n    q[row, 1:] += w[:1]\nout = q[:, 1:]",
        "q = p.clone()\nq[:2] = w[1:]\nout = q",
        "q = p.clone()\nq[::2] = w[1:]\nout = q * q",
        "q = A.clone()\nq[1] = w\nout = q",
        "q = A.clone()\nq[:, 1:] = w[:2]\nout = q",
        "q = A.clone()\nq[..., -1] = w[:2]\nout = q.exp()",
        "q = A.clone()\nq[None] = 2 * A\nout = q",
        "q = A.clone()\nq[:, 0] = one\nout = q",
        "q = C * 2\nq[1, 1:, ::2] = s * D[0, :2]\nout = q",
        "q = torch.zeros_like(d)\nq[:2] = w[1:]\nout = q",
        "q = p.clone()\nq[:2] = d[1:]\nout = q",
        # Through views, and views of views.
        "q = A.clone()\nq[0][1:] = w[1:]\nout = q",
        "q = p * 1\nview = q[:2]\nview[...] = w[:2]\nout = q + view.sum()",
        "q = A.clone()\nview = q.t()[1:]\nview[0] = w[:2]\nout = q * view.sum()",
        "q = p.clone()\nq[1:] += w[:2]\nout = q",
        # Views whose order in memory differs from the order of their elements.
        "q = A.t().clone()\nq[0] = w[:2]\nout = q",
        "q = C.permute(2, 0, 1) * 2\nq[1:3, 1] = w\nout = q",
        "big = (C * 2)[1]\nbig[1:, 0] = w[:2]\nout = big * big",
    ),
    "FillBackward3": (
        "q = p.clone()\nq[1:] = s\nout = q",
        "q = p.clone()\nq[1:] = 3.0\nout = q * q",
        "q = A.clone()\nq[torch.tensor(1)] = s\nout = q",
        "q = torch.zeros_like(E)\nq[1, ::2] = s\nout = q",
    ),
    "IndexPutBackward0": (
        "q = A.clone()\nq[1:, c] = w[:2]\nout = q",
        "q = A.clone()\nq[0, [2, 0]] = w[:2]\nout = q",
        "q = C.clone()\nq[:, 1, C[0, 0] > 2] = D[:, :2, 0]\nout = q",
        "q = A.clone()\nq.t()[c] = B[:2]\nout = q",
        "q = A.clone()\nview = q[1]\nview[d > 0] = 9.0\nout = q",
        "q = A.clone()\nq[None, ..., c] = B[:2, 0]\nout = q",
        "q = A.clone()\nq[x.sum() > 0, 1:] = w\nout = q",
    ),
    "AddBackward0": (
        "q = p.clone()\nview = q[:2]\nview += w[1:]\nout = q * view.sum()",
        "q = p.clone()\nview = q[:2]\nview += w[1:]\nview = q[1:]\nview += w[1:]\nout = q",
        "rows = [A[0] * 1, A[1] * 2]\nfor row in rows:\n    row[1:].add_(w[0])\nout = rows[0] + rows[1]",
    ),
    "MulBackward0": (
        "q = torch.ones_like(d)\nq[1:].mul_(w[1:])\nout = q",
        "q = A.clone()\nq.t()[1:].mul_(w[:2])\nout = q",
        "q = p.clone()\nview = q.view(3, 1)\nq[0] = w[0]\nview.mul_(2)\nout = view * q",
        "def halve(part):\n    part.mul_(0.5)\n    return part\nq = A * 1\nout = q * halve(q[:, 1]).sum()",
    ),
}
PROGRAMS = [(lines, node) for node, cases in LINES.items() for lines in cases]


def copies(nodes: tuple[Node, ...]) -> list[str]:
    """The Node inside each CopySlices, in the order of the lines."""
    inside = [
        next(one.value for one in node.saved if one.name == "fn") for node in nodes if node.name == "CopySlices"
    ]
    return [str(name) for name in inside]


@pytest.mark.parametrize(("name", "args"), METHODS)
def test_a_method_that_writes_into_a_view_has_its_own_rule(name: str, args: str) -> None:
    lines = WRITTEN.format(name, args)
    graph, _ = graph_of(lines)
    alone = in_plain_torch(f"out = p[1:].clone()\nout.{name}({args})")["out"].grad_fn
    assert copies(graph.nodes) == [type(alone).__name__]
    assert type(in_plain_torch(lines)["q"].grad_fn).__name__ == "CopySlices"
    assert off(graph) == []
    check_leaves(graph, lines)


def test_every_in_place_method_is_tested_with_each_of_its_arguments() -> None:
    methods = {name: one for name, one in KINDS[torch.Tensor].methods.items() if name.endswith("_")}
    assert methods.keys() - {"requires_grad_", "detach_"} == ARGUMENTS.keys()
    missing = [
        f"{name}({one}=)"
        for name, cases in ARGUMENTS.items()
        for one in methods[name].keywords - {"generator", *NUMPYS} - NOT_BY_NAME.get(name, set())
        if not any(f"{one}=" in args for args in cases)
    ]
    assert missing == []


@pytest.mark.parametrize("sign", AUGMENTED.values())
@pytest.mark.parametrize("other", ["2", "w[1:]", "s"])
def test_an_augmented_assignment_to_a_view_has_a_rule(sign: str, other: str) -> None:
    lines = f"q = p.clone()\nview = q[1:]\nview {sign} {other}\nout = q * 2"
    graph, _ = graph_of(lines)
    assert len(copies(graph.nodes)) == 1
    assert off(graph) == []
    check_leaves(graph, lines)


def test_every_augmented_assignment_is_tested() -> None:
    assert {one.__name__ for one in IN_PLACE} == AUGMENTED.keys() | WITHOUT_GRADIENT


@pytest.mark.parametrize(("lines", "node"), PROGRAMS)
def test_a_store_into_a_part_has_the_rule_of_its_operation(lines: str, node: str) -> None:
    graph, _ = graph_of(lines)
    assert copies(graph.nodes)[-1] == node
    for one in graph.nodes:
        assert one.kind != "operation" or rule_for(one) is not None, one.name
    assert off(graph) == []
    check_leaves(graph, lines)


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("CopyBackwards", rule(self="1", src="1")),
        ("CopyBackwards", rule(self="0", src="2")),
        ("IndexPutBackward0", rule(self="grad", values="picked(grad, indices)")),
        ("MulBackward0", rule(self="self", other="self")),
        ("AsStridedBackward0", rule(self="put_strided(grad, size, stride, 0, self_geometry)")),
        ("AsStridedBackward0", rule(self="put_strided(grad, size, size, storage_offset, self_geometry)")),
    ],
)
def test_a_planted_wrong_rule_is_caught(name: str, planted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = "q[0] = w[:2]\nq[1:, [1, 0]] = w[:2]\nview = q[1]\nview.mul_(w[:2])"
    graph, _ = graph_of(f"q = A.t().clone()\n{writes}\nout = q * view.sum()")
    assert off(graph) == []
    monkeypatch.setitem(RULES, name, planted)
    assert off(graph)


def test_a_rule_that_needs_the_shape_of_the_views_former_contents_is_refused() -> None:
    with pytest.raises(ValueError, match="shape of the view"):
        written_into_view(RULES["SumBackward0"])
