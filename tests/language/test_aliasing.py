"""What Python, NumPy and torch share is shared here: a change appears under every name, at the same line."""

from __future__ import annotations

import pytest

import viz
from tests.language.compared import same_as_python
from viz.frames.events import Stepped

HEAD = """\
import numpy as np
import torch
from torch import nn, optim
W = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([0.5], requires_grad=True)
x = torch.tensor([1.0, 2.0, 3.0, 4.0])
A = np.array([[1.0, 2.0], [3.0, 4.0]])
"""

PROGRAMS = {
    "groups of two optimizers": """\
groups = [{"params": [W]}]
first = optim.SGD(groups, lr=0.01)
second = optim.SGD(groups, lr=0.5)
(W * 2).sum().backward()
second.step()
print(W, groups)
""",
    "a group of another kind of optimizer": """\
groups = [{"params": [W], "lr": 0.2}]
first = optim.SGD(groups, momentum=0.9)
second = optim.Adam(groups, lr=0.5)
copied = [groups[0].copy()]
third = optim.RMSprop(copied)
(W * 2).sum().backward()
second.step()
third.step()
print(W, sorted(list(groups[0].keys())))
""",
    "a group whose lr is set": """\
group = {"params": [W], "lr": 0.1}
opt = optim.SGD([group, {"params": b}], lr=0.3)
(W.sum() * b).sum().backward()
opt.step()
print(W, b)
group["lr"] = 0.5
opt.step()
print(W, b, opt.param_groups[0] is group, opt.param_groups[1] is opt.param_groups[1])
group["momentum"] = 0.9
opt.step()
opt.step()
print(W, b)
""",
    "a group whose list of parameters the program made": """\
ps = [W]
opt = optim.SGD([{"params": ps}], lr=0.1)
ps.append(b)
group = opt.param_groups[0]
print(len(group["params"]), len(ps), group["params"] is ps)
""",
    "a group that is added": """\
group = {"params": [b], "lr": 0.2}
opt = optim.SGD([W], lr=0.1)
opt.add_param_group(group)
group["lr"] = 1.0
(W.sum() * b).sum().backward()
opt.step()
print(W, b, group["nesterov"])
""",
    "param_groups under a name": """\
opt = optim.Adam([W], lr=0.1)
groups = opt.param_groups
opt.add_param_group({"params": [b], "lr": 0.3})
for group in groups:
    group["lr"] *= 0.5
print(len(groups), groups is opt.param_groups, opt.param_groups)
(W.sum() * b).sum().backward()
opt.step()
print(W, b)
""",
    "a scheduler writes into the groups": """\
group = {"params": [W], "lr": 0.1}
opt = optim.SGD([group])
scheduler = optim.lr_scheduler.StepLR(opt, 1, gamma=0.5)
print(group["lr"], group["initial_lr"])
W.sum().backward()
opt.step()
scheduler.step()
print(group["lr"])
group["lr"] = 1.0
opt.step()
scheduler.step()
print(group["lr"], W)
""",
    "the next optimizer's scheduler begins where the first one did": """\
group = {"params": [W], "lr": 0.1}
first = optim.SGD([group])
one = optim.lr_scheduler.LambdaLR(first, lambda n: 1 / (n + 1))
second = optim.SGD([group], lr=9.0)
two = optim.lr_scheduler.LambdaLR(second, lambda n: 2 / (n + 1))
print(group["lr"], group["initial_lr"])
W.sum().backward()
second.step()
two.step()
print(group["lr"], one.get_last_lr(), two.get_last_lr(), W)
""",
    "the rates of a scheduler": """\
opt = optim.SGD([W], lr=0.1)
scheduler = optim.lr_scheduler.StepLR(opt, 1)
rates = scheduler.get_last_lr()
rates[0] = 7.0
print(scheduler.get_last_lr())
opt.step()
scheduler.step()
print(rates, scheduler.get_last_lr())
""",
    "an lr that is a tensor": """\
lr = torch.tensor(0.1)
opt = optim.SGD([W], lr=lr)
W.sum().backward()
opt.step()
lr *= 10
opt.step()
print(W, opt.param_groups[0]["lr"] is lr)
""",
    "betas in a list": """\
betas = [0.9, 0.99]
opt = optim.Adam([W], lr=0.1, betas=betas)
W.sum().backward()
opt.step()
betas[0] = 0.1
opt.step()
print(W, opt.param_groups[0]["betas"])
""",
    "what lr_lambda reads": """\
scale = 1.0
opt = optim.SGD([W], lr=1.0)
scheduler = optim.lr_scheduler.LambdaLR(opt, lambda n: scale / (n + 1))
opt.step()
scale = 10.0
scheduler.step()
print(opt.param_groups[0]["lr"])
""",
    "milestones in a list": """\
opt = optim.SGD([W], lr=1.0)
places = [1]
first = optim.lr_scheduler.MultiStepLR(opt, places, gamma=0.1)
places[0] = 5
opt.step()
first.step()
print(opt.param_groups[0]["lr"])
""",
    "a list of parameters": """\
params = [W]
opt = optim.SGD(params, lr=0.1)
params.append(b)
(W.sum() * b).sum().backward()
opt.step()
print(W, b, len(opt.param_groups[0]["params"]))
""",
    "a list under two names": """\
a = c = [1, 2]
a.append(3)
c += [4]
d = a
d[0] = 9
a = a + [5]
c[1] = 8
print(a, c, d, c is d, a is d)
""",
    "a list that is multiplied in place": "a = [1]\nc = a\na *= 3\nc.append(2)\nprint(a, c)",
    "slices are copies": "a = [1, 2, 3]\nc = a[:]\nc[0] = 9\nd = a[1:]\nd.append(4)\nprint(a, c, d)",
    "copies are shallow": """\
a = [[1], 2]
c = a.copy()
d = list(a)
c[0].append(3)
d[1] = 5
print(a, c, d)
""",
    "a list times a number": """\
a = [[]] * 3
a[0].append(1)
c = [[] for i in range(2)]
c[0].append(1)
print(a, c)
""",
    "lists in tuples and dicts": """\
a = [1]
t = (a, a)
d = {"a": a, "t": t}
t[0].append(2)
d["a"].append(3)
e = d.copy()
e["a"].append(4)
e["new"] = 1
print(a, t, d, e)
""",
    "dicts under two names": """\
d = {"n": 1}
e = d
e["m"] = 2
d["n"] += 5
f = d.pop("m")
print(d, e, f, d is e)
""",
    "the argument of a function": """\
def grow(a, d):
    a.append(1)
    a = [7]
    d["k"] = a
    a.append(8)
    return a
one, two = [], {}
three = grow(one, two)
three.append(9)
print(one, two, three)
""",
    "a default that is a list": """\
def grow(n, a=[]):
    a.append(n)
    return a
one = grow(1)
two = grow(2)
three = grow(3, [])
one[0] = 5
print(one, two, three, grow(4), one is two)
""",
    "a default of a lambda": """\
f = lambda n, a=[]: a + [n]
g = lambda a=[1, 2]: a
g().append(3)
print(f(1), g())
""",
    "a default is evaluated where the function is made": """\
n = 1
def f(k=n):
    return k
n = 2
g = lambda k=n: k
n = 3
print(f(), g())
""",
    "what a function reads, it reads when it runs": """\
n = 1
def f():
    return n
g = lambda: n
fs = []
for i in range(3):
    fs.append(lambda: i)
n = 2
print(f(), g(), fs[0](), fs[2]())
""",
    "names of a comprehension": """\
n = 5
a = [n for n in range(3)]
c = [[n, m] for m in [n]]
rows = [[] for n in range(2)]
rows[0].append(n)
print(a, c, n, rows)
""",
    "a for over a list that grows": """\
a = [1, 2]
for n in a:
    if n < 4:
        a.append(n + 2)
print(a)
""",
    "a for over a list that shrinks": "a = [1, 2, 3, 4]\nfor n in a:\n    a.pop()\nprint(a, n)",
    "a for over a list whose entries are set": """\
a = [1, 1, 1]
for n in a:
    a[2] = a[2] + n
print(a, n)
""",
    "a for over a name that is rebound": "a = [1, 2, 3]\nfor n in a:\n    a = [n]\nprint(a)",
    "a for over a dict that grows": "d = {'a': 1}\nfor k in d:\n    d[k + 'b'] = 2",
    "a for over a range whose end is rebound": "n = 3\nfor i in range(n):\n    n = 10\nprint(i, n)",
    "a for over a tensor's rows": """\
r = torch.zeros(2, 2)
for row in r:
    row += 1
    r[1, 1] += 5
print(r)
""",
    "rows that are unpacked": "r = torch.zeros(2, 2)\np, q = r\np += 1\nq[0] = 3\nprint(r)",
    "a for over an array": "v = np.array([1.0, 2.0, 3.0])\nfor one in v:\n    v[2] += one\nprint(v, one)",
    "a for over an array's rows": "for row in A:\n    row *= 2\n    A[1, 0] += 1\nprint(A)",
    "views of an array": """\
part, turned, flat, again = A[1:], A.T, A.ravel(), A.reshape(4)
own = A.flatten()
part[0, 0] = 9
turned[0, 1] += 1
flat[0] = -1
again[3] *= 2
own[0] = 77
A[0] = [5, 6]
print(A, part, turned, flat, again, own)
""",
    "parts of an array that are copies": """\
c = A[[0, 1]]
d = A[A > 0]
c[0] = 0
d[0] = 0
A[0, 0] += 1
print(A, c, d)
""",
    "an array and its copies": """\
c = A
d = A.copy()
e = np.array(A)
f = np.asarray(A)
A += 1
c[0, 0] = 9
print(A, c, d, e, f)
""",
    "an array of an array's dtype": """\
c = A.astype(np.float64)
d = np.asarray(A, dtype=np.float32)
A[0] = 0
print(c, d)
""",
    "transposed by method": "c = A.transpose()\nc[0, 1] = 7\nprint(A, c)",
    "from_numpy and as_tensor share, tensor copies": """\
t, u, v, w = torch.from_numpy(A), torch.as_tensor(A), torch.tensor(A), torch.as_tensor(A, dtype=torch.float32)
A[0, 0] = 9
t[0, 1] = 8
u += 1
print(A, t, u, v, w)
""",
    "a tensor's array": """\
n = x.numpy()
n[0] = 9
x[1] = 8
m = W.detach().numpy()
m[0] = 7
print(n, x, W, m)
""",
    "as_tensor of a tensor": """\
t = torch.as_tensor(x)
u = torch.tensor([1.0])
t[0] = 5
print(t is x, x, u)
""",
    "detach shares, clone copies": "d, c = W.detach(), W.clone()\nd[0] = 9\nd += 1\nprint(W, d, c)",
    "a parameter shares with its tensor": """\
p = nn.Parameter(x)
x[0] = 9
with torch.no_grad():
    p += 1
print(p, x)
""",
    "views of a tensor": """\
v, r, t, s = x.view(2, 2), x.reshape(2, 2), x.view(2, 2).T, x[1:3]
f, u, e = x.view(2, 2).flatten(), x.unsqueeze(0), x[:1].expand(3)
v[0, 0] = 9
t[1, 0] = 8
s *= 10
u += 1
print(x, v, r, t, s, f, u, e)
""",
    "a reshape that copies": """\
y = x.view(2, 2).T.reshape(4)
y[0] = 9
z = x.view(2, 2).T.flatten()
z += 1
print(x, y, z)
""",
    "contiguous and cpu and to": """\
c, d, e = x.contiguous(), x.cpu(), x.to(torch.float32)
x += 1
print(c is x, d, e, x.double())
""",
    "float returns a float unchanged": "y = x.float()\ny += 1\nz = x.double()\nz += 1\nprint(x, y, z, y is x)",
    "chunks and splits": """\
p, q = x.chunk(2)
r, s = x.split(2)
p += 1
s[0] = 9
q *= 2
print(x, p, q, r, s)
""",
    "a grad that is set": """\
g = torch.tensor([1.0, 1.0])
W.grad = g
g += 1
W.sum().backward()
print(W.grad, g, W.grad is g)
""",
    "a grad that has a name": """\
W.sum().backward()
g = W.grad
W.sum().backward()
g *= 10
print(W.grad, g)
W.grad = None
print(g)
""",
    "a grad of two tensors": """\
V = torch.tensor([3.0, 4.0], requires_grad=True)
W.grad = torch.zeros(2)
V.grad = W.grad
(W * V).sum().backward()
print(W.grad, V.grad)
""",
    "zero_grad lets go or fills": """\
opt = optim.SGD([W], lr=0.1)
W.sum().backward()
g = W.grad
opt.zero_grad()
print(W.grad, g)
W.sum().backward()
g = W.grad
opt.zero_grad(set_to_none=False)
print(W.grad, g)
""",
    "a tensor in a list": "a = [x, x]\na[0] += 1\na[1] = a[1] * 2\nprint(x, a)",
    "a tensor that is changed by a function": """\
def f(t):
    t += 1
    t = t * 2
    return t
y = f(x)
print(x, y)
""",
    "+= on a tensor with two names": "y = x\ny += 1\nz = x\nz = z + 1\nprint(x, y, z)",
    "copy_ copies": "y = torch.zeros(4)\ny.copy_(x)\nx += 1\nprint(x, y)",
    "layers that occur twice in a Sequential": """\
torch.manual_seed(0)
lin = nn.Linear(2, 2)
net = nn.Sequential(lin, nn.Tanh(), lin)
part = net[:1]
net(x.view(2, 2)).sum().backward()
print(lin.weight.grad, net[2] is lin, part[0] is lin)
opt = optim.SGD(part.parameters(), lr=0.1)
opt.step()
print(lin.weight, net[0].bias)
""",
    "weights that are tied": """\
lin = nn.Linear(2, 2)
with torch.no_grad():
    lin.weight.copy_(torch.ones(2, 2))
w = lin.weight
print(w is lin.weight, w)
""",
    "a loss's weight": """\
weight = torch.tensor([1.0, 2.0])
criterion = nn.CrossEntropyLoss(weight=weight)
logits = torch.tensor([[0.5, 1.0]], requires_grad=True)
first = criterion(logits, torch.tensor([1]))
weight[1] = 20.0
second = criterion(logits, torch.tensor([1])) + criterion(logits, torch.tensor([0]))
""",
    "shapes and tuples": "s = x.shape\nt = (1, [2])\nu = t\nu += (3,)\nt[1].append(4)\nprint(s, t, u)",
    "the result of zip is iterated once": """\
z = zip([1, 2, 3], x)
first = [n for n, v in z]
second = [n for n, v in z]
p = zip([1, 2], [3, 4])
for a, c in p:
    rest = list(p)
print(first, second, a, c, rest)
""",
    "the results of enumerate and reversed are iterated once": """\
a = [1, 2, 3]
e, r = enumerate(a, 5), reversed(a)
a.append(4)
one = list(e)
two = list(e)
a[0] = 9
back = list(r)
again = list(r)
print(one, two, back, again)
""",
    "a for over an enumerate of a list that grows": """\
a = [1, 2]
for i, n in enumerate(a):
    if i < 3:
        a.append(n * 2)
print(a)
""",
    "the parameters of a module are iterated over once": """\
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
params = net.parameters()
some = [p.shape for p in params]
others = [p.shape for p in params]
print(len(some), len(others))
opt = optim.SGD(params, lr=0.1)
""",
    "an optimizer takes the parameters that are left": """\
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
params = net.parameters()
for p in params:
    break
opt = optim.SGD(params, lr=0.1)
print(len(opt.param_groups[0]["params"]), len(list(params)))
""",
    "gradients of the parameters of a module": """\
torch.manual_seed(0)
net = nn.Linear(1, 1)
grads = torch.autograd.grad(net(x[:1]).sum(), net.parameters())
g, h = grads
""",
    "views of a dict show what it holds now": """\
d = {"a": 1}
k, v, i = d.keys(), d.values(), d.items()
d["b"] = 2
print(k, v, i, len(k), "b" in k, list(i), sum(v), sorted(k))
for key in k:
    d["c"] = 3
""",
    "several optimizers of one parameter": """\
one, two = optim.SGD([W], lr=0.1, momentum=0.9), optim.Adam([W, b], lr=0.1)
for i in range(2):
    (W.sum() * b).sum().backward()
    one.step()
    two.step()
print(W, b)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_shared_in_python_is_shared_here(name: str) -> None:
    same_as_python(HEAD + PROGRAMS[name])


def test_torch_writes_lr_into_a_dict_that_the_next_optimizer_reads() -> None:
    source = """\
import torch
w = torch.tensor([1.0], requires_grad=True)
groups = [{"params": [w]}]
first = torch.optim.SGD(groups, lr=0.01)
second = torch.optim.SGD(groups, lr=0.5)
loss = (w * 2).sum()
loss.backward()
second.step()
print(w.item())
"""
    tape = viz.run(source)
    # 1 - 0.01 * 2 in float32, and not 1 - 0.5 * 2
    assert tape[-1].printed == "0.9800000190734863\n"
    step = tape[-2].event
    assert isinstance(step, Stepped)
    assert step.options["lr"] == 0.01


def test_the_dict_of_a_group_shows_what_torch_and_schedulers_write_into_it() -> None:
    source = """\
import torch
w = torch.tensor([1.0], requires_grad=True)
group = {"params": [w], "lr": 1.0}
opt = torch.optim.SGD([group])
scheduler = torch.optim.lr_scheduler.StepLR(opt, 1, gamma=0.5)
opt.step()
scheduler.step()
group["momentum"] = 0.25
"""
    frames = list(viz.run(source))
    texts = [frame.variables["group"].text for frame in frames[2:]]
    assert texts[0] == "{'params': [w], 'lr': 1.0}"
    assert "'momentum': 0," in texts[1]
    assert ["'lr': 1.0" in text for text in texts] == [True, True, True, True, False, False]
    assert frames[-1].variables["opt"].text.startswith("SGD(lr=0.5, momentum=0.25,")
