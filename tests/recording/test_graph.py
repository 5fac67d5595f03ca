"""The graph of a frame is the one that torch built: its Nodes, edges, values and saved tensors."""

from __future__ import annotations

import pytest
import torch

import viz
from viz.frames.graph import Edge, Graph, Node
from viz.frames.plain import Span
from viz.pytorch.graph import unseen
from viz.recording.data_slots import data_slots
from viz.recording.graph import GraphBuilder
from viz.recording.reading.values import Values

HEAD = """\
import torch
from torch import nn
import torch.nn.functional as F
x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([1.0, 0.0, 1.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.25], requires_grad=True)
criterion = nn.MSELoss()
"""


def graph_of(lines: str) -> Graph:
    """The last frame's graph of a program without a loop."""
    tape = viz.run(HEAD + lines)
    assert tape.error is None, tape.error
    return tape[-1].graph


def node_called(graph: Graph, name: str) -> Node:
    """The only Node with this name, or with this variable for data and leaves."""
    (found,) = [node for node in graph.nodes if (node.variable if node.kind != "operation" else node.name) == name]
    return found


#: A Node: its name and, for each entry of `next_functions`, the name of that Node and the output's number.
Shape = tuple[str, tuple[tuple[str, int] | None, ...]]


def as_torch_has_it(root: torch.Tensor) -> list[Shape]:
    """Every Node below `root` with the names and output numbers in its `next_functions`, from the leaves up."""
    found: dict[object, Shape] = {}

    def visit(function: torch.autograd.graph.Node) -> None:
        for following, _ in function.next_functions:
            if following is not None:
                visit(following)
        entries = [(type(one).__name__, nr) if one is not None else None for one, nr in function.next_functions]
        found.setdefault(function, (type(function).__name__, tuple(entries)))

    assert root.grad_fn is not None
    visit(root.grad_fn)
    return list(found.values())


def as_drawn(graph: Graph) -> list[Shape]:
    """The Nodes of a recorded graph in the same form."""
    drawn: list[Shape] = []
    for node in graph.nodes:
        if node.kind == "data":
            continue
        edges = [edge for edge in graph.edges if edge.node == node.id]
        slots: dict[int, tuple[str, int] | None] = {edge.slot: None for edge in edges}
        slots |= {edge.slot: (graph.nodes[edge.input].name, edge.input_nr) for edge in edges if edge.gradient}
        drawn.append((node.name, tuple(slots[slot] for slot in sorted(slots))))
    return drawn


def test_the_linear_model_has_the_nodes_that_torch_has() -> None:
    graph = graph_of("y_hat = W * x + b\nloss = criterion(y_hat, y)")
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, 1.0])
    w, b = torch.tensor([0.5], requires_grad=True), torch.tensor([0.25], requires_grad=True)
    assert as_drawn(graph) == as_torch_has_it(torch.nn.MSELoss()(w * x + b, y))
    assert [(node.kind, node.variable) for node in graph.nodes] == [
        ("leaf", "W"),
        ("data", "x"),
        ("operation", None),
        ("leaf", "b"),
        ("operation", "y_hat"),
        ("data", "y"),
        ("operation", "loss"),
    ]
    assert [node.id for node in graph.nodes] == list(range(7))


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    "expression",
    [
        "W * x",
        "x * W",
        "W * W",
        "W - x",
        "1 - W",
        "1 / W",
        "W / x",
        "W ** 2",
        "2 ** W",
        "x @ (W * x)",
        "-W",
        "torch.exp(W * x).sum()",
        "(W * x).std()",
        "torch.where(x > 1, W * x, x)",
        "torch.stack([x, W * x])",
        "torch.outer(W * x, x)",
        "torch.maximum(x, W)",
        "F.mse_loss((W * x).reshape(3, 1), y)",
        "F.huber_loss(W * x, y)",
        "F.binary_cross_entropy_with_logits(W * x, y)",
        "F.softplus(W * x).mean()",
        "(W * x).reshape(3, 1).T @ x.reshape(3, 1)",
        "(W * x).double().sum()",
    ],
)
def test_an_operation_has_the_nodes_and_edges_that_torch_has(expression: str) -> None:
    names = {"torch": torch, "F": torch.nn.functional, "x": torch.tensor([1.0, 2.0, 3.0])}
    names |= {"W": torch.tensor([0.5], requires_grad=True), "y": torch.tensor([1.0, 0.0, 1.0])}
    expected = as_torch_has_it(eval(expression, names))
    drawn = as_drawn(graph_of(f"z = {expression}"))
    assert [name for name, _ in drawn] == [name for name, _ in expected]
    for (_, mine), (_, theirs) in zip(drawn, expected, strict=True):
        # A number also takes an entry of next_functions but is not drawn.
        assert [one for one in mine if one] == [one for one in theirs if one]


