"""Typical lines of a first course run as in plain Python, to the last bit."""

from __future__ import annotations

import pytest
import torch

import viz
from tests.language.compared import same_as_python as blocks_same_as_python
from tests.language.test_same_as_python import same_as_python
from viz.explaining.check import check
from viz.frames.plain import Problem
from viz.language.compiler.parsing import parse
from viz.language.vocabulary.init import INIT
from viz.language.vocabulary.numpy.random import RANDOM
from viz.language.vocabulary.standard.mathematics import MATH

pytestmark = pytest.mark.usefixtures("small_limits")

HEAD = """\
import math
import numpy as np
import torch
from torch import nn, optim
import torch.nn.functional as F
torch.manual_seed(0)
np.random.seed(0)
x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [0.0, 3.0, 1.0], [2.0, 2.0, -2.0]])
t = torch.tensor([2, 0, 1, 0])
a = np.array([[1.0, 2.0], [3.0, 4.0]])
"""

#: Lines, and the number of their statements.
LINES = {
    "a softmax by hand, and its accuracy": """\
W = torch.randn(3, 3, requires_grad=True)
logits = x @ W
p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
loss = -torch.log(p[range(4), t]).mean()
again = -p.gather(1, t.unsqueeze(1)).log().mean()
loss.backward()
accuracy = (p.argmax(dim=1) == t).float().mean()
right = (p.argmax(1) == t).sum().item() / len(t)
""",
    "the largest": """\
values, places = x.max(dim=1)
least = torch.min(x, 0)
where = least.indices
what = least.values
one = torch.max(x, 1)[0]
larger = torch.max(x, torch.zeros(1))
smaller = x.min(other=torch.zeros(3))
any_large = (x > 2).any().item()
all_small = torch.all(x < 4).item()
order = x[0].argsort(descending=True)
same = torch.allclose(x, x + 1e-9)
equal = x.equal(x)
close = torch.isclose(x, x + 1e-3, atol=0.01)
count = torch.numel(x)
""",
    "parts, put together again": """\
halves = x.chunk(2)
both = torch.cat(halves)
left, right = torch.split(x, [1, 2], dim=1)
wide = torch.hstack([left, right])
rows = x.unbind(0)
last = rows[-1]
turned = x.flip(0)
often = x.repeat(1, 2)
flat = x.T.contiguous().cpu().ravel()
squares = torch.bmm(x.unsqueeze(0), x.T.unsqueeze(0))
hidden = x.masked_fill(x < 0, 0.0)
between = torch.lerp(x, x * 2, 0.25)
""",
    "activations": "h = F.relu6(4 * x)\nu = F.selu(x)\nv = F.hardtanh(x, -0.5, 0.5)\nw = nn.Mish()(x)\n",
    "layers, read": """\
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.25), nn.Linear(4, 2))
count = len(net)
first = net[:2](x)
rest = net[2:](first)
last = net[-1].out_features
size = net[0].in_features * net[0].out_features
rate = net[2].p
net.eval()
sure = net(x)
training = net[2].training
""",
    "a row of an embedding that stays": """\
table = nn.Embedding(4, 2, padding_idx=0)
vectors = table(torch.tensor([[1, 0], [3, 1]]))
(vectors ** 2).sum().backward()
kept = F.embedding(torch.tensor([0, 2]), table.weight, padding_idx=2)
kept.sum().backward()
pad = table.padding_idx
""",
    "arrays, put together": """\
b = np.concatenate([a, a], axis=1)
c = np.stack([a[0], a[1]])
d = np.vstack([a, b[:, :2]])
e = np.hstack([a, a]) + np.zeros_like(b)
f = np.ones_like(a, dtype='float32')
g = a.ravel()
h = np.array([1, 2], dtype='float64')
""",
    "random arrays": """\
u = np.random.rand(4)
v = np.random.randn(2, 3)
w = np.random.uniform(-1, 1, size=5)
n = np.random.normal(loc=1.0, scale=0.5, size=(2, 2))
i = np.random.randint(0, 9, 3)
o = np.random.permutation(5)
m = np.random.permutation(a)
c = np.random.choice(5, 2)
q = np.random.random(2)
np.random.shuffle(o)
y = np.random.RandomState(1).rand(2)
z = np.random.default_rng(seed=1).random(2)
r = torch.rand(2)
s = torch.as_tensor(np.random.normal(0, 1, 3)) + r[0]
k = np.random.rand()
""",
    "numbers": """\
b = math.sqrt(2.0) + math.exp(1.0) - math.log(8, 2) * math.pi
c = math.sin(torch.tensor(0.5)) + math.cos(a[0, 1])
d = math.floor(2.5) + math.ceil(-0.5)
e = math.isinf(math.inf)
f = any([False, b > 0])
g = all([True, c > 100])
h = x.dtype == torch.float32
k = x.dtype != torch.int64
l = len(list(zip(range(1000), range(1000))))
""",
    "Adam's update in place": """\
w = torch.tensor([1.0, -2.0], requires_grad=True)
m = torch.zeros(2)
v = torch.zeros(2)
(w ** 2).sum().backward()
m.lerp_(w.grad, 0.1)
v.mul_(0.999).addcmul_(w.grad, w.grad, value=0.001)
step = v.sqrt().add_(1e-8)
moved = w.detach().clone().addcdiv_(m, step, value=-0.1)
roots = v.clone().sqrt_().neg_().abs_().exp_().tanh_()
""",
}


