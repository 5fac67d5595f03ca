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
    "a device that is the CPU": """\
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
if torch.cuda.is_available():
    x, y = x.cuda(), y.cuda()
where = "mps" if torch.backends.mps.is_available() else "cpu"
gpu = torch.accelerator.current_accelerator()
net = nn.Sequential(nn.Linear(1, 2, device=device), nn.Tanh(), nn.Linear(2, 1)).to(device)
net.to(where)
net.cpu()
x, y = x.to(device), y.to(device=device)
b = torch.zeros(1, requires_grad=True, device=device, dtype=torch.float32)
for epoch in range(2):
    loss = ((net(x.to(device, non_blocking=True)) + b - y) ** 2).mean()
    loss.backward()
    print(loss.cpu().item(), loss.to("cpu", torch.float64), loss.device, x.is_cuda)
print(device, device.type, device.index, device == torch.device("cpu"), device != "cpu", gpu, where)
""",
    "a module in another dtype": """\
net = nn.Linear(1, 1)
nets = [nn.Linear(1, 1)]
net.double()
nets[0].double()
net.to(torch.float32)
net.float()
net.to(x)
net(x).sum().backward()
""",
    "tensors as older code makes them": """\
from torch.autograd import Variable
v = Variable(torch.Tensor([0.5, 1.5]), requires_grad=True)
t = torch.FloatTensor([[1, 2], [3, 4]])
u = Variable(t)
u[0, 0] = 9.0
k = torch.LongTensor([1, 2]) + torch.IntTensor([3])
m = torch.ByteTensor([1, 0]).bool()
d = torch.DoubleTensor([1.5]).type(torch.FloatTensor)
s = v.type(torch.DoubleTensor).sum() + v.type_as(d).sum() + v.type(torch.float64).sum()
s.backward()
n = torch.Tensor(np.array([1.0, 2.0]))
w.data = torch.Tensor((3.0, 4.0))
print(t, v.type(), k.type(), torch.Tensor().type("torch.LongTensor").type(), torch.is_tensor(v))
""",
    "tensors made like others": """\
a = x.new_zeros(2, 2) + x.new_ones((2,)) + x.new_full((2,), 3.0) + x.new_tensor([1.0, 2.0])
e = torch.empty(2, 2).fill_(1.0) + torch.Tensor(2, 2).zero_() + torch.empty_like(a).copy_(a)
f = x.new_empty(2, dtype=torch.int64).fill_(1)
h = w.half().float() + w.bfloat16().float()
s = torch.Size([2, 3])
print(x.nelement(), x.ndimension(), s, s[0], x.size(0), x.element_size(), x.is_contiguous(), x.get_device())
print(torch.is_grad_enabled(), x.is_floating_point(), torch.get_default_dtype(), x.byte(), x.short())
""",
    ".data of other values": "w.data = 5.0",
    "arguments under NumPy's names": """\
a = torch.tensor([[1.0, 5.0], [3.0, 2.0]], requires_grad=True)
b = a.sum(axis=1, keepdims=True) + a.mean(dim=0, keepdims=True) + torch.amax(a, axis=0)
b = b + a.std(axis=1, keepdims=True)
c = torch.cat([a, b], axis=1).softmax(axis=1).log().sum(axis=0)
largest, places = torch.max(a, axis=1, keepdims=True)
(c.sum() + largest.sum() + a.logsumexp(axis=1, keepdims=True).prod(axis=0).sum()).backward()
print(a.argmax(axis=1, keepdims=True), places, a.grad, torch.stack([a, a], axis=2).shape)
""",
    "sequences that are padded": """\
from torch.nn.utils.rnn import pad_sequence
words = [torch.tensor([1, 2, 3]), torch.tensor([4])]
padded = pad_sequence(words, batch_first=True)
table = nn.Embedding(5, 2, padding_idx=0)
output, h = nn.GRU(2, 2, batch_first=True)(table(padded))
h.sum().backward()
rows = [torch.ones(2, 2), torch.ones(3, 2) * 2]
print(padded, table.weight.grad, pad_sequence(rows, padding_value=0.5))
print(pad_sequence(sequences=(x, y[:2]), padding_side="left"))
""",
    "classes of torch and NumPy": """\
a = np.ones(2)
p = nn.Parameter(x)
print(type(x) == torch.Tensor, type(x) is torch.Tensor, type(p) == torch.Tensor, type(x) != torch.Tensor)
print(isinstance(p, torch.Tensor), isinstance(a, np.ndarray), isinstance(x, (np.ndarray, list)))
print(type(x.shape) == torch.Size, isinstance(x.device, torch.device), isinstance(a[0], np.float64))
print(type(a) == np.ndarray, type(a[0]) == np.float64, type(x) in (list, torch.Tensor), type(a) in [list, str])
""",
}