def test_parallel_edges_stay_parallel() -> None:
    graph = graph_of("z = W * W")
    assert graph.edges == (Edge(1, 0, 0), Edge(1, 0, 1))


def test_data_match_the_empty_entries_of_next_functions() -> None:
    assert Edge(2, 1, 1, gradient=False) in graph_of("z = W * x").edges
    assert Edge(2, 1, 0, gradient=False) in graph_of("z = x * W").edges
    graph = graph_of("z = criterion(W * x, y)")
    loss, target = node_called(graph, "MseLossBackward0"), node_called(graph, "y")
    assert Edge(loss.id, target.id, 1, gradient=False) in graph.edges


@pytest.mark.parametrize(
    ("expression", "slots"),
    [
        ("torch.where(x > 1, W, x)", {"x > 1": 2, "x": 1}),
        ("torch.where(x > 1, x, W)", {"x > 1": 2, "x": 0}),
        ("torch.where(x > 1, W, 0.0)", {"x > 1": 2}),
        ("torch.stack([x, W * x, y])", {"x": 0, "y": 2}),
        ("torch.outer(x, W * x)", {"x": 0}),
    ],
)
def test_data_have_the_slot_of_their_entry_or_one_after_the_entries(
    expression: str, slots: dict[str, int]
) -> None:
    graph = graph_of(f"z = {expression}")
    root = next(node for node in graph.nodes if node.variable == "z")
    data = [(graph.nodes[edge.input], edge) for edge in graph.edges if edge.node == root.id and not edge.gradient]
    assert {node.variable or (node.expression and node.expression.text): edge.slot for node, edge in data} == slots


def test_the_data_of_a_linear_layer_are_where_torch_put_them() -> None:
    """`linear` makes several Nodes, and its first argument is the second entry of the last of them."""
    x, weight, bias = torch.ones(2, 3), torch.ones(1, 3, requires_grad=True), torch.ones(1, requires_grad=True)
    result = torch.nn.functional.linear(x, weight, bias)
    assert result.grad_fn is not None
    fresh = unseen(result.grad_fn, ())
    assert data_slots(fresh, [x, weight, bias]) == {result.grad_fn: [(1, x)]}


@pytest.mark.parametrize(
    ("name", "kind", "saved"), [("x", "Addmm", "mat1"), ("h", "Addmm", "mat1"), ("c", "Mul", "other")]
)
def test_the_input_and_the_states_of_a_cell_lead_to_the_nodes_that_use_them(
    name: str, kind: str, saved: str
) -> None:
    values = {one: torch.rand(1, 2).tolist() for one in ("x", "h", "c")}
    states = "\n".join(f"{one} = torch.tensor({value})" for one, value in values.items())
    frame = viz.run(f"import torch\nfrom torch import nn\n{states}\nh2, c2 = nn.LSTMCell(2, 2)(x, (h, c))")[-1]
    nodes = frame.graph.nodes
    (user,) = [nodes[edge.node] for edge in frame.graph.edges if nodes[edge.input].variable == name]
    assert user.name == f"{kind}Backward0"
    assert next(one.value for one in user.saved if one.name == saved) == frame.variables[name].value


