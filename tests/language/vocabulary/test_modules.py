"""Modules and losses in programs: the numbers are Python's, parameters have names, sizes are checked first."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import viz
from tests.language.test_same_as_python import same_as_python
from viz.entry import Entry
from viz.explaining.check import check
from viz.frames.events import Cleared, Stepped
from viz.language.compiler.parsing import parse
from viz.losses import LOSSES
from viz.writing.ledger import parameters

pytestmark = pytest.mark.usefixtures("small_limits")

#: The loop of the PyTorch documentation.
DOCUMENTED = """\
import torch
from torch import nn, optim
import torch.nn.functional as F

torch.manual_seed(0)
input = torch.tensor([[0.5, 1.0], [-1.0, 0.25], [2.0, -0.75], [0.0, 1.5]])
target = {target}
net = {net}
criterion = {loss}
optimizer = optim.SGD(net.parameters(), lr=0.1)

for step in range(10):
    optimizer.zero_grad()
    output = net(input)
    loss = criterion({given}){after}
    loss.backward()
    optimizer.step()
"""
CLASSIFIER = "nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3))"
TARGETS = {
    "numbers": "torch.tensor([[1.0, 0.0, 0.5], [0.0, 2.0, 1.0], [0.5, 0.5, 0.0], [3.0, 1.0, 1.0]])",
    "probabilities": "torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.25, 1.0], [0.5, 0.5, 0.0], [0.75, 1.0, 1.0]])",
    "signs": "torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])",
    "classes": "torch.tensor([0, 2, 1, 2])",
    "labels": "torch.tensor([[0, 1, -1], [2, -1, 0], [1, -1, -1], [0, 2, -1]])",
}
LEARNING = DOCUMENTED.format(
    target=TARGETS["classes"], net=CLASSIFIER, loss="nn.CrossEntropyLoss()", given="output, target", after=""
)


class Memory(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not type its own mode
    """Records the size of the largest tensor that torch makes within the context, in bytes."""

    most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the operation and measure its result."""
        made = func(*args, **(kwargs or {}))
        for one in made if isinstance(made, (list, tuple)) else (made,):
            if isinstance(one, torch.Tensor) and not one.is_meta:
                self.most = max(self.most, one.untyped_storage().nbytes())
        return made


HEAD = "import torch\nfrom torch import nn, optim\nimport torch.nn.functional as F\n"


def learning(entry: Entry, loss: str, after: str = "") -> str:
    """The loop with another loss, and the targets that it takes."""
    last = {"BCELoss": ", nn.Sigmoid()", "NLLLoss": ", nn.LogSoftmax(1)", "KLDivLoss": ", nn.LogSoftmax(1)"}
    net = CLASSIFIER[:-1] + last.get(entry.name, "") + ")"
    given = "output, target" if len(entry.inputs) == 2 else "output, target, torch.ones(4, 3)"
    return DOCUMENTED.format(target=TARGETS[entry.targets], net=net, loss=loss, given=given, after=after)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("entry", LOSSES, ids=lambda entry: entry.name)
def test_a_network_learns_with_every_loss_as_in_python(entry: Entry, reduction: str) -> None:
    after = ".mean()" if reduction == "none" else ""
    assert same_as_python(learning(entry, f"nn.{entry.name}(reduction='{reduction}')", after)) == 59


@pytest.mark.parametrize("entry", LOSSES, ids=lambda entry: entry.name)
def test_a_network_learns_with_the_function_of_every_loss(entry: Entry) -> None:
    assert same_as_python(learning(entry, f"F.{entry.function}")) == 59


@pytest.mark.parametrize(
    "loss",
    [
        "nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]), label_smoothing=0.1, ignore_index=1)",
        "nn.CrossEntropyLoss(torch.tensor([0.5, 1.0, 2.0]))",
        "nn.NLLLoss(ignore_index=2)",
        "nn.MultiMarginLoss(p=2, margin=0.5)",
    ],
)
def test_the_arguments_of_a_classification_loss_are_as_in_python(loss: str) -> None:
    assert same_as_python(LEARNING.replace("nn.CrossEntropyLoss()", loss)) == 59