@pytest.mark.parametrize("name", LINES)
def test_lines_of_a_first_course_are_as_in_python(name: str) -> None:
    with torch.random.fork_rng():
        assert same_as_python(HEAD + LINES[name]) == (HEAD + LINES[name]).count("\n")


@pytest.mark.parametrize("name", INIT.members)
def test_a_parameter_gets_its_initial_values_as_in_python(name: str) -> None:
    value = "0.5" if name == "constant_" else ""
    source = f"{HEAD}net = nn.Linear(3, 2)\nnn.init.{name}(net.weight{', ' * bool(value)}{value})\ny = net(x)\n"
    with torch.random.fork_rng():
        assert same_as_python(source) == source.count("\n")


def test_a_handwritten_loop_over_batches_is_as_in_python() -> None:
    source = """\
import torch
from torch import nn, optim
x = torch.linspace(-1, 1, 12).unsqueeze(1)
y = 2 * x + 1
w = torch.tensor([[0.5]], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w, b], lr=0.1)
criterion = nn.MSELoss()
losses = []
for epoch in range(3):
    for rows, wanted in zip(x.split(4), y.split(4)):
        optimizer.zero_grad()
        loss = criterion(rows @ w + b, wanted)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    best = min(losses)
"""
    blocks_same_as_python(source)


def test_every_name_of_the_small_libraries_is_used_here() -> None:
    lines = HEAD + "".join(LINES.values())
    assert [name for name in RANDOM.members if f"np.random.{name}(" not in lines] == []
    assert {"sqrt", "exp", "log", "pi"} <= MATH.members.keys()


@pytest.mark.parametrize(
    "line",
    ["u = np.random.rand(3)", "u = np.random.normal(0, 1, 3)\nv = torch.rand(1)", "np.random.seed(3)",
     "u = np.random.randint(9, 2)"],
)  # fmt: skip
def test_numpys_own_generator_is_not_touched(line: str) -> None:
    import numpy as np

    before = str(np.random.get_state())
    first, second = (viz.run(f"import numpy as np\nimport torch\n{line}\n") for _ in range(2))
    assert str(np.random.get_state()) == before
    assert str(first[-1].variables) == str(second[-1].variables)


