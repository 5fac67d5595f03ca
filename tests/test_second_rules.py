"""The Nodes of a backward with `create_graph=True` have rules too, with the results of torch's own Nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import viz
from tests.rule_cases import CASES, EDGES, SETUP, UNARY
from tests.rule_checks import check_leaves, graph_of, in_plain_torch, off
from tests.test_rules import UNARY_CASES
from tests.test_view_rules import METHODS, PROGRAMS, WRITTEN
from viz.frames.graph import Node
from viz.rules import RULES, WITHOUT_RULE, rule_for
from viz.rules.rule import Rule, rule
from viz.rules.second import SECOND_RULES

#: Nodes whose derivative torch cannot differentiate, and says so.
NOT_TWICE = (
    "MultiMarginLossBackward0", "MultilabelMarginLossBackward0", "ScaledDotProductFlashAttentionForCpuBackward0",
)  # fmt: skip
#: Operations whose derivative is constant and has no graph.
FLAT = (
    "BernoulliBackward0", "CeilBackward0", "FillBackward2", "FloorBackward0", "NormalBackward0", "RoundBackward0",
    "SignBackward0", "TruncBackward0", "UniformBackward0", "ZeroBackward0",
)  # fmt: skip
FLAT_TEXTS = ("x ** 0", "x.clone().copy_(d)")
LEFT_OUT = {
    "A.norm(p=0)": "torch says that nothing there was used",
    "zeros ** zeros": "nan arrives, and torch makes zeros of it where the exponent is 0",
    "(x // 2).detach() + w": "torch has no derivative of `//`",
    **{
        text: "torch passes `output_padding` on to a plain convolution, and refuses it there"
        for text in ("widened(C)", *CASES["ConvolutionBackward0"])
        if "output_padding" in text or text == "widened(C)"
    },
}
#: One expression for each Node of a function of one tensor.
SHORT = {node: text for text, node in reversed(UNARY_CASES) if node}
BY_NODE = [
    *SHORT.items(),
    *((node, text) for cases in (CASES, EDGES) for node, texts in cases.items() if node for text in texts),
]
TEXTS = [
    text
    for node, text in BY_NODE
    if node not in (*NOT_TWICE, *FLAT, *WITHOUT_RULE) and text not in (*FLAT_TEXTS, *LEFT_OUT)
]
WRITES = [
    WRITTEN.format(name, args)
    for name, args in METHODS
    if UNARY.get(name) not in FLAT and name not in ("uniform_", "normal_") and (name, args) != ("fill_", "2")
]
LINES = [*(f"out = {text}" for text in TEXTS), *WRITES, *(lines for lines, _ in PROGRAMS)]
#: Expressions whose further derivatives make other Nodes, and the number of derivatives until no Node is new.
OFTEN = {
    "table(several + 1)": 3,
    "F.embedding(c, C.sum(0))": 3,
    "x.masked_fill(d > 0, s)": 3,
    "G.norm(p='nuc')": 4,
    "C.norm(p='nuc', dim=(0, 1))": 2,
    # The derivative of a convolution is a transposed one, whose derivative is a plain one again.
    **dict.fromkeys([one for one in CASES["ConvolutionBackward0"] if "1d(" in one and one not in LEFT_OUT], 3),
}
#: Edges that no program reaches, because the tensor there is always new; they are tested separately.
ALONE: dict[tuple[str, int], Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    ("IndexPutImplBackward0", 0): lambda a, b: torch._index_put_impl_(
        a * 1, [torch.tensor([1, 0])], b[:2], accumulate=True
    ),
    ("MaskedScatterBackward0", 0): lambda a, b: a.masked_scatter(torch.tensor([True, False, True]), b),
}
#: Intermediate results of torch, and the bias, on which no gradient depends: nothing is ever sent there.
NEVER = {
    *(("NativeLayerNormBackwardBackward0", slot) for slot in (2, 3, 5)),
    *(("NativeBatchNormBackwardBackward0", slot) for slot in (3, 4)),  # the running statistics need no gradient
}


def inputs_of(names: dict[str, Any]) -> str:
    """A list of the leaves that `out` was made from, including all parameters of a module."""
    leaves = {id(function.variable) for function in functions(names["out"]) if hasattr(function, "variable")}
    found, modules = [], []
    for name, thing in names.items():
        if isinstance(thing, torch.nn.Module) and any(id(one) in leaves for one in thing.parameters()):
            modules.append(name)
        elif id(thing) in leaves:
            found.append(name)
    return " + ".join([f"[{', '.join(found)}]", *(f"list({name}.parameters())" for name in modules)])


def functions(result: torch.Tensor) -> set[Any]:
    """torch's Nodes behind a tensor."""
    seen: set[Any] = set()
    pending: list[Any] = [result.grad_fn]
    while pending:
        function = pending.pop()
        if function is not None and function not in seen:
            seen.add(function)
            pending += [following for following, _ in function.next_functions]
    return seen


def differentiated(lines: str, times: int = 1) -> str:
    """Lines that make a new `out` of the derivatives of the old one."""
    for _ in range(times):
        lines += (
            f"\nslopes = torch.autograd.grad((out * out).sum(), {inputs_of(in_plain_torch(lines))}, "
            "create_graph=True)\nout = sum([(slope * slope).sum() for slope in slopes])"
        )
    return lines