#: Lines for programs of their own.
LINES = [
    "fc = nn.Linear(2, 3)\ny = fc(x)\nloss = y.sum()\nloss.backward()\nw = fc.weight\ng = fc.bias.grad",
    "fc = nn.Linear(2, 3, bias=False, dtype=torch.float64)\ny = fc(x.double())",
    "a = nn.Bilinear(2, 2, 3)\ny = a(x, x * 2)\nz = a(input1=x[0], input2=x[1])",
    "e = nn.Embedding(5, 3)\ny = e(torch.tensor([0, 4, 4]))\nloss = y.sum()\nloss.backward()",
    "e = nn.Embedding(5, 3)\ny = e(torch.tensor([[0, 1], [1, 2]]))\nw = e.weight",
    "n = nn.LayerNorm(2)\ny = n(x)\nm = nn.LayerNorm((3, 2), eps=0.1, elementwise_affine=False)\nz = m(x)",
    "d = nn.Dropout(0.5)\ny = d(x)\nd.eval()\nz = d(x)\nd.train()\nu = d(x)\nt = d.training",
    "c = nn.Conv1d(1, 2, 2, stride=1, padding=1)\ny = c(x.reshape(3, 1, 2))\nloss = y.sum()\nloss.backward()",
    "p = nn.Parameter(torch.ones(2))\ny = x * p + p * 2 - p\nloss = y.sum()\nloss.backward()\nq = p.grad",
    "net = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.25), nn.ReLU())\ny = net(x)\nz = net(input=x)",
    "net = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 1))\ny = net(x)\nh = net[0](x)",
    "fc = nn.Linear(2, 2)\nnet = nn.Sequential(fc, nn.Tanh(), fc)\ny = net(x)\nloss = y.sum()\nloss.backward()",
    "fc = nn.Linear(2, 2)\ny = fc(x).sum()\ny.backward()\nfc.zero_grad()\nfc.requires_grad_(False)\nz = fc(x)",
    "fc = nn.Linear(2, 2)\nfc = nn.Linear(2, 1)\ny = fc(x)\nfc = 3",
    "a = F.linear(x, x, torch.ones(3))\nb = F.dropout(x, 0.25)\nc = F.layer_norm(x, (2,))\nd = F.one_hot(k)",
    "e = F.embedding(k, x)\nf = F.conv1d(x, torch.ones(3, 3, 1))\ng = F.bilinear(x, x, torch.ones(1, 2, 2))",
    *(f"a = nn.{name}()\ny = a(x)" for name in ("ReLU", "Sigmoid", "Tanh", "SiLU", "Softsign", "Identity")),
    "a = nn.Softplus(2.0)\ny = a(x)\nb = nn.GELU()\nz = b(x)",
    "c = nn.ELU(0.5)\nu = c(x)\nd = nn.LeakyReLU()\nv = d(x)",
    "a = nn.Softmax(dim=1)\ny = a(x)\nb = nn.LogSoftmax(0)\nz = b(x)\nc = nn.Flatten()\nu = c(x.reshape(3, 2, 1))",
]


@pytest.mark.parametrize("lines", LINES)
def test_modules_and_their_functions_are_as_in_python(lines: str) -> None:
    x = "x = torch.tensor([[1.0, 2.0], [-0.5, 0.25], [0.0, -3.0]])"
    assert same_as_python(f"{HEAD}torch.manual_seed(5)\n{x}\nk = torch.tensor([2, 0])\n{lines}") > 6


def test_the_parameters_of_a_network_are_variables_under_the_programs_names_for_them() -> None:
    tape = viz.run(LEARNING, 2)
    frame = tape.iteration(1)[-1]
    names = ["net[0].weight", "net[0].bias", "net[2].weight", "net[2].bias"]
    assert [name for name in frame.variables if name.startswith("net")] == ["net", *names]
    assert parameters(frame) == names
    assert frame.variables["net"].text.startswith(
        "Sequential(Linear(in_features=2, out_features=8, bias=True), Tanh"
    )
    assert {node.variable for node in frame.graph.nodes if node.kind == "leaf"} == set(names)
    assert isinstance(frame.event, Stepped)
    assert [update.name for update in frame.event.updates] == names
    for update in frame.event.updates:
        held = frame.variables[update.name]
        assert (held.value, held.grad) == (update.after, update.grad)
        assert held.node is not None
        assert frame.graph.nodes[held.node].variable == update.name


