"""Programs with functions, classes, generators and exceptions, which run in Python and in the language alike."""

from __future__ import annotations

from tests.language.block_programs import HEAD

__all__ = ["HEAD", "PROGRAMS"]

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "a module of one's own": """\
torch.manual_seed(1)
class Net(nn.Module):
    \"\"\"Two layers.\"\"\"

    size = 3

    def __init__(self, hidden=2):
        super().__init__()
        self.first = nn.Linear(self.size, hidden)
        self.second = nn.Linear(hidden, 1)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.calls = 0

    @property
    def doubled(self):
        return self.calls * 2

    def hidden(self, x):
        return torch.relu(self.first(x))

    def forward(self, x, shift=0.0):
        self.calls += 1
        h = self.hidden(x)
        if self.training:
            return self.second(h) * self.scale + shift
        return h.sum()

net = Net(hidden=4)
print(net)
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    loss = net(x, shift=1.0).sum() ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
y = net(x)
print(net.calls, net.doubled, net.first.weight.grad.shape, isinstance(net, nn.Module), type(net).__name__)
for name, parameter in net.named_parameters():
    print(name, parameter.shape)
""",
    "modules in modules, and inheritance": """\
torch.manual_seed(2)
class Block(nn.Module):
    def __init__(self, n):
        super(Block, self).__init__()
        self.linear = nn.Linear(n, n)
    def act(self, x):
        return torch.tanh(x)
    def forward(self, x):
        return self.act(self.linear(x))
class Loud(Block):
    factor = 2.0
    def __init__(self, n):
        super().__init__(n)
        self.extra = nn.Parameter(torch.ones(n))
    def act(self, x):
        return super().act(x) * self.factor + self.extra
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(3), Loud(3))
        self.last = Loud(3)
    def forward(self, x):
        return self.last(self.blocks(x))
net = Net()
out = net(x)
out.sum().backward()
print(len(list(net.parameters())), net.last.extra.grad)
net.blocks[0].linear.weight.grad.zero_()
""",
    "a plain class with operators": """\
class Value:
    def __init__(self, data, children=(), op=''):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = tuple(children)
        self._op = op
    def __repr__(self):
        return f'Value(data={self.data})'
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def __radd__(self, other):
        return self + other
    def __rmul__(self, other):
        return self * other
    def __neg__(self):
        return self * -1
    def __sub__(self, other):
        return self + (-other)
    def backward(self):
        topo = []
        visited = []
        def build(v):
            if v not in visited:
                visited.append(v)
                for child in v._prev:
                    build(child)
                topo.append(v)
        build(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()
a = Value(2.0)
b = Value(-3.0)
c = a * b + 10
d = c * (2 * a) - b
d.backward()
print(d, a.grad, b.grad)
""",
    "closures, nonlocal and global": """\
count = 0
def counter(start):
    total = start
    def add(n, times=1):
        nonlocal total
        global count
        count += 1
        total += n * times
        return total
    def read():
        return total
    return add, read
add, read = counter(10)
add(1)
print(add(2, times=3), read(), count)
makers = [lambda n, k=k: n * k for k in range(3)]
late = [lambda: k for k in range(3)]
print([make(5) for make in makers], [one() for one in late])
compose = lambda f, g: lambda v: f(g(v))
print(compose(lambda v: v + 1, lambda v: v * 2)(W).sum())
""",
    "arguments of every sort": """\
def f(a, b=2, *rest, c, d=4, **more):
    return a, b, rest, c, d, sorted(more)
print(f(1, c=3))
print(f(1, 5, 6, 7, c=3, d=0, z=1, y=2))
def g(a, /, b):
    return a - b
print(g(1, b=2))
numbers, named = [1, 2], {'c': 9, 'q': 1}
print(f(*numbers, *[3], **named))
first, *middle, last = [1, 2, 3, 4]
print(first, middle, last, [*middle, *numbers], {**named, 'r': 2})
def apply(function, *args):
    return function(*args)
print(apply(torch.add, x, W).sum())
max_ = 3
""",
    "generators and generator expressions": """\
def batches(data, size):
    for start in range(0, len(data), size):
        yield data[start:start + size]
def both(a, b):
    yield from a
    yield from b
    return
for part in batches(M, 2):
    print(part.sum())
squares = (n * n for n in range(5) if n % 2)
print(next(squares), list(squares), next(squares, 'over'))
print(sum(v * 2 for v in [1, 2, 3]), list(both([1], (n for n in [2, 3]))))
it = iter([7, 8])
print(next(it), next(it))
print(any(n > 2 for n in range(4)), max(len(s) for s in ['a', 'bcd']))
""",
    "comprehensions of every sort": """\
d = {name: len(name) for name in ['a', 'bb'] if name}
nested = [[i * j for j in range(3)] for i in range(2)]
flat = [v for row in nested for v in row if v]
pairs = [(i, j) for i in range(2) for j in range(2) for k in range(1)]
print(d, nested, flat, pairs)
if (n := len(flat)) > 1:
    print(n, [m := v for v in flat], m)
""",
    "decorators": """\
import functools
def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        print('calling')
        result = function(*args, **options)
        return result
    return wrapper
def times(k):
    def outer(function):
        def inner(*args):
            return function(*args) * k
        return inner
    return outer
@logged
@times(3)
def double(v):
    return v * 2
@torch.no_grad()
def step(rate):
    W.sub_(rate * W.grad)
print(double(x).sum())
(W * x).sum().backward()
step(0.1)
""",
    "methods of every sort": """\
class Counter:
    made = 0
    def __init__(self, start=0):
        self.n = start
        Counter.made += 1
    @staticmethod
    def twice(v):
        return v * 2
    @classmethod
    def from_list(cls, items):
        return cls(len(items))
    @property
    def half(self):
        return self.n / 2
    @half.setter
    def half(self, value):
        self.n = value * 2
    def __len__(self):
        return self.n
    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError('past the end')
        return i * 10
    def __call__(self, v):
        return self.n + v
    def __eq__(self, other):
        return isinstance(other, Counter) and self.n == other.n
    def __lt__(self, other):
        return self.n < other.n
    def __contains__(self, v):
        return v < self.n
c = Counter.from_list([1, 2, 3])
print(len(c), c[1], c(5), Counter.twice(4), c.twice(2), c.half, list(c), c == Counter(3), c < Counter(9), 2 in c)
c.half = 5
print(c.n, Counter.made, hasattr(c, 'n'), getattr(c, 'missing', 'none'))
setattr(c, 'extra', 7)
print(c.extra)
""",
    "exceptions that are handled": """\
def risky(n):
    if n == 0:
        raise ValueError('zero')
    return torch.ones(n) + torch.ones(3)
for n in [0, 2, 3]:
    try:
        result = risky(n)
    except ValueError as error:
        print('value', error)
    except (RuntimeError, TypeError) as error:
        print('shapes', 'size' in str(error))
    else:
        print('fine', result.sum())
    finally:
        print('done', n)
try:
    try:
        [1][5]
    except IndexError:
        raise KeyError('inner')
except KeyError as error:
    print(repr(error))
def tidy():
    try:
        return 1
    finally:
        print('tidied')
print(tidy())
try:
    next(iter([]))
except StopIteration:
    print('over')
loss = (W * 2).sum()
loss.backward()
try:
    loss.backward()
except RuntimeError as error:
    print(str(error)[:30])
""",
    "loops with else, and a walrus": """\
for n in [2, 3, 4, 5]:
    for k in range(2, n):
        if n % k == 0:
            break
    else:
        print(n, 'is prime')
k = 3
while k:
    k -= 1
else:
    print('counted down')
""",
    "a dataclass": """\
from dataclasses import dataclass, field
@dataclass
class Config:
    lr: float = 0.1
    steps: int = 2
    names: list = field(default_factory=list)
    def scaled(self):
        return self.lr * 2
c = Config(steps=5)
c.names.append('a')
print(c, c.scaled(), c == Config(steps=5), Config(0.5).lr)
""",
    "types and instances": """\
print(isinstance(3, int), isinstance(True, (int, str)), type(3) is int)
print(isinstance(nn.Linear(1, 1), nn.Linear), type(2.0) == float, callable(len), callable(3), repr('a'))
def kind(v):
    return type(v).__name__
print(kind(1), kind([]), kind(x), kind(None))
f = len
print(f([1, 2]), [g(2.7) for g in (int, float, str)])
""",
    "a Function whose ctx keeps something": """\
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, factor):
        ctx.factor = factor
        ctx.save_for_backward(v)
        return v * factor
    @staticmethod
    def backward(ctx, grad):
        v, = ctx.saved_tensors
        return grad * ctx.factor, None
y = Scale.apply(W, 3.0)
y.sum().backward()
""",
    "names that a function has not bound yet": """\
def later(n):
    k = n + 1
    x = k * 2
    if k > 2:
        M = x
    return lambda: M
later(1)
inner = later(2)
""",
}
