"""Programs with blocks, functions, lists and strings, which run in Python and in the language alike."""

from __future__ import annotations

HEAD = """\
import torch
from torch import nn, optim
import torch.nn.functional as F
x = torch.tensor([1.0, 2.0, 3.0])
M = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
W = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
b = torch.tensor(0.25, requires_grad=True)
"""

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "a leaf's zeros are added in place": """\
zeros = torch.zeros(3, requires_grad=True)
x += zeros
x.sum().backward()
""",
    "conditions that change something": """\
x = torch.tensor([0.5, 1.0])
k = 0
while x.sub_(0.5).sum() > 0:
    k += 1
if x.add_(1.0).sum() > 0:
    k += 10
if x.add_(1.0).sum() < 0:
    k += 100
""",
    "if": """\
a = 1
if a > 0:
    c = 2
else:
    c = 3
if a > 1:
    c = 4
d = c
""",
    "elif": """\
a = 2
if a == 1:
    c = 1
elif a == 2:
    c = 2
else:
    c = 3
if not c:
    c = 9
elif c:
    c = 8
""",
    "if of a tensor": """\
if x.sum() > 5:
    y = x * 2
if W[0].item() > 0 and W[1].item() < 0:
    y = y * W
""",
    "else with an if in it": """\
a = 0
if a:
    c = 1
else:
    if a == 0:
        c = 2
    d = c
""",
    "for": """\
t = 0
for i in [1, 2, 3]:
    t += i
for i in range(4, 0, -2):
    t = t * i
""",
    "for over a tensor": """\
t = 0
for row in M:
    for one in row:
        t = t + one * b
t.backward()
""",
    "for with several names": """\
t = 0
for i, (p, q) in enumerate(zip(x, W)):
    t = t + p * q * i
t.backward()
""",
    "for over a tuple and a string": """\
n = 0
for one in (1, 2.5):
    n += one
for letter in 'abc':
    n += 1
""",
    "for that never runs": """\
i = 7
for i in []:
    n = 1
for k in range(0):
    n = 2
c = i
""",
    "while": """\
n = 0
h = W
while h.norm().item() < 50:
    h = h * 2
    n += 1
h.sum().backward()
""",
    "break and continue": """\
t = []
for i in range(9):
    if i % 2:
        continue
    if i > 5:
        break
    t.append(i)
""",
    "break out of the inner loop": """\
n = 0
for i in [1, 2, 3]:
    for k in [1, 2, 3]:
        if k == i:
            break
        n += k
""",
    "while with break": """\
n = 0
while True:
    n += 1
    if n > 4:
        break
    else:
        continue
""",
    "pass": """\
for i in [1, 2]:
    pass
if True:
    pass
""",
    "and, or, not": """\
p = 0 or 3
q = 2 and 0
r = not 0
s = 1 < 2 < 3
t = 3 > 2 > 2
u = 1 and 2 or 3
v = 0 and 1 / 0
""",
    "in and is": """\
p = 2 in [1, 2]
q = 5 not in (1, 2)
r = x is x
s = x is not W
t = 'a' in 'cab'
u = 2 in x
v = 1 in {1: 2}
""",
    "choice": """\
p = 1 if x.sum() > 0 else 2
q = W if p > 1 else x
r = [1, 2] if p else []
""",
    "// and %": """\
p = 7 // 2
q = -7 // 2
r = 7 % -3
s = 7.5 // 2
t = -7.5 % 2
u = x // 2
v = x % 2
p //= 2
r %= 2
""",
    "masks": """\
m = (x > 1) & (x < 3)
n = (x < 1) | ~m
y = x[m]
k = 6 & 3
l = 6 | 1
""",
    "indexing": """\
p = W[0]
q = W[-1] * W[1:3].sum()
r = M[:, 0]
s = M[1, 1]
t = M[[0, 2]]
u = M[1:][0]
v = (p + q) * s
v.backward()
""",
    "indexing by tensors": """\
i = torch.tensor([2, 0, 2])
y = W[i]
z = W[W > 0].sum() + y.sum()
z.backward()
r = M[i, 1]
""",
    "slices": """\
p = [1, 2, 3, 4][1:3]
q = (1, 2, 3)[-1]
r = [1, 2, 3][::-1]
s = M[::2]
t = M[..., None]
u = M[None, 0:1]
n = len(x[1:])
""",
    "assigning parts": """\
l = [1, 2, 3]
l[0] = 9
l[-1] += 1
x[0] = 7
x[1:] = torch.tensor([5.0, 6.0])
x[x > 5] = 0.0
M[0, 1] += 10
""",
    "parts in the graph": """\
h = W * 2
h[0] = b
h[1] *= 3
y = h.sum()
y.backward()
""",
    "attributes": """\
loss = (W * x).sum()
loss.backward()
W.grad *= 2
W.grad += 1
W.grad[0] = 9
""",
    "lists": """\
l = []
l.append(3)
l += [4]
k = l
k.insert(0, 1)
p = l.pop()
l.extend([7, 8])
q = l + [1]
r = [0] * 3
s = l == k
""",
    "dicts": """\
d = {'a': 1, 2: 3.5}
d['c'] = 4
d['a'] += 1
p = d.get('z', 9)
q = 'c' in d
t = 0
for k, v in d.items():
    t += v
n = len(d)
""",
    "state of one's own": """\
v = {}
for k in ['W', 'b']:
    v[k] = torch.zeros(2)
v['W'][0] = 3
w = v['W'] * 1
""",
    "comprehensions": """\
a = [i * i for i in range(4)]
b2 = [i + k for i in a for k in [0, 1] if k < i]
c = [w * 2 for w in W]
y = sum(c)
y.backward()
""",
    "comprehensions keep their names": """\
i = 5
a = [i for i in range(3)]
b2 = [[k + i for k in range(i)][-1] for i in [1, 2]]
c = i
""",
    "Python's functions": """\
a = len(x)
c = max(1, 2.5)
d = min([3, 2])
e = abs(-2) + round(2.567, 1)
f = int(2.9)
g = float('1e3')
h = sum([1, 2], 3)
i = sorted([3, 1, 2], reverse=True)
j = list(reversed([1, 2]))
k = bool([])
l = tuple([1])
m = max(x)
n = float(x.sum())
o = sum(x)
p = list(range(3))
""",
    "f-strings": """\
t = f'{b:.3f} {len(x)!r:>4} {1234567:,} {0.5:.1%}'
n = len(t)
m = len(f'{x}')
k = len('a' * 3 + str(2.5))
print('loss', b, sep='=')
""",
    "no_grad": """\
loss = (W * x).sum()
loss.backward()
with torch.no_grad():
    W -= 0.1 * W.grad
    y = W * 2
    with torch.enable_grad():
        z = W * 3
u = W * 4
r = y.requires_grad
s = z.requires_grad
""",
    "functions": """\
def f(a, c=2):
    d = a * c
    return d
p = f(x)
q = f(1, c=3)
r = f(c=f(1), a=W).sum()
r.backward()
""",
    "functions read the names outside": """\
def f():
    return W * n
n = 2
p = f()
n = 3
q = f()
""",
    "functions shadow names": """\
def f(x):
    n = x + 1
    x = n
    return x
n = 10
p = f(1)
q = n
""",
    "functions without a return": """\
def f(a):
    a.append(1)
l = [0]
f(l)
p = f(l) is None
""",
    "functions in loops": """\
def f(i):
    for k in range(5):
        if k == i:
            return k
    return -1
t = 0
for i in [1, 7, 3]:
    t += f(i)
""",
    "recursion": """\
def f(n):
    if n < 2:
        return 1
    return n * f(n - 1)
p = f(6)
""",
    "functions as values": """\
def twice(f, a):
    return f(f(a))
def half(a):
    return a / 2
p = twice(half, 8)
g = half
q = g(x)
r = [g, half][1](2)
""",
    "lambda": """\
f = lambda a, c=2: a * c
p = f(3)
q = f(x, c=W)
r = [f(i) for i in range(3)]
""",
    "defaults are made once": """\
def f(l=[0]):
    l.append(1)
    return len(l)
p = f()
q = f()
""",
    "a name that has no value yet": """\
def f():
    y = z
    z = 1
f()
""",
    "a loop of iterations with breaks": """\
n = 0
for step in range(9):
    loss = (W * x).sum() ** 2
    loss.backward()
    with torch.no_grad():
        W -= 0.01 * W.grad
    W.grad = None
    if loss.item() < 1:
        break
    if step % 2:
        continue
    n += 1
done = n
""",
    "loops before and after": """\
data = []
for i in range(3):
    data.append(i * 1.0)
t = torch.tensor(data)
for step in range(2):
    loss = (W * t).sum()
    loss.backward()
for i in range(2):
    W.grad = None
""",
    "what raises in a block": """\
for i in [2, 1, 0]:
    y = 4 / i
z = 1
""",
    "what raises in a function": """\
def f(a):
    c = a
    return c[5]
y = f([1])
""",
    "what raises in the head": """\
while x > 1:
    y = 1
""",
    "a chain stops where it fails": """\
p = 3 < 2 < 5
q = 1 < 2 > 5 < 9
""",
    "a comprehension that calls itself": """\
def f(n):
    if n == 0:
        return 1
    return sum([f(n - 1) + i for i in range(2)])
p = f(3)
""",
}