def test_both_results_of_a_cell_show_their_numbers_although_one_is_made_of_the_other() -> None:
    frame = viz.run("import torch\nfrom torch import nn\nh, c = nn.LSTMCell(1, 2)(torch.ones(1, 1))")[-1]
    for name in ("h", "c"):
        number = frame.variables[name].node
        assert number is not None
        assert frame.graph.nodes[number].value == frame.variables[name].value


def test_the_bytes_that_a_kernel_keeps_for_itself_are_not_shown() -> None:
    lines = "import torch\nout, _ = torch.nn.LSTM(1, 2)(torch.ones(3, 1))"
    kernels = [one for one in viz.run(lines)[-1].graph.nodes if one.name == "MkldnnRnnLayerBackward0"]
    (saved,) = [{each.name for each in one.saved} for one in kernels]
    assert "result0" in saved and "result3" not in saved


def test_an_operation_with_several_outputs_says_which_one_was_used() -> None:
    values = Values()
    builder = GraphBuilder(values, lambda tensor: None)
    first, second = torch.ones(2, requires_grad=True).unbind()
    span = Span("first * 2 + second", 1, 0, 1, 18)
    product = first * 2
    builder.add(product, span, [first])
    builder.add(product + second, span, [product, second])
    unbind = next(node.id for node in builder.graph().nodes if node.name == "UnbindBackward0")
    assert [edge.input_nr for edge in builder.graph().edges if edge.input == unbind] == [0, 1]
    with builder.hooked() as visits:
        torch.autograd.backward(product + second)
    assert visits[unbind][0] == (2.0, 1.0)


def test_a_tensor_goes_by_its_first_name() -> None:
    graph = graph_of("V = W\nu = x\nz = V * u")
    assert [node.variable for node in graph.nodes] == ["W", "x", "z"]
    saved = {one.name: one.variable for one in graph.nodes[2].saved}
    assert saved["other"] == "x"


def test_a_tensor_goes_by_another_name_when_the_first_is_rebound() -> None:
    graph = graph_of("V = W\nW = 3\nz = V * x")
    assert graph.nodes[0].variable == "V"


def test_data_without_a_name_have_the_expression_that_made_them() -> None:
    (data,) = [node for node in graph_of("z = W * (x - 1)").nodes if node.kind == "data"]
    assert data.variable is None and data.value == [0.0, 1.0, 2.0]
    assert data.expression is not None and data.expression.text == "x - 1"


def test_data_changed_in_place_are_drawn_as_they_were_at_each_use() -> None:
    data = [node for node in graph_of("u = W * x\nx += 1\nv = W * x").nodes if node.kind == "data"]
    assert [node.value for node in data] == [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]


def test_a_detached_tensor_is_data_and_cuts_the_graph() -> None:
    graph = graph_of("u = W * x\nd = u.detach()\nz = W * d")
    detached = node_called(graph, "d")
    assert detached.kind == "data"
    product = next(node for node in graph.nodes if node.variable == "z")
    assert {edge.input for edge in graph.edges if edge.node == product.id} == {0, detached.id}


def test_one_call_that_makes_several_nodes_shows_its_value_on_the_last() -> None:
    graph = graph_of("z = 1 / W")
    inner, outer = node_called(graph, "ReciprocalBackward0"), node_called(graph, "MulBackward0")
    assert inner.value is None and outer.value == [2.0]
    assert inner.expression == outer.expression
    assert outer.expression is not None and outer.expression.text == "1 / W"


def test_an_expression_has_its_position() -> None:
    expression = node_called(graph_of("z = torch.exp(\n    W * x\n)"), "ExpBackward0").expression
    assert expression is not None
    assert (expression.line, expression.column, expression.end_line, expression.end_column) == (9, 4, 11, 1)
    assert expression.text == "torch.exp(\n    W * x\n)"