def without_rule(nodes: tuple[Node, ...]) -> list[str]:
    """The Nodes that have none."""
    return [one.name for one in nodes if one.kind == "operation" and rule_for(one) is None]


@pytest.mark.parametrize(
    ("lines", "times"), [*((lines, 1) for lines in LINES), *((f"out = {text}", OFTEN[text]) for text in OFTEN)]
)
def test_the_rules_of_a_derivative_send_what_torch_sends(lines: str, times: int) -> None:
    twice = differentiated(lines, times)
    graph, _ = graph_of(twice)
    assert without_rule(graph.nodes) == []
    assert off(graph) == []
    check_leaves(graph, twice)


def test_every_rule_is_tested_along_each_of_its_edges() -> None:
    missing = {(name, slot) for name, one in SECOND_RULES.items() for slot in range(len(one.formulas))}
    missing -= ALONE.keys() | NEVER
    for lines, times in [
        *((f"out = {text}", times) for text, times in OFTEN.items()),
        *((one, 1) for one in LINES),
    ]:
        if not missing:
            break
        for function in functions(in_plain_torch(differentiated(lines, times))["out"]):
            tried = [slot for slot, (following, _) in enumerate(function.next_functions) if following is not None]
            missing -= {(type(function).__name__, slot) for slot in tried}
    assert missing == set()


@pytest.mark.parametrize(("name", "slot"), ALONE)
def test_an_edge_that_no_program_reaches_has_its_rule_too(name: str, slot: int) -> None:
    a, b = (
        torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    )
    out = ALONE[name, slot](a, b)
    grad = torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64)
    function: Any = out.grad_fn
    assert type(function).__name__ == name
    (wanted,) = torch.autograd.grad(out, a, grad, retain_graph=True)
    saved = {
        one.removeprefix("_saved_"): getattr(function, one) for one in dir(function) if one.startswith("_saved_")
    }
    one = SECOND_RULES[name]
    found = one.formula(slot).evaluate({**saved, "grad": grad, "shape": (3,)})
    torch.testing.assert_close(found * (grad if one.is_local(slot) else 1), wanted, rtol=0, atol=0)


@pytest.mark.parametrize("text", [*(text for node, text in BY_NODE if node in FLAT), *FLAT_TEXTS])
def test_a_constant_derivative_has_no_second_derivative(text: str) -> None:
    names = in_plain_torch(f"out = {text}")
    leaves = [function.variable for function in functions(names["out"]) if hasattr(function, "variable")]
    (slope,) = torch.autograd.grad((names["out"] ** 2).sum(), leaves, create_graph=True)
    assert not slope.requires_grad


@pytest.mark.parametrize("text", [text for node, text in BY_NODE if node in NOT_TWICE])
def test_torch_says_what_it_cannot_differentiate_twice(text: str) -> None:
    lines = differentiated(f"out = {text}")
    tape = viz.run(f"{SETUP}{lines}\nout.backward()\n")
    assert tape.error is not None and "is not implemented" in tape.error.message
    assert without_rule(tape[-1].graph.nodes) == ["NotImplemented"]


WRONG = {
    "MseLossBackwardBackward0": ("F.mse_loss(x, w)", rule(grad_output="1", self="2 * grad_output", target="-2")),
    "SigmoidBackwardBackward0": ("x.sigmoid()", rule(grad_output="output * (1 - output)", output="grad_output")),
    "SoftmaxBackwardDataBackward0": (
        "x.softmax(0)",
        rule(
            grad_output="output * (grad - sum(grad * output, dim))",
            output="grad * (grad_output - sum(grad_output * output, dim))",
        ),
    ),
    "SelectBackwardBackward0": ("A[1]", rule(grad_output="select(grad, dim, 0)")),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_wrong_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expression, planted = WRONG[name]
    graph, _ = graph_of(differentiated(f"out = {expression}"))
    assert off(graph) == []
    monkeypatch.setitem(RULES, name, planted)
    assert off(graph)


@pytest.mark.parametrize("at", ["mean", "sum"])
def test_the_second_derivative_at_a_kink_is_torchs(at: str) -> None:
    """At the kinks of the first derivative, where the error is delta or beta, and where it is 0."""
    for loss in ("huber_loss(out, w, delta=0.5", "smooth_l1_loss(out, w, beta=0.5"):
        lines = f"out = torch.cat([w[:1] + 0.5, w[1:2] - 0.5, w[2:]])\nout = F.{loss}, reduction='{at}')"
        assert off(graph_of(differentiated(lines))[0]) == []


def test_the_rules_of_a_derivative_have_torchs_names() -> None:
    """`grad_output` is the first argument of each Node that torch names backward."""
    backwards = {name: one for name, one in SECOND_RULES.items() if name.endswith("BackwardBackward0")}
    assert {one.arguments[0] for one in backwards.values()} == {"grad_output", "grad_out"}
    assert all(isinstance(one, Rule) for one in backwards.values())