def test_each_layer_has_its_value_and_its_place_in_the_network_as_its_text() -> None:
    frame = viz.run(LEARNING, 1).iteration(0)[1]
    made = [(node.name, node.expression.text) for node in frame.graph.nodes if node.expression and node.value]
    assert made == [
        ("AddmmBackward0", "net[0]"),
        ("TanhBackward0", "net[1]"),
        ("AddmmBackward0", "net[2]"),
    ]
    held = {name: torch.tensor(one.value) for name, one in frame.variables.items() if one.kind == "tensor"}
    hidden = torch.nn.functional.linear(held["input"], held["net[0].weight"], held["net[0].bias"])
    values = [torch.tensor(node.value) for node in frame.graph.nodes if node.kind == "operation" and node.value]
    assert [one.equal(other) for one, other in zip(values, [hidden, hidden.tanh()], strict=False)] == [True, True]
    data = [edge for edge in frame.graph.edges if not edge.gradient]
    assert [frame.graph.nodes[edge.input].variable for edge in data] == ["input"]


def test_a_program_can_iterate_over_the_parameters_of_a_network() -> None:
    source = f"{LEARNING}n = 0\nfor p in net.parameters():\n    n = n + p.numel()\n"
    frame = viz.run(source)[-1]
    assert frame.variables["n"].value == 2 * 8 + 8 + 8 * 3 + 3


def test_a_loss_shows_its_weights_by_their_name() -> None:
    tape = viz.run(
        f"{HEAD}w = torch.tensor([1.0, 2.0])\ncriterion = nn.NLLLoss(weight=w)\nother = nn.BCELoss(w * 2)\n"
    )
    assert tape[-1].variables["criterion"].text == "NLLLoss(weight=w, reduction='mean', ignore_index=-100)"
    assert tape[-1].variables["other"].text == "BCELoss(weight=a tensor of shape [2], reduction='mean')"


def test_dropout_drops_the_same_elements_in_the_check() -> None:
    net = "nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 3))"
    source = LEARNING.replace(CLASSIFIER, net)
    tape = viz.run(source, 2)
    frame = tape.iteration(1)[3]
    drop = next(one for one in frame.graph.nodes if one.name == "MulBackward0")
    weight = next(one for one in frame.graph.nodes if one.variable == "net[0].weight")
    assert check(parse(source), tape, frame, drop.id).agrees
    assert check(parse(source), tape, frame, weight.id).agrees


def test_a_module_clears_the_gradients_of_its_parameters() -> None:
    tape = viz.run(
        f"{HEAD}fc = nn.Linear(1, 1)\nloss = fc(torch.ones(1)).sum()\nloss.backward()\nfc.zero_grad()\n"
    )
    event = tape[-1].event
    assert isinstance(event, Cleared)
    assert event.grads == {"fc.weight": ([[1.0]], None), "fc.bias": ([1.0], None)}


def test_a_parameter_has_one_name_and_loses_it_with_its_module() -> None:
    source = f"{HEAD}fc = nn.Linear(1, 1)\nnet = nn.Sequential(fc, nn.ReLU())\nfc = 2\nnet = 3\n"
    names = [[name for name in frame.variables if "." in name] for frame in viz.run(source)]
    assert names[3:] == [["fc.weight", "fc.bias"], ["fc.weight", "fc.bias"], [], []]


def test_a_line_that_uses_a_module_and_binds_its_name_again_leaves_no_parameters_behind() -> None:
    source = "import torch\nfrom torch import nn\nnet = nn.Linear(2, 1)\nnet = net(torch.ones(2)).sum()\n"
    frame = viz.run(source)[-1]
    assert set(frame.variables) == {"torch", "nn", "net"}
    leaves = [node for node in frame.graph.nodes if node.kind == "leaf"]
    assert len(leaves) == 2


@pytest.mark.parametrize("name", ["net[0].weight", "net[2].bias", "output"])
def test_the_gradients_of_a_network_agree_with_central_differences(name: str) -> None:
    tape = viz.run(LEARNING, 2)
    frame = tape.iteration(1)[3]
    node = next(one.id for one in frame.graph.nodes if one.variable == name)
    assert check(parse(LEARNING), tape, frame, node).agrees


def test_the_gradient_of_a_hidden_layer_agrees_with_central_differences() -> None:
    tape = viz.run(LEARNING, 2)
    frame = tape.iteration(1)[3]
    tanh = next(one for one in frame.graph.nodes if one.name == "TanhBackward0")
    assert check(parse(LEARNING), tape, frame, tanh.id).agrees


