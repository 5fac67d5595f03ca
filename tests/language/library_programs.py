"""Programs that use Python's own library, which run in Python and in the language alike."""

from __future__ import annotations

from tests.language import block_programs

HEAD = f"import math, random\nimport numpy as np\n{block_programs.HEAD}"

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
    "what is written without a new line": """\
import sys
from sys import stdout
for epoch in range(3):
    loss = (W * W).sum()
    sys.stdout.write("epoch %d: " % epoch)
    stdout.write(str(loss.item()) + "\\n")
    sys.stdout.flush()
count = sys.stdout.write("äé")
print(count, sys.maxsize, sys.version)
""",
    "strings formatted with %": """\
for epoch in range(2):
    loss = ((W - epoch) ** 2).sum()
    print("epoch %d, loss %.3f" % (epoch, loss))
    print('%s: %5.2f%% of %s' % ('share', 12.5, [1, 2.5]))
    print("%(name)s = %(value)8.4f" % {'name': 'b', 'value': b.item()})
print("%d" % b, "%s" % x.shape, "%s" % None, "%r" % 'a', "%5s|%-5s|" % ('a', 'b'), "%x %o %E" % (255, 8, 0.5))
print("%*d %.*f" % (5, 42, 2, 3.14159), "%+d % d %05d" % (1, 2, 3), "100%%" % ())
line = "loss %g"
line %= 0.25
""",
    "strings formatted with format": """\
for epoch in range(2):
    loss = ((W - epoch) ** 2).sum()
    print('Epoch [{}/{}], Loss: {:.4f}'.format(epoch + 1, 2, loss.item()))
    print("{0} {1} {0}".format(epoch, loss))
    print("{name:>8} = {value:8.4f}".format(name='b', value=b.item()))
print('{:{}.{}f}|{:>{width}}|'.format(3.14159, 8, 2, 'a', width=4), '{!r} {!s}'.format('a', 'b'), '{{}}'.format())
print('{}'.format(x), '{:.2%} {:,} {:e}'.format(0.256, 1234567, 0.5), '{:^9}|{:*<5}'.format('mid', 7))
digits, width = 3, 10
print(f"{b.item():.{digits}f}|{'a':>{width}}|{b.item():{width}.{digits}}")
""",
    "methods of strings": """\
words = 'the quick brown fox'.split()
text = ' '.join(words).upper()
pairs = [one.split('=') for one in 'a=1;b=2'.split(';')]
print(text, len(text), text.lower().title(), words, pairs, '-' * 20, 'quick' in text.lower())
print('  padded '.strip() + '|', 'a,b,,c'.rsplit(',', 1), 'abcabc'.replace('b', 'xy', 1), 'abc'.find('c'))
print('7'.zfill(3), 'a'.ljust(4) + '|', 'a'.rjust(4, '.'), 'a'.center(5, '*'), 'abcabc'.count('bc'))
print('net.weight'.startswith('net'), 'net.weight'.endswith(('bias', 'weight')), '12'.isdigit())
print('key: 1'.partition(':'))
letters = sorted('hello'.replace('l', ''))
joined = ', '.join([str(one) for one in x])
""",
    "print options": """\
print(W / 3, np.array([1.23456789, 1e-9]))
torch.set_printoptions(precision=2, sci_mode=False)
np.set_printoptions(precision=3, suppress=True)
print(W / 3, f"{W * 1e6}", str(W / 7), np.array([1.23456789, 1e-9]))
torch.set_printoptions(2, 2, edgeitems=1)
print(torch.arange(9) * 0.1)
torch.set_printoptions(profile='default')
np.set_printoptions(precision=8, suppress=False)
print(W / 3, np.array([1.23456789, 1e-9]), torch.__version__, np.__version__)
""",
    "random": """\
random.seed(3)
pairs = [(random.random(), random.randint(1, 6)) for i in range(2)]
order = list(range(6))
random.shuffle(order)
colours = ['red', 'green', 'blue']
print(pairs, random.choice(colours), random.choices(colours, k=4), random.choices([1, 2], [1.0, 3.0], k=3))
print(random.sample(range(50), 4), random.uniform(-1, 1), random.gauss(0, 1), random.randrange(0, 10, 2))
print(random.choice(x), random.choice('abc'), random.choice((1, 2)), random.normalvariate(mu=0.0, sigma=2.0))
random.seed('text')
a, c = random.choice(M), random.betavariate(2, 3)
random.seed(1)
w = torch.tensor([random.uniform(-1, 1) for i in range(3)], requires_grad=True)
loss = (w * x).sum()
loss.backward()
""",
    "math": """\
a = [math.sqrt(2), math.log1p(0.5), math.degrees(math.pi), math.erf(0.3), math.gamma(4.5), math.trunc(-2.7)]
n = [math.factorial(20), math.comb(10, 3), math.perm(6), math.gcd(12, 18), math.lcm(4, 6), math.isqrt(17)]
p = [math.prod([1, 2, 3.5]), math.fsum([0.1] * 10), math.dist([0, 0], [3, 4]), math.hypot(1, 2, 2)]
q = [math.isclose(0.1 + 0.2, 0.3), math.copysign(2, -0.0), math.fmod(-7, 3), math.remainder(7, 4)]
r = (math.modf(2.5), math.frexp(10.0), math.ldexp(0.5, 4), math.nextafter(1.0, 2.0), math.cbrt(27))
s = math.exp(b.item()) + math.log(8, 2) + math.prod([2, 3], start=4)
""",
    "assert, del and annotations": """\
count: int = 2
scale: float = 0.5 * count
total: torch.Tensor = W.sum() * scale
assert count == 2
assert total.dim() == 0, f"total has {total.dim()} dimensions"
numbers = [1, 2, 3, 4, 5, 6]
numbers[1:3] = [7, 8, 9]
numbers[::3] = (0, 0, 0)
del numbers[0], numbers[-2:]
named = {'a': 1, 'b': W, 3: x}
del named['a'], named[3]
other = W * 2
del other, total
print(numbers, named, count)
""",
    "names of functions that are gone": """\
def f(a):
    b = a * 2
    del a
    if b > 2:
        del b
        return 0
    def g():
        nonlocal b
        del b
        return 1
    return g()
c = [f(1), f(2)]
""",
    "a local name that is gone is read and raises": """\
def f(a):
    del a
    return a
a = 1
b = f(a)
""",
    "an assertion that fails": """\
n = 3
assert n > 2, "fine"
assert n > 3, f"{n} is too few"
n = 4
""",
    "a name that is gone is read and raises": """\
a = 1
del a
b = a
""",
    "bits": """\
a = [1 << 4, 37 >> 2, 6 ^ 3, -1 << 2, 0 << 99, True ^ False]
a[0] <<= 2
a[1] >>= 1
a[2] ^= 1
m = (x > 1) ^ (x > 2)
k = torch.tensor([1, 2, 3])
s = (k << 2) >> 1
k ^= 1
""",
    "the lines of a script": """\
def loss_of(w):
    return ((w - x) ** 2).sum()
if __name__ == "__main__":
    w = torch.zeros(3, requires_grad=True)
    losses = []
    for i in range(3):
        loss = loss_of(w)
        loss.backward()
        losses.append(loss.item())
    print(__name__, losses)
if "__main__" == __name__:
    print("last")
""",
    "sets": """\
a = {3, 1, 2, 3}
c = set(range(2, 5))
a.add(7)
a.discard(9)
a.remove(1)
both, either, only, other = a & c, a | c, a - c, a ^ c
c |= {10}
c &= {3, 4, 10}
c -= {10}
print(sorted(both), sorted(either), sorted(only), sorted(other), 3 in a, a >= both, a.isdisjoint({0}), len(a))
c.update([5, 6], (7,))
c.intersection_update(range(6))
frozen = frozenset([1, 2])
print(c == {3, 4, 5}, {1, 2} <= frozen, frozen | {3}, {(1, 2), (3, 4)} == {(3, 4), (1, 2)}, set(), {*[1], *(2,)})
letters = sorted(set('hello'))
for one in sorted(a, reverse=True):
    c.add(one)
seen = {one % 2 for one in a}
c.clear()
""",
    "dicts": """\
d = dict(a=1, b=2)
d.update({'c': 3}, d=4)
d.update([('e', 5)])
first = d.setdefault('a', 9)
new = d.setdefault('z', [])
last = d.popitem()
zeros = dict.fromkeys(['x', 'y'], 0)
pairs = dict(zip(['p', 'q'], (1.5, W)))
print(d, first, new, last, zeros, list(pairs), {1: 2} | {3: 4}, {'a': 1} == {'a': 1}, ('a', 1) in d.items())
d |= {'f': 6}
places = {(0, 1): 'here', None: 'nowhere', 2.5: 'there'}
gone = places.pop((0, 1), 'missing'), places.pop(7, 'missing')
for key in list(d):
    if d[key] == 3:
        del d[key]
d.clear()
state = {W: 1.5, b: 2.5}
state[W] += 1
known = W in state, x in state
""",
    "lists": """\
l = [3, 1, 2]
l.sort()
l.sort(key=lambda one: -one)
l.sort(reverse=True, key=lambda one: one % 3)
words = ['pear', 'fig', 'apple']
words.sort(key=len)
l.remove(2)
l.reverse()
l.extend(range(2))
l.extend(one * 2 for one in [5])
place, times, tuples = l.index(3), l.count(1), (1, 2, 1).count(1) + (1, 2).index(2)
l[1:2] = [8, 9]
l += (4,)
l.clear()
rows = [[1, 'b'], [1, 'a'], [0, 'c']]
rows.sort()
print(l, words, place, times, tuples, sorted([(2, 'b'), (1, 'z')]), [1, 2] < [1, 3], rows)
""",
    "functions of iterables": """\
numbers = [3, -1, 2]
print(sorted(numbers, key=abs), sorted('banana', reverse=True), max(numbers, key=lambda n: -n), min([], default=7))
print(max([[1, 2], [1, 3]]), min('b', 'a'), max(2, 2.5))
squares = map(lambda n: n * n, numbers)
total = sum(squares) + sum(squares)
kept = list(filter(None, [0, 1, '', 'a'])) + list(filter(lambda n: n > 0, numbers))
both = list(map(lambda a, c: a + c, [1, 2], [10, 20, 30]))
print(total, kept, both, any(n > 2 for n in numbers), all([]), list(zip()), list(zip([1], [2], strict=True)))
print(sum([[1], [2]], []), sum([0.5], start=1), list(enumerate('ab', start=1)), divmod(7, 2), divmod(-7.5, 2))
print(pow(2, 5), pow(3, 4, 5), format(2.5, '8.2f'), chr(97), ord('b'), bin(5), hex(255), oct(8), int('ff', 16))
print(list(map(str, numbers)), list(map(float, ['1', 'inf'])), tuple(map(int, '123')), int(), float(), bool())
print(list(reversed({'a': 1, 'b': 2})), list(range(3))[::-1], round(2.5), round(-1.25, 1), [*map(abs, numbers)])
best = max(zip([0.5, 0.25], ['a', 'b']), key=lambda pair: pair[0])
parameters = list(filter(lambda p: p.requires_grad, [W, x, b]))
loss = sum(map(lambda p: (p ** 2).sum(), parameters))
loss.backward()
""",
    "any and all stop where it is decided": """\
seen = []
def big(n):
    seen.append(n)
    return n > 1
found = any(big(n) for n in [1, 2, 3])
every = all(map(big, [2, 0, 5]))
""",
    "sum goes one by one": """\
total = sum([W, W * 2, x], b)
total.sum().backward()
parts = sum((w * v for w, v in zip(W, x)), b)
parts.backward()
""",
    "collections": """\
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
history = defaultdict(list)
history['loss'].append(0.5)
history['loss'].append(0.25)
counts = defaultdict(int)
for letter in 'hello':
    counts[letter] += 1
nested = defaultdict(lambda: defaultdict(float))
nested['a']['b'] += 1.5
print(dict(history), dict(counts), dict(nested['a']), history, 'x' in counts, counts['x'], len(counts))
c = Counter('mississippi')
c.update('sip')
c['z'] -= 1
d = c + Counter(s=2)
print(c.most_common(2), c['q'], d['s'], c.total(), Counter([1, 1, 2]), list(Counter(a=2).elements()))
window = deque(maxlen=3)
for k in range(5):
    window.append(k)
window.rotate(1)
left = window.popleft()
window.extendleft([7, 8])
window[0] = 9
print(window, left, list(window), window[-1], len(window), 9 in window, window.maxlen)
layers = OrderedDict([('a', nn.Linear(1, 1)), ('b', nn.Tanh())])
layers.move_to_end('a')
print(list(layers), isinstance(layers, OrderedDict), isinstance(layers, dict), OrderedDict(a=1))
Point = namedtuple('Point', ['x', 'y'], defaults=[2])
p = Point(1)
q = p._replace(x=W)
px, py = q
print(p, p.x + p.y, p == (1, 2), q.y, q[1], p._asdict(), isinstance(p, tuple), isinstance(p, Point))
print(Point(y=3, x=1))
(q.x ** 2).sum().backward()
""",
    "itertools": """\
import itertools
from itertools import accumulate, chain, combinations, count, cycle, islice, permutations, product, repeat
print(list(islice(count(3, 2), 4)), list(islice(cycle('ab'), 5)), list(repeat(7, 2)), list(chain([1], (2,), 'x')))
print(list(product([0, 1], repeat=2)), list(combinations('abc', 2)), list(permutations([1, 2])))
print(list(accumulate([1, 2, 3])), list(accumulate([2, 3], lambda a, c: a * c, initial=1)))
print(list(itertools.zip_longest([1, 2], [3], fillvalue=0)), list(chain.from_iterable([[1], [2, 3]])))
print(list(itertools.takewhile(lambda n: n < 2, count())), list(itertools.dropwhile(lambda n: n < 2, range(4))))
print(list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.pairwise([1, 2, 3])))
print([(key, list(group)) for key, group in itertools.groupby('aabc')], list(islice('abcdef', 1, None, 2)))
for i, (a, c) in zip(range(2), product(x, M[0])):
    t = a * c
grid = [lr * decay for lr, decay in itertools.product([0.1, 0.01], [0.0, 0.5])]
steps = cycle([W, b])
loss = next(steps).sum() * next(steps) * next(steps).sum()
loss.backward()
""",
    "functools and operator": """\
import functools, operator
from functools import partial, reduce
scaled = partial(torch.mul, 2.0)
y = scaled(W)
add = partial(lambda a, c, d=0: a + c + d, 1, d=5)
def logged(f):
    def inner(*args):
        return f(*args) + 1
    return functools.wraps(f)(inner)
double = logged(lambda a: a * 2)
print(add(2), double(3), reduce(operator.mul, x.shape, 1), reduce(lambda a, c: a * c, [1, 2, 3, 4]))
total = reduce(operator.add, [W, x, b])
pairs = sorted({'a': 2, 'b': 1}.items(), key=operator.itemgetter(1))
layer = partial(nn.Linear, 2, bias=False)
net = layer(3)
best = max([('a', 0.5), ('b', 0.75)], key=operator.itemgetter(1))
(y.sum() + total.sum()).backward()
""",
    "copies": """\
import copy
rows = [[1, 2], {'a': [3]}]
shallow, deep = copy.copy(rows), copy.deepcopy(rows)
rows[0].append(9)
rows[1]['a'].append(9)
net = nn.Sequential(nn.Linear(1, 2), nn.Tanh())
twin = copy.deepcopy(net)
with torch.no_grad():
    net[0].bias.zero_()
    twin[0].bias.fill_(1.0)
leaf = copy.deepcopy(W)
alike = [W, W]
copied = copy.deepcopy(alike)
print(shallow, deep, copied[0] is copied[1], copied[0] is W, leaf.requires_grad, twin[0].bias, net[0].bias)
(leaf * x).sum().backward()
""",
    "a copy of what has a graph raises": """\
import copy
y = W * 2
z = copy.deepcopy(y)
""",
}
