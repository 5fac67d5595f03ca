"""Programs whose models are made of torch's layers, which run in Python and in the language alike."""

from __future__ import annotations

HEAD = """\
import torch
from torch import nn, optim
import torch.nn.functional as F
torch.manual_seed(5)
"""

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "losses with weights of their own": """\
x = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]))
binary = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0, 0.5]))
loss = criterion(x, torch.tensor([1, 0])) + binary(x, torch.ones(2, 2))
loss.backward()
print(criterion.weight, binary.pos_weight, binary.weight, x.grad)
""",
    "a small image classifier": """\
images = torch.randn(4, 1, 6, 6)
classes = torch.tensor([0, 1, 1, 2])
first = nn.Sequential(nn.Conv2d(1, 2, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
second = nn.Sequential(nn.Conv2d(2, 3, 2), nn.GroupNorm(1, 3), nn.Dropout2d(0.25), nn.AdaptiveAvgPool2d(1))
net = nn.Sequential(first, second, nn.Flatten(), nn.Linear(3, 3))
optimizer = optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    optimizer.zero_grad()
    scores = net(images)
    loss = F.cross_entropy(scores, classes)
    loss.backward()
    optimizer.step()
    print(loss.item())
net.eval()
with torch.no_grad():
    found = net(images).argmax(1)
print((found == classes).float().mean().item())
""",
    "convolutions and pools, one after the other": """\
signal = torch.randn(2, 3, 8, requires_grad=True)
image = torch.randn(1, 2, 5, 4)
conv = nn.Conv2d(2, 4, (3, 2), stride=2, padding=(1, 0), groups=2, bias=False)
a = conv(image)
b = F.conv2d(image, conv.weight, stride=1, padding="same", groups=2)
c = F.max_pool1d(F.relu(signal), 2, stride=3)
d, places = nn.MaxPool2d(2, return_indices=True)(b)
e = F.avg_pool2d(b, 3, stride=1, padding=1, count_include_pad=False)
f = nn.AvgPool1d(4)(signal)
g = F.adaptive_avg_pool2d(image, (2, 3))
print(conv, a.shape, places.tolist(), g)
loss = a.sum() + (c * c).sum() + d.mean() + e.std() + f.prod()
loss.backward()
print(conv.weight.grad, signal.grad.norm())
""",
    "a frozen layer below one that learns": """\
features = nn.Linear(2, 3)
for p in features.parameters():
    p.requires_grad_(False)
head = nn.Linear(3, 1)
optimizer = optim.Adam(head.parameters(), lr=0.1)
x = torch.tensor([[1.0, 2.0], [-1.0, 0.5]])
for step in range(2):
    optimizer.zero_grad()
    hidden = torch.tanh(features(x))
    loss = head(hidden).pow(2).mean()
    loss.backward()
    optimizer.step()
print(features.weight.grad, head.weight)
""",
    "an embedding, unflattened": """\
table = nn.Embedding(5, 4, padding_idx=0)
words = torch.tensor([[1, 2, 0], [3, 3, 4]])
vectors = table(words)
halves = nn.Unflatten(2, (2, 2))(vectors)
mean = halves.mean(dim=(1, 3))
mean.sum().backward()
print(table.weight.grad)
""",
    "running statistics, in both modes": """\
bn = nn.BatchNorm1d(2)
net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum=None), nn.Dropout(0.5), nn.ReLU(), nn.Linear(3, 1))
x = torch.randn(4, 2)
y = net(bn(x))
y.sum().backward()
print(bn.running_mean, bn.num_batches_tracked.item(), net[1].running_var)
with torch.no_grad():
    z = net(bn(x + 1))
net.eval()
bn.eval()
y = net(bn(x))
y.sum().backward()
print(bn.running_mean, bn.weight.grad)
bn.train()
a = bn(x) + bn(2 * x)
a.std().backward()
""",
    "a batch norm's functions": """\
x = torch.tensor([[1.0, -2.0], [3.0, 0.5], [0.0, 1.0]], requires_grad=True)
mean = torch.zeros(2)
spread = torch.ones(2)
kept = [torch.zeros(2), torch.ones(2)]
y = F.batch_norm(x, mean, spread, training=True, momentum=0.5)
z = F.batch_norm(x, kept[0], kept[1], training=True)
v = F.batch_norm(y, mean, spread)
(v * z).sum().backward()
print(mean, spread, kept, x.grad)
""",
    "activations that change their input": """\
x = torch.tensor([[1.0, -2.0], [3.0, 0.5]], requires_grad=True)
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True), nn.Linear(2, 2), nn.LeakyReLU(0.2, inplace=True))
h = net(x)
k = x * 2
F.relu(k, inplace=True)
other = x * 3
part = other[0]
m = nn.ELU(inplace=True)(part)
d = F.dropout(2 * h, 0.25, inplace=True)
loss = h.sum() + k.sum() + d.mean() + (other * other).sum()
loss.backward()
print(loss, x.grad, k, other)
""",
    "slopes that are learned, and gates": """\
x = torch.tensor([[1.0, -2.0, 0.5, -0.25]], requires_grad=True)
act = nn.PReLU(4, init=0.5)
gated = nn.GLU()(x)
y = act(x) + F.prelu(x, torch.tensor([0.1])) + F.softshrink(x) + nn.CELU(0.5)(x) + F.hardswish(3 * x)
loss = y.sum() + gated.sum() + nn.RReLU()(x).sum() + F.softmin(x, dim=1).max() + nn.Tanhshrink()(x).sum()
loss.backward()
print(act.weight.grad, x.grad)
""",
    "cells, step by step": """\
x = torch.randn(3, 1, 2)
cell = nn.LSTMCell(2, 2)
h, c = cell(x[0])
h, c = cell(x[1], (h, c))
gated = nn.GRUCell(2, 2)
s = gated(x[2], h)
r = nn.RNNCell(2, 2, nonlinearity="relu")(x[0], s)
(r.sum() + c.sum() + s.prod()).backward()
print(cell.weight_ih.grad, gated.bias_hh.grad)
""",
    "a recurrent net, and what it keeps": """\
x = torch.randn(3, 2, 2)
rnn = nn.RNN(2, 3)
out, h = rnn(x)
gru = nn.GRU(2, 2, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True)
gru.flatten_parameters()
y, states = gru(x, torch.zeros(4, 3, 2))
(out.sum() + h.prod() + (y * y).mean() + states.max()).backward()
print(rnn, gru.weight_hh_l0.grad, gru.weight_ih_l1_reverse.shape, out[-1], states.shape)
""",
    "an LSTM that learns to add up": """\
x = torch.tensor([[[0.5], [1.0], [-0.5]], [[0.25], [0.0], [0.75]]])
y = x.sum(1)
lstm = nn.LSTM(1, 3, batch_first=True)
head = nn.Linear(3, 1)
optimizer = optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.05)
for epoch in range(2):
    optimizer.zero_grad()
    out, (hn, cn) = lstm(x)
    loss = F.mse_loss(head(hn[-1]), y)
    loss.backward()
    optimizer.step()
    print(loss.item(), out.shape)
lstm.eval()
with torch.no_grad():
    print(lstm(x, (hn, cn))[0])
""",
    "attention": """\
q = torch.randn(1, 2, 3, 4, requires_grad=True)
k = torch.randn(1, 2, 3, 4, requires_grad=True)
mask = torch.tensor([[True, False, False], [True, True, False], [True, True, True]])
a = F.scaled_dot_product_attention(q, k, k)
b = F.scaled_dot_product_attention(q, k, q, attn_mask=mask)
c = F.scaled_dot_product_attention(q, k, q, is_causal=True, scale=0.5)
d = F.scaled_dot_product_attention(q[0], k[0], k[0], dropout_p=0.25)
loss = a.sum() + (b * c).mean() + d.prod()
loss.backward()
print(q.grad, k.grad)
""",
    "attention of several heads, in both modes": """\
table = nn.Embedding(5, 4)
attention = nn.MultiheadAttention(4, 2, dropout=0.25, batch_first=True)
optimizer = optim.Adam([*table.parameters(), *attention.parameters()], lr=0.01)
for step in range(2):
    x = table(torch.tensor([[1, 2, 4], [3, 3, 0]]))
    out, weights = attention(x, x, x)
    alone, nothing = attention(x, x, x, need_weights=False)
    loss = out.pow(2).sum() + alone.prod() + weights.max()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), nothing, attention.in_proj_bias.grad.shape)
attention.eval()
y, weights = attention(x, x, x)
with torch.no_grad():
    fast, weights = attention(x, x, x, average_attn_weights=False)
print(attention.out_proj.weight.grad, y, fast, weights)
""",
    "a small Transformer": """\
layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0.25, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=2)
x = torch.randn(1, 3, 4)
optimizer = optim.SGD(encoder.parameters(), lr=0.1)
for epoch in range(2):
    optimizer.zero_grad()
    loss = encoder(x).pow(3).mean()
    loss.backward()
    optimizer.step()
encoder.eval()
y = encoder(x)
with torch.no_grad():
    z = encoder(x)
print(loss.item(), y, z, encoder.layers[1].self_attn.out_proj.bias, len(list(encoder.parameters())))
""",
}
