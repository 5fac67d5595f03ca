"""The chain rule along every path: its derivatives, its numbers, and a sum that is torch's gradient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import viz
from tests.rule_cases import CASES, SETUP
from tests.rule_checks import needed_by
from viz.explaining.blocks import Math, Section, Table, Text
from viz.explaining.chain import explain_chain
from viz.explaining.paths import Paths
from viz.frames.frame import Frame
from viz.frames.graph import Graph, Node
from viz.rules import RULES, WITHOUT_RULE
from viz.rules.apply import tensor_of
from viz.writing.numbers import brief

LINEAR = (Path(viz.__file__).parent / "programs/01_linear_regression.py").read_text(encoding="utf-8")


def last(source: str) -> Frame:
    tape = viz.run(source, 3)
    assert tape.error is None, tape.error
    return tape[-1]


def leaf_of(frame: Frame, name: str) -> Node:
    return next(node for node in frame.graph.nodes if node.kind == "leaf" and node.variable == name)


def explained(frame: Frame, name: str) -> list[Section]:
    sections = explain_chain(frame, leaf_of(frame, name).id)
    assert all(section.to_json()["heading"] for section in sections)
    return sections


def maths(sections: list[Section]) -> list[str]:
    return [block.latex for section in sections for block in section.blocks if isinstance(block, Math)]


def texts(sections: list[Section]) -> list[str]:
    return [block.text for section in sections for block in section.blocks if isinstance(block, Text)]


def scalars(line: str) -> str:
    return f"import torch\nw = torch.tensor(3.0, requires_grad=True)\n{line}\nloss.backward()\n"


def test_a_chain_of_numbers_is_a_product_of_derivatives() -> None:
    frame = last(scalars("h = w * 2\nz = h ** 2\nloss = z / 4"))
    rule, product, total = maths(explained(frame, "w"))
    assert rule == (
        r"\begin{array}{rcl} \frac{\partial \mathrm{loss}}{\partial \mathrm{w}} & = & "
        r"\frac{\partial \mathrm{loss}}{\partial \mathrm{z}} \cdot "
        r"\frac{\partial \mathrm{z}}{\partial \mathrm{h}} \cdot "
        r"\frac{\partial \mathrm{h}}{\partial \mathrm{w}} \end{array}"
    )
    # loss = (2 w)² / 4 = w², so at w = 3: 1/4 · 2 · 6 · 2 = 6
    assert product == r"0.2500 \cdot 12.00 \cdot 2.000 = 6.000"
    assert total.endswith(r"6.000 & = & 6.000 \end{array}")


def test_the_products_of_paths_that_meet_are_added() -> None:
    frame = last(scalars("a = w * 5\nb = w * w\nloss = a + b"))
    sections = explained(frame, "w")
    assert texts(sections)[0].startswith("3 paths lead from `loss` to `w`.")
    rule, *products, total = maths(sections)
    assert rule.count(r"\\") == 2
    assert r"_{\mathrm{self}}" in rule and r"_{\mathrm{other}}" in rule
    assert products == [r"1.000 \cdot 5.000 = 5.000", *[r"1.000 \cdot 3.000 = 3.000"] * 2]
    assert "5.000 + 3.000 + 3.000 & = & 11.00" in total
    assert leaf_of(frame, "w").contribution == 11.0


@pytest.mark.parametrize("name", ["W", "b"])
def test_the_chain_of_the_linear_model_ends_in_torchs_gradient(name: str) -> None:
    frame = last(LINEAR)
    sections = explained(frame, name)
    assert [section.heading for section in sections] == ["Chain rule", "Along each path", "The sum"]
    assert texts(sections)[-1] == "The sum equals torch's gradient for this leaf, up to rounding."
    assert r"\frac{\partial \mathrm{loss}}{\partial \mathrm{y\_hat}}" in maths(sections)[0]
    (way,) = [block for block in sections[1].blocks if isinstance(block, Table)]
    assert way.rows[1][0] == "`loss` → `y_hat`"
    assert way.rows[-1][-1] == brief(leaf_of(frame, name).contribution)
    derivative = brief(frame.variables["x"].value) if name == "W" else "1.000"
    assert way.rows[-1][1] == f"{derivative}, summed"


@pytest.mark.parametrize(
    "lines",
    [
        "h = (c @ W).tanh()\nloss = (h * h).sum() + h.mean() * W.norm()",
        "h = W.softmax(0) * W\nloss = torch.stack([h, W]).T.sum() + h.exp().prod()",
        "h = torch.where(W > 0, W * 2, W * W)\nh += W\nloss = h.std() + h.amax()",
        "h = torch.cat([W, W * W])\nloss = h.reshape(2, 3).sum(0).logsumexp(0)",
        "h = c * W + W\nloss = ((h - 1) ** 2).mean()",
    ],
)
def test_the_products_of_all_paths_add_up_to_the_contribution(lines: str) -> None:
    frame = last(
        "import torch\nW = torch.tensor([0.3, -1.2, 0.8], requires_grad=True, dtype=torch.float64)\n"
        f"c = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 2.0]], dtype=torch.float64)\n{lines}\nloss.backward()\n"
    )
    leaf = leaf_of(frame, "W")
    paths = Paths(frame.graph, leaf)
    found = list(paths)
    assert len(found) == paths.count > 1
    assert len(set(found)) == len(found)
    total = sum(paths.steps(path)[-1].reached for path in found)
    assert leaf.contribution is not None
    torch.testing.assert_close(total, tensor_of(leaf.contribution), rtol=1e-9, atol=1e-12)
    assert texts(explained(frame, "W"))[-1].startswith("The sum equals torch's gradient")


WEIGHTS = "weights = torch.ones_like(out).flatten().cumsum(0).reshape_as(out) * 0.75 - 2.0\n"


def test_a_path_through_a_node_without_a_rule_has_only_torchs_number(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CASES["AsStridedBackward0"][0]
    monkeypatch.delitem(RULES, "AsStridedBackward0")
    frame = last(f"{SETUP}out = {text}\n{WEIGHTS}out.backward(weights)\n")
    said = texts(explained(frame, "x"))
    assert said[1] == ("The paths cannot be computed one by one, because `AsStridedBackward0` is not known here.")
    assert said[2] == f"torch's gradient for this leaf is {brief(leaf_of(frame, 'x').contribution)}."


def test_a_path_through_a_kernel_of_many_steps_says_why_it_has_no_formula() -> None:
    lines = "import torch\nlstm = torch.nn.LSTM(1, 1)\nlstm(torch.ones(2, 1))[0].sum().backward()\n"
    said = texts(explained(last(lines), "lstm.bias_ih_l0"))
    kernel = "MkldnnRnnLayerBackward0"
    assert said[1] == f"The paths go through `{kernel}`, which has no formula: {WITHOUT_RULE[kernel]}"
    assert said[2].startswith("torch's gradient for this leaf is ")


@pytest.mark.parametrize("name", [name for name in CASES if name in RULES])
def test_the_paths_through_every_node_that_a_program_can_make_add_up(name: str) -> None:
    for text in CASES[name]:
        frame = last(f"{needed_by(f'out = {text}')}out = {text}\n{WEIGHTS}out.backward(weights)\n")
        for node in frame.graph.nodes:
            if node.contribution is not None:
                said = texts(explain_chain(frame, node.id))
                some = any(one.endswith("are shown below.") for one in said)  # a GRU has more than the page shows
                end = "torch's gradient for this leaf is" if some else "The sum equals torch's gradient"
                assert said[-1].startswith(end), (text, said)


def test_a_gradient_that_is_not_the_sum_of_its_paths_is_reported() -> None:
    frame = last(LINEAR)
    leaf = leaf_of(frame, "W")
    nodes = list(frame.graph.nodes)
    nodes[leaf.id] = replace(leaf, received=([0.5],))
    planted = replace(frame, graph=Graph(tuple(nodes), frame.graph.edges))
    said = texts(explained(planted, "W"))[-1]
    assert said.startswith("The sum of these products differs from torch's gradient: the sum is ")
    assert said.endswith(", torch has 0.5000.")


def test_the_sum_says_so_if_torch_adds_before_it_multiplies_by_infinity() -> None:
    source = """\