@pytest.mark.parametrize(
    "lines",
    [
        "net = nn.Linear(10**9, 1)",
        "net = nn.Linear(100, 100)",
        "net = nn.Bilinear(20, 20, 20)",
        "net = nn.Embedding(10**6, 10**6)",
        "net = nn.LayerNorm((100, 100))",
        "net = nn.Conv1d(100, 100, 100)",
        "net = nn.Conv1d(1, 1, 1, padding=10**9)",
        "net = nn.Linear(1, 900)\ny = net(torch.ones(900, 1))",
        "net = nn.Sequential(nn.Linear(1, 900), nn.ReLU())\ny = net(torch.ones(900, 1))",
        "net = nn.Embedding(2, 400)\ny = net(torch.zeros(900, dtype=torch.int64))",
        "net = nn.Bilinear(1, 1, 900)\ny = net(torch.ones(900, 1), torch.ones(900, 1))",
        "net = nn.Conv1d(1, 1, 1, padding=999)\ny = net(torch.ones(1, 1))",
        "y = F.conv1d(torch.ones(1, 1), torch.ones(1, 1, 1), padding=10**9)",
        "y = F.conv1d(torch.ones(1, 1), torch.ones(1, 1, 1), padding=999)",
        "y = F.one_hot(torch.tensor([10**9]))",
        "y = F.one_hot(torch.tensor([1, 2]), 10**9)",
        "y = F.linear(torch.ones(900, 1), torch.ones(900, 1))",
        "y = F.embedding(torch.zeros(900, dtype=torch.int64), torch.ones(2, 400))",
        "y = F.binary_cross_entropy(torch.ones(900, 1), torch.ones(900, 1), weight=torch.ones(900))",
        "loss = nn.BCELoss(weight=torch.ones(900))\ny = loss(torch.ones(900, 1), torch.ones(900, 1))",
        "y = F.gaussian_nll_loss(torch.ones(900, 1), torch.ones(1, 900), torch.ones(900, 1))",
        "y = F.kl_div(torch.ones(900, 1), torch.ones(1, 900))",
        "s = nn.ReLU()\nfor i in range(100):\n    s = nn.Sequential(s, s)",
        "s = nn.ReLU()\nfor i in range(100):\n    s = nn.Sequential(s)",
    ],
)
def test_a_value_that_is_too_large_is_refused_before_it_is_made(lines: str) -> None:
    with Memory() as memory:  # type: ignore[no-untyped-call]  # torch does not type its own mode
        tape = viz.run(f"{HEAD}{lines}")
    assert tape.error is not None
    assert tape.error.kind == "Limit", tape.error
    assert memory.most <= 1000 * 8


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("y = nn.Linear(3, 1)(torch.ones(2))", "mat1 and mat2|size mismatch|shapes cannot"),
        ("y = F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 5]))", "Target 5 is out of bounds"),
        ("y = F.cross_entropy(torch.ones(2, 3), torch.tensor([0]))", "batch_size|batch size"),
        ("y = nn.Embedding(2, 2)(torch.tensor([2]))", "index out of range"),
        ("y = F.nll_loss(torch.ones(2, 3), torch.ones(2))", "expected target dtype to be Long"),
        ("y = F.one_hot(torch.tensor([float('nan')]))", "only applicable to index tensor"),
        ("y = F.one_hot(torch.tensor([1.5]), 10**9)", "only applicable to index tensor"),
        ("y = nn.Sequential(3)", "int is not a Module subclass"),
        ("y = nn.Sequential(nn.ReLU(), nn.MSELoss())(torch.ones(1))", "missing 1 required .*'target'"),
        ("y = nn.Sequential(nn.ReLU(), None)", "`nn.Sequential` takes layers, but this is None"),
        ("[1].append()", r"^list\.append\(\) takes exactly one argument \(0 given\)$"),
        ("y = nn.Parameter(3)", "takes a tensor"),
        ("y = nn.Linear('a', 2)", "str|int"),
        ("y = nn.Sequential(nn.ReLU())[2]", "index 2 is out of range"),
        ("y = nn.Sequential(nn.ReLU())['0']", "read by its number"),
    ],
)
def test_errors_are_reported_in_torchs_words(line: str, words: str) -> None:
    error = viz.run(f"{HEAD}{line}\n").error
    assert error is not None
    assert re.search(words, error.message), error


@pytest.mark.parametrize(
    "line",
    [
        "y = nn.Linear(1, 1, device='meta')",
        "y = nn.Embedding(2, 2, sparse=True)",
        "y = nn.Linear(1, 1)._parameters",
        "y = nn.Module()",
        "y = nn.Linear(1, 1).share_memory()",
    ],
)
def test_members_of_modules_that_the_language_lacks_are_refused(line: str) -> None:
    try:
        error = viz.run(f"{HEAD}{line}\n").error
    except viz.Refused as refused:
        error = refused.problem
    assert error is not None
    assert error.kind == "Refused"
