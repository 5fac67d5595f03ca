"""Programs with what public code uses of PyTorch besides operations; they run in Python and in the language."""

from __future__ import annotations

HEAD = """\
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
torch.manual_seed(0)
x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.0], [6.0]])
w = torch.tensor([1.0, -2.0], requires_grad=True)
"""

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "a step through .data": """\
v = torch.tensor([0.5], requires_grad=True)
for epoch in range(2):
    loss = ((x * v - y) ** 2).mean()
    loss.backward()
    v.data -= 0.01 * v.grad.data
    v.grad.data.zero_()
    print(epoch, loss.data.item(), v.data[0], v.data.numpy())
""",
    "a step that sets .data": """\
for epoch in range(2):
    (w * w).sum().backward()
    w.data = w.data - 0.1 * w.grad
    w.grad = None
""",
    ".data of tensors that no name holds": """\
params = [torch.tensor(0.5, requires_grad=True), {"v": torch.ones(2, requires_grad=True)}]
(params[0] * params[1]["v"]).sum().backward()
params[0].data -= params[0].grad.data
params[1]["v"].data[1] = 5.0
params[0].grad.data.zero_()
for p in [params[0], params[1]["v"]]:
    p.data.add_(p.grad.data, alpha=-0.5)
""",
    ".data under a name follows every write": """\
d, g = w.data, None
opt = optim.SGD([w], lr=0.1, momentum=0.9)
(w * w).sum().backward()
g = w.grad.data
opt.step()
(w * w).sum().backward()
opt.zero_grad(set_to_none=False)
d *= 2
n = d.numpy()
n[0] = 9.0
with torch.no_grad():
    w += 1
print(d, w, g, d.requires_grad, d.is_leaf)
""",
    "a part of .data is written into": """\
m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
m.data[0][1] = 7.0
m.data[:, 0] *= 10
row = m.data[1]
row += 1
""",
    "a write through .data between forward and backward": """\
z = w * w
w.data.mul_(10)
e = z.exp()
z.data.zero_()
(z.sum() + e.sum()).backward()
print(w.grad)
""",
    "a write through NumPy between forward and backward": """\
a = np.array([1.0, 2.0])
t = torch.as_tensor(a)
v = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
z = (v * t).sum()
a[0] = 9.0
z.backward()
""",
    "what .data is set to shares its memory": """\
t = torch.tensor([5.0, 6.0])
w.data = t
t += 1
w.data[0] = 0.0
with torch.no_grad():
    w *= 2
print(t, w)
""",
    ".data of a module's parameters": """\
net = nn.Sequential(nn.Linear(1, 2), nn.Tanh(), nn.Linear(2, 1))
net[0].weight.data.fill_(0.5)
net[2].bias.data = torch.tensor([0.25])
for epoch in range(2):
    loss = (net(x) - y).pow(2).mean()
    loss.backward()
    for p in net.parameters():
        p.data.sub_(0.1 * p.grad.data)
        p.grad.data.zero_()
""",
    "a leaf made of .data": """\
k = w.data.requires_grad_()
(k * 3).sum().backward()
k.data += 1
print(k.grad, w.grad is None, w)
""",
    ".data in a function": """\
def update(p, lr):
    p.data -= lr * p.grad.data
    p.grad.data.zero_()

(w ** 2).sum().backward()
update(w, 0.1)
print(w)
""",
    ".data of other values": "w.data = 5.0",
}
