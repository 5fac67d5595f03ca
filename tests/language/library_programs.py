"""Programs that use Python's own library, which run in Python and in the language alike."""

from __future__ import annotations

from tests.language import block_programs

HEAD = f"import math, random\nimport numpy as np\n{block_programs.HEAD}"

#: The subject of each program, and its lines, which come below the head.
PROGRAMS = {
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
}