import torch
w = torch.tensor([0.0, 1.0], requires_grad=True)
h = torch.sqrt(w)
loss = (3 * h - h).sum()
loss.backward()
"""
    frame = last(source)
    assert leaf_of(frame, "w").received == ([float("inf"), 1.0],)
    said = texts(explained(frame, "w"))[-1]
    assert said.startswith("torch adds the gradients that meet at a Node before it multiplies. Path by path")
    assert said.endswith("so their sum differs: at [0] the sum is nan, torch has inf.")


def test_the_first_twelve_of_many_paths_are_written_out() -> None:
    frame = last(scalars("loss = w\n" + "loss = loss * loss\n" * 10))
    sections = explained(frame, "w")
    assert texts(sections)[0].startswith("1,024 paths lead")
    assert texts(sections)[1] == "The first 12 are shown below."
    assert maths(sections)[0].count(r"\\") == 12 and r"+ \cdots" in maths(sections)[0]
    assert len(maths(sections)) == 13
    assert texts(sections)[-2].startswith("12 of 1,024 paths are shown")


def test_paths_too_many_to_follow_are_counted() -> None:
    frame = last(scalars("loss = w\n" + "loss = loss + loss\n" * 100))
    assert texts(explained(frame, "w"))[0].startswith(f"{2**100:,} paths lead")


def test_a_long_chain_shows_its_beginning_and_its_end() -> None:
    frame = last(scalars("loss = w\n" + "loss = loss + 1\n" * 1000))
    rule = maths(explained(frame, "w"))[0]
    assert rule.count(r"\frac") == 9 and r"\cdots" in rule


def test_fewer_of_many_long_paths_are_written_out() -> None:
    frame = last(scalars("loss = w\n" + "loss = loss + loss\n" * 100))
    assert texts(explained(frame, "w"))[1] == "The first 4 are shown below."


def test_a_backward_that_is_called_with_a_gradient_has_it_as_its_first_factor() -> None:
    frame = last(scalars("loss = w * 2").replace("backward()", "backward(torch.tensor(10.0))"))
    assert maths(explained(frame, "w"))[1] == r"10.00 \cdot 2.000 = 20.00"


def test_a_backward_that_begins_at_the_leaf_has_no_chain() -> None:
    frame = last("import torch\nw = torch.tensor(3.0, requires_grad=True)\nw.backward()\n")
    assert maths(explained(frame, "w")) == [r"\frac{\partial \mathrm{w}}{\partial \mathrm{w}} = 1"]


def test_there_is_no_chain_before_backward_or_for_an_operation() -> None:
    tape = viz.run(LINEAR, 1)
    frame = next(frame for frame in tape.iteration(0) if "loss" in frame.variables)
    assert texts(explained(frame, "W")) == ["In this graph, no backward pass has reached this leaf yet."]
    with pytest.raises(ValueError, match="only leaves"):
        explain_chain(frame, next(node.id for node in frame.graph.nodes if node.kind == "operation"))


WITHOUT = """\
import torch
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None
v = torch.tensor(1.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)
loss = Half.apply(v, w)
loss.backward()
"""


def test_a_leaf_to_which_a_custom_function_returns_none_has_no_chain() -> None:
    assert texts(explained(last(WITHOUT), "w")) == ["Backward sent no gradient to this leaf."]