def test_saved_tensors_are_torchs_and_have_the_names_that_hold_them() -> None:
    saved = {one.name: one for one in node_called(graph_of("z = W * x"), "MulBackward0").saved}
    assert saved["self"].value is None  # x needs no gradient, so W need not be saved
    assert (saved["other"].value, saved["other"].shape, saved["other"].variable) == ([1.0, 2.0, 3.0], (3,), "x")
    saved = {one.name: one for one in node_called(graph_of("z = (W * x).sum(dim=-1)"), "SumBackward1").saved}
    assert saved["dim"].value == [-1]
    assert saved["keepdim"].value is False
    saved = {one.name: one for one in node_called(graph_of("z = torch.tanh(W)"), "TanhBackward0").saved}
    assert saved["result"].value == torch.tanh(torch.tensor([0.5])).tolist()


def test_in_place_operations_make_the_nodes_that_torch_makes() -> None:
    graph = graph_of("z = W * x\nz += 1\nz.mul_(2)")
    assert [node.name for node in graph.nodes if node.kind == "operation"] == [
        "MulBackward0",
        "AddBackward0",
        "MulBackward0",
    ]
    assert [node.value for node in graph.nodes if node.kind == "operation"] == [
        [0.5, 1.0, 1.5],
        [1.5, 2.0, 2.5],
        [3.0, 4.0, 5.0],
    ]


def test_an_in_place_operation_on_a_view_makes_copy_slices() -> None:
    tape = viz.run(HEAD + "u = (W * x).reshape(3, 1)\nv = u.T\nv.mul_(2)\nz = u.sum()\nz.backward()")
    assert tape.error is None
    assert "CopySlices" in [node.name for node in tape[-1].graph.nodes]
    assert tape[-1].variables["W"].grad == [12.0]


def test_an_operation_that_torch_does_not_record_adds_no_node() -> None:
    assert graph_of("z = x * 2\nu = z > 1\nv = W.detach() * 3\nn = W.item()").nodes == ()


def test_a_tensor_that_comes_back_unchanged_adds_no_node() -> None:
    assert graph_of("z = W.float()").nodes == ()


def test_each_iteration_builds_a_graph_of_its_own() -> None:
    tape = viz.run(HEAD + "for i in range(3):\n    u = W * x\n    z = u.sum()")
    counts = [[len(frame.graph.nodes) for frame in tape.iteration(number)] for number in range(3)]
    assert counts == [[3, 4]] * 3
    first = tape.iteration(1)[0]
    assert first.variables["u"].node == 2
    assert first.variables["z"].node is None  # its graph was the last iteration's


def test_nodes_built_in_the_set_up_are_known_when_the_loop_uses_them() -> None:
    tape = viz.run(HEAD + "u = W * x\nfor i in range(2):\n    z = u.sum()\n    z.backward(retain_graph=True)")
    graph = tape.iteration(1)[-1].graph
    product = next(node for node in graph.nodes if node.name == "MulBackward0")
    assert product.expression is not None and product.expression.text == "W * x"
    assert (product.variable, product.value) == ("u", [0.5, 1.0, 1.5])
    (data,) = [edge for edge in graph.edges if not edge.gradient]
    assert data.node == product.id and graph.nodes[data.input].variable == "x"


def test_nodes_built_in_the_last_iteration_are_known_when_this_one_uses_them() -> None:
    tape = viz.run(HEAD + "h = W\nfor i in range(3):\n    h = h * b\nh.backward()")
    expressions = [node.expression.text for node in tape[-1].graph.nodes if node.expression is not None]
    assert expressions == ["h * b"] * 3
    assert [node.value for node in tape[-1].graph.nodes if node.kind == "operation"] == [
        [0.125],
        [0.03125],
        [0.0078125],
    ]


def test_a_variable_points_to_its_node() -> None:
    frame = viz.run(HEAD + "u = W * x\nv = u")[-1]
    assert frame.graph.nodes[frame.variables["u"].node or 0].name == "MulBackward0"
    assert frame.variables["v"].node == frame.variables["u"].node
    assert frame.graph.nodes[frame.variables["u"].node or 0].variable == "u"
    assert frame.variables["x"].node == 1
    assert frame.variables["y"].node is None