def test_every_point_of_a_surface_meets_the_same_random_arrays() -> None:
    source = """\
import numpy as np
import torch
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.5], requires_grad=True)
for iteration in range(3):
    noise = torch.as_tensor(np.random.rand(2))
    loss = (W * noise + b).sum()
    loss.backward()
"""
    rows = viz.surface(viz.parse(source), "W", "b", [0.5, 0.5], [1.0, 1.0])
    assert rows[0][0] == rows[0][1] == rows[1][0] == rows[1][1]


@pytest.mark.parametrize(
    "expression",
    ["A.max(dim=1).values", "A.min(0)[0]", "torch.split(A, 2, dim=1)[1]", "A.unbind()[0]", "A.repeat(2, 2)",
     "A.gather(1, torch.tensor([[0], [2]]))", "torch.max(A, -A)", "torch.lerp(A, -A, 0.25)",
     "A.clone().addcdiv_(A, A + 9.0)"],
)  # fmt: skip
def test_gradients_agree_with_central_differences(expression: str) -> None:
    source = f"""\
import torch
A = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.5]], requires_grad=True)
q = {expression}
loss = (q * q).sum()
loss.backward()
"""
    tape = viz.run(source)
    leaf = next(node.id for node in tape[-1].graph.nodes if node.kind == "leaf")
    assert check(parse(source), tape, tape[-1], leaf).agrees


def problem_of(lines: str) -> Problem:
    try:
        problem = viz.run(HEAD + lines).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None
    return problem


@pytest.mark.parametrize(
    "line",
    [
        "y = torch.ones(3).repeat(1000)",
        "y = torch.ones(3).repeat((10**6, 10**6))",
        "y = torch.hstack([torch.ones(600), torch.ones(600)])",
        "y = torch.ones(1, 100, 1).bmm(torch.ones(1, 1, 100))",
        "y = torch.max(torch.ones(100, 1), torch.ones(100))",
        "y = torch.isclose(torch.ones(100, 1), torch.ones(100))",
        "y = torch.lerp(torch.ones(100, 1), torch.ones(100), 0.5)",
        "y = torch.ones(100, 1).masked_fill(torch.ones(100) > 0, 0.0)",
        "y = torch.ones(100).gather(0, torch.zeros(100, dtype=torch.int64)).repeat(100)",
        "y = np.random.rand(10**6, 10**6)",
        "y = np.random.normal(size=2000)",
        "y = np.random.permutation(10**9)",
        "y = np.concatenate([np.ones(600), np.ones(600)])",
        "y = math.floor(1e300)",
        "y = list(zip([0] * 1000, [0] * 1000, [0] * 1000, [0] * 1000, [0] * 1000))",
        "y = [[0] * 1000] * 6",
    ],
)
def test_a_value_that_would_be_too_large_meets_a_limit(line: str) -> None:
    assert problem_of(line).kind == "Limit"


#: Common code that is not part of the language, and what the sentence suggests instead.
INSTEAD = {
    "import pandas as pd\ny = pd.read_csv('a.csv')": "load a file",
    "y = torch.vstack([x, x])": "torch.stack",
    "y = np.random.rand(1.5)": "made of integers",
    "y = np.random.normal(a)": "takes numbers here",
    "y = np.vstack([x, x])": "a list of arrays",
    "y = math.sqrt(x)": "torch.sqrt",
    "y = math.sqrt('4')": "takes a number",
    "y = torch.split('a b', ' ')": "takes a tensor",
    "nn.init.zeros_([0.5])": "takes a parameter",
    "nn.init.kaiming_uniform_(x, mode=3)": "`mode` is a word",
    "nn.init.normal_(x, x)": "`mean` is a number",
    "y = x.max(dim=1).value": "did you mean `values`",
    "nn.init.xavier(x)": "xavier_normal_",
}


@pytest.mark.parametrize("line", INSTEAD)
def test_a_refusal_says_what_to_write(line: str) -> None:
    assert INSTEAD[line] in problem_of(line).message


def test_a_refusal_describes_a_name_in_words_for_learners() -> None:
    assert "A pair of values and indices" in problem_of("y = x.max(dim=1).sum()").message
