"""Programs with datasets, modules of modules, hooks and modes, which run in Python and in the language alike."""

from __future__ import annotations

from tests.language.block_programs import HEAD

__all__ = ["HEAD", "PROGRAMS"]

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "batches of tensors": """\
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(3)
data = TensorDataset(M, M.sum(dim=1, keepdim=True))
loader = DataLoader(data, batch_size=2, shuffle=True)
net = nn.Linear(2, 1)
optimizer = optim.SGD(net.parameters(), lr=0.01)
print(len(data), len(loader), data[0], data[1:])
batches = iter(loader)
for step in range(2):
    inputs, targets = next(batches)
    optimizer.zero_grad()
    loss = F.mse_loss(net(inputs), targets)
    loss.backward()
    optimizer.step()
    print(inputs, loss.item())
""",
    "an order that each use of a loader draws once": """\
from torch.utils.data import DataLoader
torch.manual_seed(8)
loader = DataLoader(range(9), batch_size=4, shuffle=True)
print(list(loader), tuple(loader), len(loader))
first, *others = loader
print(first, [int(one.sum()) for one in loader], max(int(one[0]) for one in loader))
print(dict(enumerate(loader)), list(zip(loader, loader)), torch.rand(1))
""",
    "a dataset of one's own, divided at random": """\
from torch.utils.data import Dataset, DataLoader, Subset, random_split
torch.manual_seed(4)
class Squares(Dataset):
    def __init__(self, n):
        self.numbers = torch.arange(float(n))
        self.asked = 0

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        self.asked += 1
        number = self.numbers[index]
        return number, {"square": number ** 2, "index": index}

data = Squares(7)
train, rest = random_split(data, [0.7, 0.3])
print(len(train), train.indices, rest.dataset is data, isinstance(data, Dataset), data[2])
loader = DataLoader(train, batch_size=2, drop_last=True)
scale = torch.tensor(1.0, requires_grad=True)
batches = enumerate(loader)
for step in range(2):
    number, (values, targets) = next(batches)
    loss = (values * scale - targets["square"]).pow(2).mean()
    loss.backward()
    print(number, values.tolist(), targets["index"], scale.grad)
first, _ = next(iter(DataLoader(Subset(data, range(3)), batch_size=3)))
print(first, data.asked, loader.batch_size, loader.dataset is train)
""",
    "samplers, and a function that makes batches": """\
from torch.utils.data import DataLoader, WeightedRandomSampler, SubsetRandomSampler
from torch.utils.data import BatchSampler, SequentialSampler
from torch.utils import data as tools
torch.manual_seed(5)
numbers = [(k, k * 10.0) for k in range(6)]

def collate(samples):
    keys = [key for key, value in samples]
    return torch.tensor(keys), torch.tensor([value for key, value in samples])

for keys, values in DataLoader(numbers, batch_size=4, collate_fn=collate):
    print(keys, values)
for keys, values in DataLoader(numbers, sampler=SubsetRandomSampler([0, 2, 4]), batch_size=2):
    print(keys, values)
print(list(WeightedRandomSampler([0.1, 0.9], 5)), list(BatchSampler(SequentialSampler(numbers), 4, False)))
print(list(DataLoader(torch.arange(5), batch_size=2)), list(tools.DataLoader(x, batch_size=None)))
generator = torch.Generator().manual_seed(7)
print([one.tolist() for one in DataLoader(M, shuffle=True, generator=generator)], generator.initial_seed())
both = tools.ConcatDataset([tools.TensorDataset(M), tools.TensorDataset(M * 10)])
print(len(both), both[4], both[-1])
""",
    "lists and dicts of modules": """\
torch.manual_seed(6)
class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.linear = nn.Linear(n, n)
        self.register_buffer("scale", torch.full((n,), 0.5))

    def forward(self, x):
        return torch.tanh(self.linear(x)) * self.scale

class Net(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.blocks = nn.ModuleList([Block(2) for _ in range(depth)])
        self.heads = nn.ModuleDict({"a": nn.Linear(2, 1), "b": nn.Linear(2, 1)})
        self.shifts = nn.ParameterList([torch.zeros(1), torch.ones(1)])
        self.add_module("last", nn.Linear(1, 1))
        self.register_parameter("factor", nn.Parameter(torch.tensor(2.0)))
        self.loose = [nn.Linear(1, 1)]  # no parameter of the net, as in torch

    def forward(self, x, head="a"):
        for block in self.blocks:
            x = block(x)
        return self.last(self.heads[head](x)) * self.factor + self.shifts[1]

def fill(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.25)
        nn.init.zeros_(module.bias)

net = Net(2)
net.apply(fill)
print(net)
print(len(net.blocks), "b" in net.heads, [name for name, _ in net.named_children()], len(list(net.modules())))
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    loss = (net(M) + net(M, head="b")).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
for name, parameter in net.named_parameters():
    print(name, tuple(parameter.shape), parameter.grad is None)
print([name for name, _ in net.named_buffers()], net.blocks[-1].linear.weight, net.loose[0].weight.shape)
""",
    "classes derived from layers": """\
torch.manual_seed(8)
class Scaled(nn.Linear):
    def __init__(self, n):
        super().__init__(n, 1)
        self.factor = 2.0

    def forward(self, x):
        return super().forward(x) * self.factor

class Deep(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Linear(a, 4), nn.ReLU(), Scaled(4), nn.Sequential(nn.Linear(1, b), nn.Tanh()))

class Plain(nn.Linear):
    pass

class Loud(nn.ReLU):
    def forward(self, x):
        print("relu", x.shape)
        return super().forward(x)

scaled, deep, plain = Scaled(2), Deep(2, 1), Plain(2, 3, bias=False)
print(scaled, deep, plain, plain.in_features, scaled.weight.shape, len(deep), deep[0])
net = nn.Sequential(scaled, Loud(), Plain(1, 1))
(deep(M) + net(M)).sum().backward()
print(scaled.weight.grad, deep[2].weight.grad, isinstance(scaled, nn.Linear), plain(M).shape)
for name, parameter in deep.named_parameters():
    print(name, parameter.shape)
""",
    "the state of a net, kept and restored": """\
torch.manual_seed(7)
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
net.append(nn.Linear(2, 1))
kept = {name: one.clone() for name, one in net.state_dict().items()}
shared = net.state_dict()
loss = net(M).sum()
loss.backward()
with torch.no_grad():
    net[0].weight -= net[0].weight.grad
print(shared["0.weight"] is net[0].weight, torch.equal(shared["0.weight"], net[0].weight))
print(torch.equal(kept["0.weight"], net[0].weight), net.load_state_dict(kept))
print(torch.equal(kept["0.weight"], net[0].weight), net[2].bias)
try:
    nn.Linear(2, 3).load_state_dict(kept)
except RuntimeError as error:
    print(error)
""",
    "the Nodes behind a tensor": """\
y = (W * 3 + b).sum()
node = y.grad_fn
while node is not None:
    print(node.name(), len(node.next_functions))
    node = node.next_functions[0][0] if node.next_functions else None
print(W.grad_fn is None, y.grad_fn.next_functions[0][1], x.requires_grad)
leaf = b.expand(2).grad_fn.next_functions[0][0]
print(leaf.name(), leaf.variable is b)
""",
    "hooks that look and hooks that change": """\
seen = []
handle = W.register_hook(lambda grad: seen.append(grad.clone()))
y = W * 2

def tenfold(grad):
    print("arrived", grad)
    return grad * 10

y.register_hook(tenfold)
y.sum().backward()
print(W.grad, seen)
handle.remove()
(W * b).sum().backward()
print(len(seen), W.grad)

net = nn.Linear(2, 1)
nn.init.ones_(net.weight)
handle = net.register_forward_hook(lambda module, inputs, output: print(type(module).__name__, inputs[0].shape))
net(M)
handle.remove()
print(net.forward(M).shape)
""",
    "derivatives of functions": """\
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

def f(v):
    squares = v ** 2
    return squares * b

print(jacobian(f, x))
print(hessian(lambda v: (v ** 3).sum(), x))
out, product = vjp(f, x, torch.ones(3))
print(out, product, jvp(f, x, torch.ones(3))[1])
print(hvp(lambda v: (v ** 3).sum(), x, x), vhp(lambda v: (v ** 3).sum(), x, x))
first, second = torch.autograd.functional.jacobian(lambda u, v: u * v, (x, W), create_graph=True)
(first * second).sum().backward()
print(W.grad)
""",
    "gradients that are clipped, and parameters in a vector": """\
net = nn.Linear(2, 1)
nn.init.ones_(net.weight)
nn.init.zeros_(net.bias)
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    net(M * 10).pow(2).sum().backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
    print(norm, net.weight.grad, net.bias.grad)
    optimizer.step()
torch.nn.utils.clip_grad_value_([net.weight], 0.25)
vector = nn.utils.parameters_to_vector(net.parameters())
nn.utils.vector_to_parameters(vector * 2, net.parameters())
print(net.weight.grad, vector, net.weight, net.bias)
""",
    "modes, and context managers of one's own": """\
class Announced:
    def __init__(self, name, takes=False):
        self.name = name
        self.takes = takes

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, error, trace):
        print("exit", self.name, kind is None, error)
        return self.takes

for train in [False, True]:
    with torch.set_grad_enabled(train), Announced("inner") as inner:
        y = W * 2
        print(y.requires_grad, inner.name)
with torch.inference_mode():
    z = W * 2
print(z, z.is_leaf, z.requires_grad)

@torch.inference_mode()
def predict(v):
    return v * 2

@torch.set_grad_enabled(False)
def silent(v):
    return v * 3

print(predict(W), silent(W).requires_grad)
with Announced("takes", takes=True):
    raise ValueError("no")
try:
    with Announced("passes on"):
        W @ M
except RuntimeError as error:
    print("caught", type(error).__name__)

def first_of(values):
    for value in values:
        with Announced(value):
            if value > 1:
                return value

print(first_of([1, 2, 3]))
""",
    "a net that learns a curve, and keeps its state": """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=1, hidden_size=4, num_layers=1, batch_first=True)
        self.head = nn.Linear(4, 1)

    def forward(self, x, h):
        out, h = self.rnn(x, h)
        found = []
        for t in range(out.size(1)):
            found.append(self.head(out[:, t, :]))
        return torch.stack(found, dim=1), h

torch.manual_seed(9)
net = Net()
optimizer = optim.Adam(net.parameters(), lr=0.02)
h = None
for step in range(3):
    x = torch.linspace(step, step + 1, 3).view(1, 3, 1)
    y, h = net(x.sin(), h)
    h = h.detach() if step else h.data
    loss = F.mse_loss(y, x.cos())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), h)
print([name for name, _ in net.named_parameters()])
""",
    "a state that is detached in place": """\
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = torch.zeros(2)
for step in range(3):
    h.detach_()
    h = torch.tanh(h + w * 0.5)
    h.sum().backward()
    print(h, w.grad)
a = w * 2
b = a.detach_()
(b * w).sum().backward()
print(a.requires_grad, b is a, a.grad_fn, w.grad)
""",
    "modules in a list and in a dict are replaced": """\
layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
layers[0] = nn.Linear(2, 1)
layers.insert(1, nn.Tanh())
layers[2] = layers[2]
heads = nn.ModuleDict()
heads["first"] = nn.Sigmoid()
heads["first"] = nn.Softplus()
parts = nn.ParameterList([torch.ones(1)])
parts[0] = nn.Parameter(torch.zeros(1))
net = nn.Sequential(nn.Tanh())
net.append(nn.ReLU())
out = heads["first"](layers[1](layers[0](M))) + parts[0]
out.sum().backward()
print(layers, heads, net, parts[0].grad)
""",
    "a list takes the entries of anything": """\
from collections import deque
from torch.utils.data import DataLoader, TensorDataset
class Numbers:
    def __iter__(self):
        yield torch.tensor(3.0)
class Other:
    def __radd__(self, before):
        return len(before)
x = torch.tensor([1.0, 2.0], requires_grad=True)
loader = DataLoader(TensorDataset(torch.arange(4.0)), batch_size=2)
batches = same = []
batches += loader
batches += Numbers()
batches += x
batches += nn.Sequential(nn.ReLU())
queue = deque([1], maxlen=2)
queue += loader
queue += Numbers()
sum(batches[3:5]).backward()
print(batches is same, batches, queue, x.grad)
batches += Other()
print(batches)
""",
    "a net whose last layers are replaced": """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 3))
        self.fc = nn.Linear(3, 4)
    def forward(self, x):
        return self.fc(self.features(x))
torch.manual_seed(0)
net = Net()
for p in net.parameters():
    p.requires_grad = False
net.features[-1] = nn.Linear(2, 3)
net.features[1] = nn.Tanh()
net.fc = nn.Linear(net.fc.in_features, 1)
optimizer = optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
for step in range(2):
    loss = net(M).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(net, loss, net.features[0].weight.grad, net.fc.bias)
""",
}
