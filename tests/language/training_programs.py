"""Random programs that train in a loop, with all kinds of state that a run carries to its next iteration."""

from __future__ import annotations

import random
from collections.abc import Sequence


def _sections(text: str) -> tuple[tuple[str, str], ...]:
    """Return what each section has above and below its line of two hyphens."""
    halves = [one.partition("--\n") for one in text.split("====\n")]
    return tuple([(above.rstrip(), below.rstrip()) for above, _, below in halves])


HEAD = """\
import random
from collections import Counter, OrderedDict, defaultdict, deque
import copy
import numpy as np
import torch
from torch import nn, optim
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed({seed})
X = torch.randn(12, 2)
Y = X.sum(dim=1, keepdim=True) * 0.5 + 1
criterion = nn.MSELoss()
"""

MODELS = (
    "net = nn.Linear(2, 1)",
    "net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))",
    "net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Dropout(0.3), nn.Linear(3, 1))",
    "net = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Sigmoid(), nn.Linear(3, 1))",
    """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)
        self.calls = 0
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        h = torch.tanh(self.first(x))
        self.calls += 1
        self.mean = 0.9 * self.mean + 0.1 * h.detach().mean(dim=0)
        return self.second(F.dropout(h, 0.2, self.training))

net = Net()""",
    """\
W = nn.Parameter(torch.randn(2, 1))
b = torch.zeros(1, requires_grad=True)

def net(x):
    return x @ W + b""",
)
OPTIMIZERS = (
    "optim.SGD(params, lr=0.05)",
    "optim.SGD(params, lr=0.05, momentum=0.9, nesterov=True)",
    "optim.Adam(params, lr=0.02)",
    "optim.AdamW(params, lr=0.02, amsgrad=True)",
    "optim.RMSprop(params, lr=0.01, momentum=0.5)",
    "optim.Adagrad(params, lr=0.05)",
    "optim.NAdam(params, lr=0.01)",
    "optim.Rprop(params, lr=0.01)",
    "optim.ASGD(params, lr=0.01)",
    "optim.Adadelta(params)",
)
SCHEDULERS = (
    "",
    "optim.lr_scheduler.StepLR(optimizer, 4, gamma=0.7)",
    "optim.lr_scheduler.CosineAnnealingLR(optimizer, 9)",
    "optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.95 ** epoch)",
    "optim.lr_scheduler.ExponentialLR(optimizer, 0.97)",
    "optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)",
    "optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=100, cycle_momentum=False)",
    "optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3)",
)
#: The batch of an iteration: what the set-up has, and what the body begins with.
BATCHES = _sections("""\
--
x, y = X, Y
====
--
chosen = torch.randperm(12)[:5]
x, y = X[chosen], Y[chosen]
====
generator = torch.Generator()
generator.manual_seed(3)
--
chosen = torch.randint(0, 12, (6,), generator=generator)
x, y = X[chosen], Y[chosen]
====
numbers = np.random.RandomState(7)
--
chosen = torch.from_numpy(numbers.permutation(12)[:6])
x, y = X[chosen], Y[chosen]
====
order = np.random.default_rng(5)
--
at = int(order.integers(0, 6))
x, y = X[at:at + 6], Y[at:at + 6]
====
--
at = random.randrange(6)
x, y = X[at:at + 6], Y[at:at + 6]
====
loader = DataLoader(TensorDataset(X, Y), batch_size=6, shuffle=True)
--
x, y = next(iter(loader))
====
batches = deque([(X[:6], Y[:6]), (X[6:], Y[6:]), (X, Y)])
--
x, y = batches[0]
batches.rotate(1)
====
noise = np.random.uniform(size=(12, 2)).astype('float32')
--
noise += 0.01
x, y = X + torch.from_numpy(noise.copy()), Y
""")
#: More state: what the set-up has, and what an iteration does with it once it has its `loss`.
CARRIED = _sections("""\
losses = []
--
losses.append(loss.item())
====
history = {'loss': [], 'best': 1e9}
--
history['loss'].append(round(loss.item(), 3))
history['best'] = min(history['best'], loss.item())
====
best = float('inf')
kept = None
--
if loss.item() < best:
    best = loss.item()
    kept = [one.detach().clone() for one in params]
====
average = torch.zeros(1)
--
average = 0.9 * average + 0.1 * loss.detach()
====
running = torch.zeros(3)
--
running.mul_(0.9).add_(loss.item())
====
tail = deque(maxlen=3)
--
tail.append(step * 0.5)
spread = max(tail) - min(tail)
====
counts = Counter()
--
counts['low' if loss.item() < 1 else 'high'] += 1
====
seen = defaultdict(list)
--
seen[step % 3].append(loss.item())
====
named = OrderedDict()
--
named[f'step {step % 4}'] = float(loss)
if len(named) > 2:
    named.pop(list(named)[0])
====
total = 0.0
steps = 0
--
total += loss.item()
steps += 1
mean = total / steps
====
def counter():
    made = 0
    def count():
        nonlocal made
        made += 1
        return made
    return count

count = counter()
--
number = count()
====
class Early:
    seen = 0
    def __init__(self):
        self.worst = 0.0

    def look(self, value):
        Early.seen += 1
        self.worst = max(self.worst, value)
        return self.worst > 50

early = Early()
--
stop = early.look(loss.item())
====
target = [one.detach().clone() for one in params]
--
for at in range(len(params)):
    target[at].mul_(0.9).add_(params[at].detach() * 0.1)
====
--
previous = loss.detach().clone()
====
--
if step % 5 == 0:
    print(f'{step}: {loss.item():.4f}')
====
--
if step == 7:
    for at in range(len(params)):
        params[at].requires_grad_(params[at].dim() > 1)
====
--
if step == 11:
    optimizer.param_groups[0]['lr'] *= 0.5
====
--
if step == 9:
    extra = torch.randn(2, requires_grad=True)
====
--
if step % 6 == 5:
    with torch.no_grad():
        for at in range(len(params)):
            params[at].mul_(0.99)
====
--
if step == 4:
    params[0].data = params[0].data.clone()
====
--
if step == 13:
    halved = params[0].data
====
--
if step == 8:
    snapshot = loss
====
--
if step == 10:
    shown = losses_of(3)
====
cells = [[0, 1], [2, 3]]
--
cells[step % 2][0] += step
cells = [*cells[1:], cells[0]]
====
left, right = [1.0], [2.0]
--
left, right = right, left
left.append(loss.item())
====
clock = time.time()
--
took = time.time() - clock
====
--
if loss.item() > 100:
    continue
====
--
grads = [one.grad for one in params]
====
kinds = {3}
--
if step == 6:
    kinds = {step, 2}
====
flags = np.zeros(4)
--
flags[step % 4] += 1
====
flags = np.zeros(4)
view = flags[1:]
--
view[step % 3] += 1
====
table = torch.zeros(4, 2)
row = table[1]
--
table[step % 4] += 1
====
--
torch.set_printoptions(precision=2 + step % 3)
print(average_of(loss))
""")
FUNCTIONS = """\
import time

def losses_of(n):
    return [n] * n

def average_of(one):
    return one.detach() / 2
"""


