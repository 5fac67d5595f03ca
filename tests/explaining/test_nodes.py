"""A Node's explanation has the program's names and the recorded numbers, and says what it does not know."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

import viz
from tests.programs import LINE
from tests.rule_cases import CASES, UNARY
from tests.rule_checks import needed_by
from tests.test_second_rules import OFTEN, differentiated
from viz.explaining.blocks import Math, Section, Table, Text
from viz.explaining.changed_explanations import same_explanation
from viz.explaining.nodes import explain_node
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.language import record
from viz.presets import presets
from viz.rules import RULES, WITHOUT_RULE
from viz.rules.rule import rule
from viz.rules.second import SECOND_RULES

HEAD = """\
import torch
x = torch.tensor([1.0, 2.0, 3.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
many = torch.linspace(0.0, 1.0, 30, requires_grad=True)
"""


def last_frame(lines: str, head: str = HEAD) -> Frame:
    tape = viz.run(head + lines)
    assert tape.error is None, tape.error
    return tape[-1]


def number_of(frame: Frame, name: str) -> int:
    """The id of the only node with this name, variable or expression."""
    (found,) = [
        node.id
        for node in frame.graph.nodes
        if name in (node.name, node.variable, node.expression.text if node.expression else None)
    ]
    return found


def explained(frame: Frame, name: str) -> dict[str, Section]:
    return {section.heading: section for section in explain_node(frame, number_of(frame, name))}


def texts(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Text)]


def formulas(section: Section) -> list[str]:
    return [block.latex for block in section.blocks if isinstance(block, Math)]


def tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def equations(section: Section) -> list[str]:
    """The equations of an array, without the LaTeX around them."""
    lines = [
        line
        for latex in formulas(section)
        for line in re.sub(r"\\(begin|end)\{array\}(\{\w+\})?", "", latex).split(r"\\")
    ]
    return [line.replace(" & = & ", " = ").replace(r"\left", "").replace(r"\right", "").strip() for line in lines]


def test_a_product_shows_what_arrived_times_the_local_derivative() -> None:
    frame = last_frame("loss = (W * x).sum()\nloss.backward(torch.tensor(2.0))\n")
    sections = explained(frame, "W * x")
    (formula,) = formulas(sections["Rule"])
    assert r"\underbrace{\mathrm{grad}}_{\text{received [3]}} \cdot \underbrace{\mathrm{x}}" in formula
    assert formula.endswith(r"= \underbrace{\mathrm{grad}_{\mathrm{W}}}_{\text{sent [1]}}")
    assert equations(sections["Numbers"]) == [
        r"2.000 \cdot 1.000 = 2.000",
        r"2.000 \cdot 2.000 = 4.000",
        r"2.000 \cdot 3.000 = 6.000",
    ]
    assert equations(sections["Undoing the broadcast"]) == ["2.000 + 4.000 + 6.000 = 12.00"]
    assert "over dimension 0" in texts(sections["Undoing the broadcast"])[0]
    assert texts(sections["Origin"]) == ["`W * x` in line 6."]


def test_each_broadcast_number_has_its_own_sum() -> None:
    # out[i, j] = row[j] * column[i]: row[j] gets the sum over i of column[i], column[i] the sum over j of row[j].
    frame = last_frame(
        "row = torch.tensor([1.0, 2.0], requires_grad=True)\n"
        "column = torch.tensor([[3.0], [4.0], [5.0]], requires_grad=True)\n"
        "out = row * column\nout.backward(torch.tensor([[1.0, 10.0], [1.0, 10.0], [1.0, 10.0]]))\n"
    )
    assert equations(explained(frame, "out")["Undoing the broadcast"]) == [
        "3.000 + 4.000 + 5.000 = 12.00",
        "30.00 + 40.00 + 50.00 = 120.0",
        "1.000 + 20.00 = 21.00",
        "1.000 + 20.00 = 21.00",
        "1.000 + 20.00 = 21.00",
    ]


def test_the_gradient_sent_is_torchs_number_with_torchs_rounding() -> None:
    # In float16, 0.3 * 0.33 is 0.0990601; in float64 the same two numbers give 0.0990396.
    frame = last_frame(
        "h = torch.tensor(0.3, dtype=torch.float16, requires_grad=True)\n"
        "out = h * torch.tensor(0.33, dtype=torch.float16)\nout.backward(torch.tensor(0.3, dtype=torch.float16))\n"
    )
    numbers = explained(frame, "out")["Numbers"]
    assert equations(numbers) == [r"0.3000 \cdot 0.3301 & \approx & 0.09906"]
    rounds = "float16 rounds the result of each operation to about 3 digits"
    assert texts(numbers) == [f"{rounds}; exact arithmetic gives 0.09904, torch has 0.09906."]


def test_a_saved_tensor_that_is_not_differentiated_has_its_name_too() -> None:
    frame = last_frame(
        "h = torch.tensor([1.0, 2.0, 3.0])\n"
        "loss = torch.nn.functional.binary_cross_entropy_with_logits(x * W, x * 0.25, weight=h)\n"
    )
    rule_section = explained(frame, "loss")["Rule"]
    assert any(r"= \mathrm{h} \cdot \mathrm{error}" in latex for latex in formulas(rule_section))


def test_a_derivative_that_is_worked_out_shows_its_steps() -> None:
    # d/db b ** 3 = 3 * 2 ** 2 = 12.
    sections = explained(last_frame("loss = b ** 3\nloss.backward()\n"), "PowBackward0")
    assert r"\underbrace{3 \cdot \mathrm{b}^{2}}_{\text{local derivative}}" in formulas(sections["Rule"])[0]
    assert equations(sections["Numbers"]) == [r"1.000 \cdot 3 \cdot 2.000^{2} = 1.000 \cdot 12.00 = 12.00"]


def test_a_loss_shows_its_mean_with_numbers() -> None:
    # Predictions 0.5 and 1, targets 1 and 3: 2 (0.5 - 1) / 2 and 2 (1 - 3) / 2.
    frame = viz.run(LINE, 1).iteration(0)[3]
    sections = explained(frame, "loss")
    assert equations(sections["Numbers"]) == [
        r"1.000 \cdot \dfrac{2 \cdot (0.5000 - 1.000)}{2} = 1.000 \cdot (-0.5000) = -0.5000",
        r"1.000 \cdot \dfrac{2 \cdot (1.000 - 3.000)}{2} = 1.000 \cdot (-2.000) = -2.000",
    ]


def test_a_long_derivative_is_written_out_only_in_the_rule() -> None:
    # gelu'(2) = 1.0852, from a table of the normal distribution: cdf 0.97725 + 2 * density 0.05399.
    sections = explained(last_frame("loss = torch.nn.functional.gelu(b)\nloss.backward()\n"), "loss")
    assert r"\mathrm{erf}" in formulas(sections["Rule"])[0]
    assert equations(sections["Numbers"]) == [r"1.000 \cdot 1.085 = 1.085"]


def test_a_matrix_product_is_shown_whole_with_its_matrices() -> None:
    frame = last_frame(
        "A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\n"
        "v = torch.tensor([5.0, 6.0], requires_grad=True)\n"
        "out = A @ v\nout.backward(torch.tensor([1.0, 10.0]))\n"
    )
    sections = explained(frame, "out")
    first, second = formulas(sections["Rule"])
    assert r"_{\text{received [2]}} \otimes \mathrm{v} =" in first
    assert first.endswith(r"_{\text{sent [2, 2]}}") and second.startswith(r"\mathrm{A}^{\top} \;@\;")
    assert formulas(sections["Numbers"])[1].endswith(r"= {\begin{bmatrix} 31.00 & 42.00 \end{bmatrix}}")


def test_more_than_six_elements_are_in_a_table_of_at_most_24_rows() -> None:
    frame = last_frame("loss = (many * 2).sum()\nloss.backward()\n")
    section = explained(frame, "many * 2")["Numbers"]
    (table,) = tables(section)
    assert table.head == ("element", "received", "local derivative", "sent")
    assert table.rows[1] == ("[1]", "1.000", "2.000", "2.000") and len(table.rows) == 24
    assert texts(section) == ["6 more rows are not shown."]


def test_a_large_product_is_in_tables_of_gradients_received_and_sent() -> None:
    frame = last_frame(
        "A = torch.ones([3, 3], requires_grad=True)\n"
        "out = A.sum(dim=0)\nout.backward(torch.tensor([1.0, 2.0, 3.0]))\n"
    )
    section = explained(frame, "out")["Numbers"]
    came, left = tables(section)
    assert came == Table(("element", "received"), (("[0]", "1.000"), ("[1]", "2.000"), ("[2]", "3.000")))
    assert left.head == ("element", "sent") and left.rows[5] == ("[1, 2]", "3.000") and len(left.rows) == 9
    assert texts(section) == ["Received, shape [3]:", "Sent, shape [3, 3]:"]


def test_a_product_of_the_same_shape_is_in_one_table() -> None:
    frame = last_frame("out = many.softmax(0)\nout.backward(many)\n")
    (table,) = tables(explained(frame, "out")["Numbers"])
    assert table.head == ("element", "received", "sent") and table.rows[0][:2] == ("[0]", "0")


def test_only_what_has_no_name_is_described() -> None:
    lines = "other = torch.tensor(3.0, requires_grad=True)\nloss = b * other\nagain = b * (other + 1)\n"
    frame = last_frame(lines)
    assert not any("Here" in text for text in texts(explained(frame, "loss")["Rule"]))
    assert "Here other is `other + 1`." in texts(explained(frame, "again")["Rule"])


def test_gradients_that_meet_are_added() -> None:
    # loss = 3 h + 5 h with h = 2 b: what arrives at h is 3 + 5, and 16 at b.
    frame = last_frame("h = b * 2\nloss = h * 3 + h * 5\nloss.backward()\n")
    section = explained(frame, "h")["Received"]
    assert equations(section) == ["3.000 + 5.000 = 8.000"]
    assert texts(section) == ["Autograd added 2 gradients: from `h * 3` and from `h * 5`."]
    assert texts(explained(frame, "b")["Received"]) == ["From `h`: 16.00."]


def test_many_gradients_that_meet_are_in_a_table() -> None:
    frame = last_frame("loss = (many * 2 + many * 3).sum()\nloss.backward()\n")
    (table,) = tables(explained(frame, "many")["Received"])
    assert table.head == ("element", "from `many * 2`", "from `many * 3`", "sum")
    assert table.rows[0] == ("[0]", "2.000", "3.000", "5.000")


def test_a_value_with_many_users_has_a_row_for_each() -> None:
    loss = " + ".join(f"b * {factor}" for factor in range(1, 31))
    section = explained(last_frame(f"loss = {loss}\nloss.backward()\n"), "b")["Received"]
    (table,) = tables(section)
    assert table.head == ("from", "gradient") and table.rows[2] == ("`b * 3`", "3.000") and len(table.rows) == 24
    # 1 + 2 + … + 30 = 465.
    assert texts(section)[0].endswith("Autograd added 30 gradients; their sum is 465.0.")


def test_backward_says_where_it_began() -> None:
    frame = last_frame("loss = b * 3\nloss.backward(torch.tensor(4.0))\n")
    assert texts(explained(frame, "loss")["Received"]) == [
        "The backward pass started here, with the gradient 4.000."
    ]


def test_a_leaf_shows_what_was_added_to_its_grad() -> None:
    once = last_frame("loss = b * 3\nloss.backward()\n")
    assert "b.grad was None" in texts(explained(once, "b")["Added to .grad"])[0]
    twice = last_frame("loss = b * 3\nloss.backward()\nagain = b * 4\nagain.backward()\n")
    assert equations(explained(twice, "b")["Added to .grad"]) == ["3.000 + 4.000 = 7.000"]
    waiting = last_frame("loss = b * 3\n")
    assert texts(explained(waiting, "b")["Added to .grad"]) == [
        "In this graph, no backward pass has reached this leaf yet. b.grad is None."
    ]


def test_a_leaf_to_which_a_custom_function_returns_none_keeps_its_grad() -> None:
    half = (
        "class Half(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, a, b):\n        return a + b\n"
        "    @staticmethod\n    def backward(ctx, grad_output):\n        return grad_output, None\n"
    )
    frame = last_frame(half + "Half.apply(W.sum(), b).backward()\n")
    assert frame.variables["b"].grad is None
    assert texts(explained(frame, "b")["Added to .grad"]) == [
        "Backward sent no gradient here, so b.grad did not change."
    ]


def test_a_rebound_name_is_described_as_the_tensors_former_name() -> None:
    frame = last_frame("h = b * 2\nh = h.exp()\n")
    (first,) = [one for one in frame.graph.nodes if one.name == "MulBackward0"]
    (origin,) = [one for one in explain_node(frame, first.id) if one.heading == "Origin"]
    assert texts(origin) == ["`b * 2` in line 6. The program gave it the name `h`."]


def test_the_description_of_a_leaf_does_not_claim_how_the_program_made_it() -> None:
    frame = last_frame("loss = (late * late).sum()\n", HEAD + "late = torch.zeros(2)\nlate.requires_grad_()\n")
    assert texts(explained(frame, "late")["Origin"]) == [
        "`late` is a leaf: it has requires_grad=True, and autograd recorded no operation that computed it."
    ]


def test_data_need_no_gradient() -> None:
    frame = last_frame("loss = (W * x).sum()\nloss.backward()\n")
    (said,) = texts(explained(frame, "x")["No gradient"])
    assert said == "`x` has requires_grad=False, so it receives no gradient."


def test_before_backward_the_rule_has_symbols_only() -> None:
    frame = last_frame("loss = (W * x).sum()\n")
    sections = explained(frame, "W * x")
    assert r"\cdot \underbrace{\mathrm{x}}_{\text{local derivative}}" in formulas(sections["Rule"])[0]
    assert sections["Numbers"].blocks == (Text("In this graph, no backward pass has reached this Node yet."),)
    assert "Received" not in sections and "Undoing the broadcast" not in sections


def test_saved_tensors_are_alive_until_backward_frees_them() -> None:
    lines = "h = x * W\nh.sum().backward({})\n"
    (kept,) = tables(explained(last_frame(lines.format("retain_graph=True")), "h")["Saved tensors"])
    assert kept.rows == (("self", "x", "[1.00, 2.00 …]", "alive"),)
    (freed,) = tables(explained(last_frame(lines.format("")), "h")["Saved tensors"])
    assert freed.rows == (("self", "x", "[1.00, 2.00 …]", "freed by backward"),)


def test_numbers_are_those_of_the_moment_of_backward() -> None:
    """The step after backward changes W; the derivative is still the W of the product."""
    lines = "opt = torch.optim.SGD([W], lr=1.0)\nloss = (W * W).sum()\nloss.backward()\nopt.step()\n"
    frame = last_frame(lines)
    assert frame.variables["W"].value == [-0.5]
    assert equations(explained(frame, "W * W")["Numbers"]) == [r"1.000 \cdot 0.5000 = 0.5000"] * 2


def test_a_node_without_a_rule_says_so_and_has_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "MulBackward0")
    sections = explained(last_frame("h = x * W\nloss = h.sum()\nloss.backward()\n"), "h")
    assert texts(sections["Rule"]) == ["This page has no rule for MulBackward0."]
    (table,) = tables(sections["Numbers"])
    assert table.rows == (("received", "[1.00, 1.00 …]"), ("sent to `W`", "6.000"))


FROM_STRIDES = (
    "torch built this view from its strides, because its base was changed in place or "
    "because the view is part of a gradient."
)
VIEW = "h = x * W\nh[:2].mul_(b)\nloss = h.sum()\n"


def test_a_write_into_a_view_is_explained_by_the_rule_of_the_node_inside() -> None:
    sections = explained(last_frame(VIEW + "loss.backward()\n"), "CopySlices")
    said = texts(sections["Rule"])
    assert said[0].startswith(
        "An in-place operation wrote into a view. torch keeps the operation's own Node, MulBackward0, inside"
    )
    assert said[1:] == ["Sent to `h` (argument `base`):", "Sent to `b` (argument `other`):"]
    base, where, _, _ = formulas(sections["Rule"])
    assert base.startswith(r"\mathrm{replace\ at\ the\ view}")
    assert r"\mathrm{grad\_view} \cdot \mathrm{b}" in base
    assert where.startswith(r"\text{where } \mathrm{grad\_view} = \mathrm{at\ the\ view}")
    # h was [0.5, 1, 1.5], b is 2: the sum of the view's former numbers goes to b.
    matrices = r"{{\begin{{bmatrix}} {} \end{{bmatrix}}}}".format
    arrived, after = matrices("1.000 & 1.000 & 1.000"), matrices("2.000 & 2.000 & 1.000")
    here, stood = matrices("1.000 & 1.000"), matrices("0.5000 & 1.000")
    assert formulas(sections["Numbers"]) == [
        rf"\mathrm{{replace\ at\ the\ view}}\left({arrived}, {here} \cdot 2.000\right) = {after}",
        rf"{here} \cdot {stood} = {stood}",
    ]
    assert equations(sections["Undoing the broadcast"]) == ["0.5000 + 1.000 = 1.500"]
    (saved, _) = tables(sections["Saved tensors"])
    assert [row[0] for row in saved.rows] == ["other", "self"]


def test_the_sum_that_reverses_a_broadcast_into_a_view_is_in_the_rule_before_and_after_backward() -> None:
    lines = "h = torch.ones(2, 3) * b\nh[1].mul_(W)\nloss = h.sum()\n"
    for more in ("", "loss.backward()\n"):
        other = formulas(explained(last_frame(lines + more), "CopySlices")["Rule"])[2]
        assert other.startswith(r"\sum_{\mathrm{dim}\ 0}\left(\mathrm{grad\_view} \cdot \mathrm{self}\right) = ")


def test_a_view_built_from_strides_puts_its_gradient_at_its_elements() -> None:
    sections = explained(
        last_frame("h = x * W\nv = h[1:]\nv += 1\nloss = v.sum()\nloss.backward()\n"), "AsStridedBackward0"
    )
    assert texts(sections["Rule"]) == [
        FROM_STRIDES,
        "Sent to `h` (argument `self`):",
    ]
    (numbers,) = formulas(sections["Numbers"])
    assert numbers == (
        r"\mathrm{put\ at\ the\ view}\left({\begin{bmatrix} 1.000 & 1.000 \end{bmatrix}}\right) = "
        r"{\begin{bmatrix} 0 & 1.000 & 1.000 \end{bmatrix}}"
    )


#: Writes b² into h[0], and takes the derivative of that.
DERIVED = "h = x * b * b\nh[0] = b * b\n(g,) = torch.autograd.grad((h * h).sum(), b, create_graph=True)\n"


def of_views(frame: Frame, name: str) -> list[Node]:
    """The Nodes of this name that the derivative made."""
    nodes = [node for node in frame.graph.nodes if node.name == name and node.expression is not None]
    return [node for node in nodes if node.expression is not None and "autograd" in node.expression.text]


def test_what_a_backward_itself_writes_into_a_view_is_explained_by_the_rule_of_copy() -> None:
    frame = last_frame(DERIVED + "g.backward()\n")
    (made,) = of_views(frame, "CopySlices")
    sections = {section.heading: section for section in explain_node(frame, made.id)}
    assert "torch keeps the operation's own Node, CopyBackwards, inside" in texts(sections["Rule"])[0]
    # The gradient sent to the copy has a 0 where the gradient of the view was written.
    assert isinstance(arrived := made.received[0], list)
    assert made.sent[0] == [0.0, *arrived[1:]]
    assert formulas(sections["Numbers"])[0].startswith(r"\mathrm{replace\ at\ the\ view}")


def test_the_part_of_a_gradient_that_a_backward_selects_is_put_at_its_place() -> None:
    frame = last_frame(DERIVED + "g.backward()\n")
    (made,) = of_views(frame, "AsStridedBackward0")
    sections = {section.heading: section for section in explain_node(frame, made.id)}
    assert texts(sections["Rule"])[0] == FROM_STRIDES
    assert formulas(sections["Numbers"])[0].startswith(r"\mathrm{put\ at\ the\ view}")


@pytest.mark.parametrize("name", ["CopySlices", "AsStridedBackward0"])
def test_a_node_whose_view_has_unknown_positions_says_that_it_has_no_rule(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.recording.graph.MAKERS", {})
    frame = last_frame(DERIVED + "g.backward()\n")
    (made,) = of_views(frame, name)
    sections = {section.heading: section for section in explain_node(frame, made.id)}
    (said,) = texts(sections["Rule"])
    why = f"torch does not say which elements the view of this {name} covers"
    assert said == f"{why}, so this page has no rule for {name}."
    (table,) = tables(sections["Numbers"])
    assert table.rows[0][0] == "received"


def test_an_operation_without_a_derivative_has_none_in_a_view_either() -> None:
    sections = explained(last_frame("h = x * W\nv = h[:2]\nv //= 2\n"), "CopySlices")
    assert texts(sections["Rule"]) == [WITHOUT_RULE["NotImplemented"]]


def test_a_wrong_rule_is_not_shown_with_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "MulBackward0", rule(self="other + 1", other="self"))
    section = explained(last_frame("loss = b * 3\nloss.backward()\n"), "loss")["Numbers"]
    (said,) = texts(section)
    assert said == "The formula does not give what torch sent: the formula gives 4.000, torch has 3.000."
    assert formulas(section) == []


@pytest.mark.parametrize(
    ("line", "node", "sent"),
    [
        ("y = torch.relu(z)", "ReluBackward0", "[0, inf]"),
        ("y = torch.where(z > 0, z, 2.0)", "WhereBackward0", "[0, inf]"),
        ("y = z.clamp(min=0)", "ClampBackward1", "[0, inf]"),
    ],
)
def test_if_torch_returns_0_for_inf_the_explanation_says_that_torch_does_not_multiply(
    line: str, node: str, sent: str
) -> None:
    lines = f"z = b * torch.tensor([-1.0, 1.0])\n{line}\n(y * torch.full([2], float('inf'))).sum().backward()\n"
    section = explained(last_frame(lines), node)["Numbers"]
    (said,) = texts(section)
    assert said == (
        "The received gradient is not finite, and where the local derivative is 0 torch writes 0 without "
        f"multiplying. torch sent {sent}."
    )


def test_a_product_of_inf_and_0_is_shown_as_nan() -> None:
    lines = "y = b * 0.0\n(y * float('inf')).sum().backward()\n"
    section = explained(last_frame(lines), "y")["Numbers"]
    assert texts(section) == []
    assert any("nan" in one for one in formulas(section))


def test_a_tensor_without_elements_is_explained_too() -> None:
    lines = (
        "e = torch.zeros([0, 3], requires_grad=True)\nh = e * W + b\nloss = (e + h).sum() * 2\nloss.backward()\n"
    )
    for frame in (last_frame(lines), last_frame(lines + "again = e.sum()\nagain.backward()\n")):
        for node in frame.graph.nodes:
            assert explain_node(frame, node.id)
    (said,) = texts(explained(last_frame(lines), "h")["Numbers"])[:1]
    assert said.startswith("A tensor without elements")


def test_a_number_too_large_for_its_dtype_is_inf_as_in_torch() -> None:
    frame = last_frame("h = b * 1e30\nloss = h * 1e30\nloss.backward()\n")
    numbers = explained(frame, "h")["Numbers"]
    assert equations(numbers) == [r"1.00 \cdot 10^{30} \cdot 1.00 \cdot 10^{30} & \to & \infty"]
    assert texts(numbers) == [
        "float32 has inf for numbers above 3.40e38; exact arithmetic gives 1.00e60, torch has inf."
    ]


def test_names_of_the_program_are_text_and_never_latex_commands() -> None:
    frame = last_frame(
        "größe_1 = torch.tensor(2.0, requires_grad=True)\ngrad_left = größe_1 * größe_1\ngrad_left.backward()\n"
    )
    math = explained(frame, "grad_left")["Rule"].to_json()["blocks"]
    assert isinstance(math, list) and isinstance(math[1], dict) and isinstance(math[1]["math"], str)
    words = [one.text for one in ET.fromstring(math[1]["math"]).iter("{http://www.w3.org/1998/Math/MathML}mi")]
    assert words == ["grad", "größe_1", "grad", "größe_1"]


def test_an_id_that_is_not_in_the_graph_is_an_error() -> None:
    frame = last_frame("loss = b * 3\n")
    for number in (-1, 99):
        with pytest.raises(IndexError):
            explain_node(frame, number)


ALL = [text for node, group in CASES.items() if node for text in group]


@pytest.mark.parametrize("expression", [*ALL, *(f"p.clone().{name}()" for name, node in UNARY.items() if node
                                                and name not in ("logsigmoid", "silu", "softsign"))])  # fmt: skip
def test_every_node_of_the_language_is_explained_with_torchs_numbers(expression: str) -> None:
    lines = f"out = {expression}\nout.backward(torch.ones_like(out))\n"
    tape = viz.run(needed_by(lines) + lines)
    assert tape.error is None
    for frame in tape[-2:]:
        for node in frame.graph.nodes:
            sections = explain_node(frame, node.id)
            said = " ".join(text for section in sections for text in texts(section))
            assert "not recorded" not in said and "does not give" not in said and "lacks" not in said, said
            for section in sections:
                blocks = section.to_json()["blocks"]
                assert isinstance(blocks, list) and blocks
                for block in blocks:
                    assert isinstance(block, dict)
                    if isinstance(math := block.get("math"), str):
                        ET.fromstring(math)


#: Together, their derivatives have every Node that a derivative computes.
TWICE = (
    "F.mse_loss(x, w)", "F.huber_loss(x, w)", "F.smooth_l1_loss(x, w)", "F.soft_margin_loss(A, plus)",
    "F.binary_cross_entropy(p, target=p, weight=h)", "F.cross_entropy(A, c)", "F.nll_loss(C, rows)", "norm(A)",
    "conv(C)", "x.softmax(0)", "F.elu(x)", "F.gelu(x)", "F.hardtanh(x, -0.5, 1.0)", "F.leaky_relu(x)", "x.relu()",
    "F.logsigmoid(x)", "x.sigmoid()", "F.softplus(x)", "x.tanh()", "x.abs()", "p ** x", "x % w", "zeros.prod()",
    "x[0]", "x[1:]", "A[:, c]", "A.gather(1, c.unsqueeze(1))", "A.max(dim=1)[0]", "batch(C)", "F.hardswish(A)",
    "F.prelu(A, w)", "F.rrelu(A, training=True)", "F.glu(C)", "F.hardshrink(A)", "F.softshrink(A)",
    "F.max_pool2d(C, 2)", "F.avg_pool2d(C, 2)", "F.adaptive_avg_pool2d(C, 2)", "F.adaptive_max_pool2d(C, 2)",
    "F.interpolate(C[None, None], 2, mode='area')", "F.interpolate(C, 6)", "F.interpolate(C[None], 6)",
    "F.interpolate(C[None, None], 2)", "F.interpolate(C, 6, mode='linear')",
    "F.interpolate(C[None], 6, mode='bilinear')", "nn.ReflectionPad1d(1)(C)", "nn.ReflectionPad2d(1)(C)",
    "F.pad(C[None], (1,) * 6, 'reflect')", "nn.ReplicationPad1d(1)(C)", "nn.ReplicationPad2d(1)(C)",
    "F.pad(C[None], (1,) * 6, 'replicate')",
)  # fmt: skip


def test_every_node_of_a_derivative_is_explained_with_torchs_numbers() -> None:
    explained_: set[str] = set()
    for text, times in [*((text, 1) for text in TWICE), *OFTEN.items()]:
        lines = differentiated(f"out = {text}", times)
        tape = viz.run(f"{needed_by(lines)}{lines}\nout.backward()\n")
        for frame in tape[-2:]:
            for node in frame.graph.nodes:
                if node.name in SECOND_RULES:
                    said = " ".join(one for section in explain_node(frame, node.id) for one in texts(section))
                    assert "not recorded" not in said and "does not give" not in said and "lacks" not in said, said
                    explained_.add(node.name)
    assert explained_ == SECOND_RULES.keys()


def test_the_second_derivative_of_a_loss_is_explained_like_the_first() -> None:
    lines = (
        "y = torch.tensor([1.0, 0.0, 1.0])\nloss = torch.nn.functional.mse_loss(x * W, y)\n"
        "(slope,) = torch.autograd.grad(loss, W, create_graph=True)\nslope.backward()\n"
    )
    sections = explained(last_frame(lines), "MseLossBackwardBackward0")
    # The derivative of 2 (x W - y) / n by x W is 2 / n, for three elements; x arrives.
    assert equations(sections["Numbers"]) == [
        rf"{one} \cdot \dfrac{{2 \cdot 1.000}}{{3}} = {one} \cdot 0.6667 = {left}"
        for one, left in (("1.000", "0.6667"), ("2.000", "1.333"), ("3.000", "2.000"))
    ]


def test_if_nothing_that_it_mentions_changed_the_explanation_is_the_same() -> None:
    for preset in presets():
        tape = record(preset.source)
        tape.record(2)
        frames = tape.iteration(min(1, tape.recorded - 1))[:40]
        alike = [
            (before, after, node.id)
            for before, after in pairwise(frames)
            for node in after.graph.nodes
            if same_explanation(before, after, node.id)
        ]
        assert alike, preset.title
        for before, after, node in alike[:150]:
            assert explain_node(after, node) == explain_node(before, node)


def test_nodes_that_backward_reached_are_explained_again() -> None:
    before, after = viz.run(LINE, 1).iteration(0)[2:4]
    changed = [node for node in range(7) if not same_explanation(before, after, node)]
    assert changed == [node.id for node in after.graph.nodes if node.kind != "data"] != []