def program(seed: int, iterations: int = 24) -> str:
    """Return the program with this number."""
    draw = random.Random(seed)
    model, optimizer, scheduler = draw.choice(MODELS), draw.choice(OPTIMIZERS), draw.choice(SCHEDULERS)
    before, batch = draw.choice(BATCHES)
    carried = draw.sample(CARRIED, draw.randint(1, 4))
    setup = [HEAD.format(seed=seed) + FUNCTIONS, model, _params(model), f"optimizer = {optimizer}"]
    if scheduler and not (scheduler.startswith("optim.lr_scheduler.One") and "Adadelta" in optimizer):
        setup.append(f"scheduler = {scheduler}")
    body = [batch, draw.choice(ZEROS), draw.choice(LOSSES), draw.choice(BACKWARDS)]
    body += ["optimizer.step()"] if draw.random() < 0.9 else ["if step % 2:\n    optimizer.step()"]
    if len(setup) == 5:
        body.append("scheduler.step(loss)" if "Plateau" in scheduler else "scheduler.step()")
    body += [lines for _, lines in carried]
    setup += [before, *[lines for lines, _ in carried]]
    return f"{_lines(setup)}\nfor step in range({iterations}):\n{_indented(body)}\nlast = loss.item()\n"


def _params(model: str) -> str:
    return "params = [W, b]" if model.startswith("W =") else "params = list(net.parameters())"


#: How an iteration clears the gradients, computes its loss, and differentiates it.
ZEROS = (
    *(["optimizer.zero_grad()"] * 3),
    "optimizer.zero_grad(set_to_none=False)",
    "if step % 3 == 0:\n    optimizer.zero_grad()",
)
LOSSES = (
    "prediction = net(x)\nloss = criterion(prediction, y)",
    "loss = criterion(net(x), y)",
    """\
prediction = net(x)
if step % 2:
    loss = criterion(prediction, y)
else:
    loss = (prediction - y).abs().mean()""",
    """\
for part in range(2):
    prediction = net(x) * (1 - 0.1 * part)
loss = F.mse_loss(prediction, y)
loss = loss + 0.01 * torch.rand(1).item() * sum((one ** 2).sum() for one in params)""",
)
BACKWARDS = (*(["loss.backward()"] * 4), "if loss.requires_grad:\n    loss.backward()")


def _lines(parts: Sequence[str]) -> str:
    return "\n".join([one for one in parts if one])


def _indented(parts: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in _lines(parts).split("\n"))
