"""Programs at each limit, and what they cost: `python -m tests.language.costly` runs them all in one process."""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import warnings
from dataclasses import asdict, dataclass

import torch

import viz
from tests.language import costly_training
from viz import limits

HEAD = """\
import torch
import numpy as np
from torch import nn, optim
import torch.nn.functional as F
W = torch.tensor([0.5], requires_grad=True)
"""
_LARGE = "[torch.zeros(1000, dtype=torch.float64) for i in range({})]"
_DEEP = "def f(n):\n    return {}f(n){}\nf(1)"

#: Programs below the HEAD, by the limit that they meet, each with a part of the sentence that ends it.
PROGRAMS: dict[str, tuple[str, str]] = {
    **costly_training.PROGRAMS,
    "elements": ("x = torch.zeros(10**12)", "300,000 is the most"),
    "elements of a range": ("x = torch.arange(0, 1e18)", "300,000 is the most"),
    "elements of steps": ("x = torch.linspace(torch.tensor(0.0), 1, 10**9)", "300,000 is the most"),
    "elements of a filled tensor": ("x = torch.full((10**9,), torch.tensor(1.0))", "300,000 is the most"),
    "elements of random numbers": ("x = torch.randint(5, (10**9,))", "300,000 is the most"),
    "elements of a permutation": ("x = torch.randperm(10**10)", "300,000 is the most"),
    "elements of an identity": ("x = torch.eye(10**6)", "300,000 is the most"),
    "elements of an array": ("x = np.linspace(np.ones(1000), 2, 1000)", "300,000 is the most"),
    "elements of a range in an array": ("x = np.arange(0, 1, 1e-300)", "300,000 is the most"),
    "elements of a product of arrays": ("x = np.ones((1000, 1)) @ np.ones((1, 1000))", "300,000 is the most"),
    "elements of memory": ("x = torch.empty(10**12)", "300,000 is the most"),
    "elements of a class of tensors": ("x = torch.Tensor(10**6, 10**6)", "300,000 is the most"),
    "elements of a class by a shape": ("x = torch.LongTensor(torch.Size([10**12]))", "300,000 is the most"),
    "elements of a new tensor": ("x = torch.ones(1).new_zeros(10**12)", "300,000 is the most"),
    "elements of new memory": ("x = torch.ones(1).new_empty((10**6, 10**6))", "300,000 is the most"),
    "expand": ("x = torch.ones(1).expand(10**12)", "300,000 is the most"),
    "repeat": ("x = torch.ones(1).repeat(10**12)", "300,000 is the most"),
    "kron": ("x = torch.kron(torch.ones(1000), torch.ones(1000))", "`torch.kron` is not part"),
    "broadcasting": ("x = torch.ones(1000, 1) + torch.ones(1000)", "300,000 is the most"),
    "broadcasting in a sum": ("x = sum([torch.ones(1000, 1), torch.ones(1000)])", "300,000 is the most"),
    "broadcasting in a loss": ("x = F.mse_loss(torch.ones(1000, 1), torch.ones(1000))", "300,000 is the most"),
    "matmul": ("x = torch.ones(1000, 1) @ torch.ones(1, 1000)", "300,000 is the most"),
    "outer": ("x = torch.outer(torch.ones(1000), torch.ones(1000))", "300,000 is the most"),
    "one_hot": ("x = F.one_hot(torch.tensor([5]), 10**9)", "300,000 is the most"),
    "one_hot of a large class": ("x = F.one_hot(torch.tensor([10**9]))", "300,000 is the most"),
    "conv1d": ("x = F.conv1d(torch.ones(1, 1, 9), torch.ones(9, 1, 1), padding=50_000)", "300,000 is the most"),
    "conv1d of a layer": ("x = nn.Conv1d(1, 9, 1, padding=10**9)", "at most 300,000"),
    "a layer": ("x = nn.Linear(10**6, 10**6)", "at most 300,000"),
    "the gates of a cell": ("x = nn.LSTMCell(1, 200)(torch.ones(500, 1))", "300,000 is the most"),
    "the gates of an LSTM": ("x = nn.LSTM(1, 200)(torch.ones(500, 1))", "300,000 is the most"),
    "the steps of a recurrent net": ("x = nn.RNN(1, 1, 10)(torch.ones(900, 1))", "2,000 is the most in one call"),
    "the layers of a recurrent net": ("x = nn.GRU(1, 1, num_layers=11)", "at most 10 layers"),
    "a recurrent net": ("x = nn.LSTM(1, 999)", "300,000 is the most"),
    "the weights of attention": (
        "x = torch.ones(600, 1)\ny = F.scaled_dot_product_attention(x, x, x)",
        "300,000 is the most",
    ),
    "the weights of several heads": (
        "x = torch.ones(400, 2)\ny = nn.MultiheadAttention(2, 2)(attn_mask=None, value=x, key=x, query=x)",
        "300,000 is the most",
    ),
    "a layer of attention": ("x = nn.MultiheadAttention(320, 1)", "300,000 is the most"),
    "the hidden units of a Transformer": (
        "x = nn.TransformerEncoderLayer(1, 1, 900)(torch.ones(400, 1))",
        "300,000 is the most",
    ),
    "the layers of a Transformer": (
        "x = nn.TransformerEncoder(nn.TransformerEncoderLayer(1, 1, 1), num_layers=10**9)",
        "at most 10 layers",
    ),
    "sequences padded to the longest": (
        "x = nn.utils.rnn.pad_sequence([torch.ones(1)] * 1000 + [torch.ones(1000)])",
        "300,000 is the most",
    ),
    "a cell": ("x = nn.GRUCell(1, 10**6)", "at most 300,000"),
    "an embedding": (
        "x = F.embedding(torch.zeros(1000, dtype=torch.int64), torch.ones(1, 1000))",
        "300,000 is the",
    ),
    "stack": ("x = torch.stack([torch.ones(1000)] * 1000)", "300,000 is the most"),
    "cat": ("x = torch.cat([torch.ones(1000)] * 1000)", "300,000 is the most"),
    "parts of nothing": ("x = torch.zeros(0).chunk(10**9)", "at most 300,000"),
    "nearly equal": ("x = torch.allclose(torch.ones(1000, 1), torch.ones(1000))", "300,000 is the most"),
    "random arrays": ("x = np.random.uniform(0, 1, (10**5, 10**5))", "300,000 is the most"),
    "random numbers of two tensors": (
        "x = torch.normal(torch.ones(1000, 1), torch.ones(1000))",
        "300,000 is the most",
    ),
    "lists added to an array": ("x = np.ones((1000, 1)) + [1.0] * 1000", "300,000 is the most"),
    "a mesh": ("x = np.meshgrid(np.ones(999), np.ones(999))", "is the most"),
    "an outer product": ("x = np.outer(np.ones(999), np.ones(999))", "is the most"),
    "a count for each number": ("x = np.bincount([10**12])", "is the most"),
    "copies of an array": ("x = np.tile(np.ones(9), (10**6, 10**6))", "is the most"),
    "entries of an array, again and again": ("x = np.ones(9).repeat(10**12)", "is the most"),
    "a choice among many": ("x = np.random.choice(10**12, replace=False)", "is the most"),
    "a mean of a long list": ("x = np.mean([[1.0] * 900] * 900)", "at most 300,000 entries"),
    "places in an array": ("x = np.ones((1, 1000))[[0] * 1000]", "300,000 is the most"),
    "places from an array": ("x = torch.ones(1, 1000)[np.zeros(1000, dtype=np.int64)]", "300,000 is the most"),
    "places": ("x = torch.ones(1, 1000)[torch.zeros(1000, dtype=torch.int64)]", "300,000 is the most"),
    "dimensions": ("x = torch.ones([1] * 1000)", "20 is the most"),
    "dimensions, one by one": ("x = W\nwhile True: x = x.unsqueeze(0)", "20 is the most"),
    "statements as written": ("a=1\n" * 2001, "2,000 is the most"),
    "statements as executed": ("while True: pass", "50,000 statements"),
    "nodes": ("h = W\n" + f"h = h{' * W' * 90}\n" * 25, "2,000 nodes"),
    "nodes of gradients": (
        "g = W.sin().sum()\nwhile True: g = torch.autograd.grad((g * g.exp()).sum(), [W], create_graph=True)[0]",
        "2,000 nodes",
    ),
    "branches": ("if 0: pass\n" + "elif 0: pass\n" * 1400 + "else: a = [1] * 400_000", "300,000 entries"),
    "iterations": ("for i in range(100_001): pass", "100,000 is the most"),
    "characters": ("#" * 40_000, "40,000 characters"),
    "seconds": (
        "f = lambda n: [0 for i in range(999) for k in range(99) if i < 0]\nwhile True: f(1)",
        "2 seconds",
    ),
    "a full recording": (
        "x = torch.rand(1000)\nfor i in range(1000):\n    for k in range(9000): x = x + 1.0",
        "64 MiB of the recording",
    ),
    "a recording full of prints": (
        "t = 'a' * 9000\nfor i in range(1000):\n    for k in range(9000): print(t)",
        "64 MiB of the recording",
    ),
    "a recording full of arrays": (
        "x = np.ones(1000)\nfor i in range(1000):\n    for k in range(9000): x = x * 1.5",
        "64 MiB of the recording",
    ),
    "a recording full of lists": (
        "x = [0.5] * 1000\nfor i in range(1000):\n    for k in range(9000): x = x[:]",
        "64 MiB of the recording",
    ),
    "what one statement makes": (f"x = [{_LARGE.format(999)} for k in range(999)]", "makes at most 32 MiB"),
    "what one iteration makes": ("\n".join([f"x{k} = {_LARGE.format(999)}" for k in range(99)]), "at most 32 MiB"),
    "rows that one iteration makes": (
        "x = torch.ones(1000, 1)\nfor i in range(12): y = [len([r for r in x]) for k in range(150)]",
        "makes at most 32 MiB",
    ),
    "strings that one iteration makes": (
        "t = 'a' * 900\n" + "\n".join([f"x{k} = [f'{{i}}{{t}}' for i in range(999)]" for k in range(99)]),
        "makes at most 32 MiB",
    ),
    "what arguments keep": (
        "\n".join([f"def f{k}(a={_LARGE.format(999)}): pass" for k in range(99)]),
        "makes at most 32 MiB",
    ),
    "what a program holds": (
        "for i in range(99):\n" + "\n".join([f"    if i == {k}: x{k} = {_LARGE.format(999)}" for k in range(99)]),
        "The values of a program take at most 32 MiB",
    ),
    "what a Function's ctx holds": (
        f"""\
class S(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.large = {_LARGE.format(900)}
        return x * 2
    @staticmethod
    def backward(ctx, g): return g
kept = []
for i in range(1000): kept.append(S.apply(W))""",
        "The values of a program take at most 32 MiB",
    ),
    **{
        f"what iterators hold: {name}": (
            f"kept = []\nfor i in range(99):\n    for k in range(20): kept = zip({made}, [kept])",
            "32 MiB",
        )
        for name, made in {
            "large tensors": _LARGE.format(200),
            "small tensors": "[torch.ones(1) for i in range(900)]",
            "parts of arrays": "[np.zeros(1000)[:1] for i in range(200)]",
            "tensors of parts of arrays": "[torch.from_numpy(np.zeros(1000)[:1]) for i in range(200)]",
            "parts of strings": "[t[1:] for t in ['a' * 900] * 900]",
            "lists": "[[] for i in range(900)]",
            "iterators": "[zip([i]) for i in range(900)]",
            "modules": "[nn.ReLU() for i in range(300)]",
        }.items()
    },
    "what classes take": (
        (
            "for i in range(1000):\n    for k in range(600):\n        class S(torch.autograd.Function):\n"
            "            @staticmethod\n            def forward(ctx, x): return x\n"
            "            @staticmethod\n            def backward(ctx, g): return g"
        ),
        "32 MiB",
    ),
    "entries of a list": ("x = [0] * 10**12", "300,000 entries"),
    "entries of inner lists": ("y = [0] * 9000\nx = [y for i in range(999)]", "300,000 entries"),
    "entries of a list that grows": ("x = [1]\nwhile True: x += x", "300,000 entries"),
    "entries of a literal": ("x = [*[0] * 200_000, *[0] * 200_000]", "300,000 entries"),
    "entries of nested literals": ("a = [0] * 9000\nb = [" + "a," * 900 + "]", "300,000 entries"),
    "numbers of a range": ("x = list(range(10**18))", "300,000 numbers"),
    "characters of a string": ("x = 'a' * 10**12", "10,000 characters"),
    "characters of a string that grows": ("x = 'a'\nwhile True: x = f'{x}{x}'", "10,000 characters"),
    "characters of a string of lists": (
        "x = ['a' * 1000] * 1000\ny = f'" + "{x}" * 4000 + "'",
        "10,000 characters",
    ),
    "characters of joined strings": ("x = 'a' * 999\ny = x.join(['a'] * 999)", "10,000 characters"),
    "characters that replace others": ("x = 'a' * 999\ny = x.replace('a', x)", "10,000 characters"),
    "characters that fill up": ("x = 'a'.ljust(10**12)", "10,000 characters"),
    "a width from a tensor": ("x = 'a'.center(torch.tensor(10**12))", "10,000 characters"),
    "zeros that fill up": ("x = '1'.zfill(10**12)", "10,000 characters"),
    "characters of %": ("x = 'a' * 900\ny = '%s' * 400 % ((x,) * 400)", "10,000 characters"),
    "characters of format": ("x = 'a' * 900\ny = ('{0}' * 300).format(x)", "10,000 characters"),
    "characters of a format in a format": (
        "x = ['a' * 1000] * 1000\ny = '{:{}}'.format(1, x)",
        "10,000 characters",
    ),
    "numbers that % shows": ("x = [torch.zeros(1000)] * 11\ny = '%s' % x", "10,000 numbers are shown"),
    "parts of strings": (
        "x = 'a ' * 500\nfor i in range(9):\n    for k in range(990): n = len([x.split() for j in range(9)])",
        "makes at most 32 MiB",
    ),
    "entries that random chooses": ("import random\nx = random.choices([1], k=10**12)", "at most 300,000"),
    "entries of a random sample": ("import random\nx = random.sample(range(900), 10**12)", "at most 300,000"),
    "factors of a factorial": ("import math\nx = math.factorial(10**12)", "2**63"),
    "ways to choose": ("import math\nx = math.comb(10**12, 10**9)", "2**63"),
    "ways to arrange": ("import math\nx = math.perm(10**12, 10**9)", "2**63"),
    "a product of a list": ("import math\nx = math.prod([10**18] * 900)", "2**63"),
    "a common multiple": ("import math\nx = math.lcm(10**17 + 1, 10**17 + 3)", "2**63"),
    "width of a formatted number": ("x = f'{2.5:>1000000000}'", "This format"),
    "digits of a formatted number": ("x = f'{2.5:.1000000000f}'", "This format"),
    "size of a number": ("x = 3\nwhile True: x = x * x", "2**63"),
    "size of a power": ("x = 10 ** 10 ** 18", "2**63"),
    "size of a number in a string": ("x = int('9' * 90)", "2**63"),
    "entries put into a slice": ("x = [1]\nwhile True: x[:0] = x", "300,000 entries"),
    "a shift": ("x = 1\nwhile True: x <<= 5", "2**63"),
    "entries without end": ("import itertools\nx = list(itertools.count())", "300,000 entries"),
    "nothing without end": (
        "import itertools\nx = next(filter(lambda n: n < 0, itertools.count()))",
        "2 seconds, which are over",
    ),
    "a slice without end": (
        "import itertools\nx = next(itertools.islice(itertools.repeat(0), 10**15, None))",
        "2 seconds, which are over",
    ),
    "a chain of nothing": (
        "import itertools\nx = next(itertools.chain.from_iterable(itertools.repeat([])))",
        "2 seconds, which are over",
    ),
    "parameters without end": (
        "import itertools\no = optim.SGD(itertools.repeat(W), lr=1)",
        "over; do less in it",
    ),
    "an unpacking without end": ("import itertools\na, b = itertools.repeat(1)", "2 names on the left"),
    "arguments without end": ("import itertools\nx = max(*itertools.repeat(1))", "300,000 entries"),
    "a sum without end": ("import itertools\nx = sum(itertools.repeat(1))", "300,000 entries"),
    "a join without end": ("import itertools\nx = ''.join(itertools.repeat('a'))", "300,000 entries"),
    "a product of products": (
        "import itertools\nx = next(itertools.product(range(900), range(900), repeat=200_000))",
        "at most 300,000",
    ),
    "permutations": ("import itertools\nx = list(itertools.permutations(range(900)))", "300,000 entries"),
    "what a cycle keeps": (
        (
            "import itertools\nx = itertools.cycle(itertools.repeat(0))\nfor i in range(9):\n"
            "    for k in range(9): y = list(itertools.islice(x, 250_000))"
        ),
        "do less in it",
    ),
    "iterators in iterators": (
        "import itertools\nx = [1]\nfor i in range(900): x = itertools.chain(x)",
        "nested at most 100 deep",
    ),
    "functions of iterators in each other": (
        "x = [1]\nfor i in range(900): x = map(abs, x)",
        "nested at most 100",
    ),
    "elements of a set": ("x = set(range(300_000))\nx.add(-1)", "300,000 entries"),
    "elements of sets together": ("x = set(range(200_000))\nx |= set(range(-200_000, 0))", "300,000 entries"),
    "keys of a dict": ("x = dict.fromkeys(range(300_000))\nx.setdefault(-1)", "300,000 entries"),
    "tuples in a set": (
        "import itertools\nx = set(itertools.product([-1, -2], repeat=15))",
        "at most 30,000 entries together",
    ),
    "pairs of labels": (
        "x = F.multilabel_margin_loss(torch.ones(1, 300_000), torch.arange(300_000).reshape(1, -1))",
        "1,000,000,000 is the most",
    ),
    "a long window": ("x = F.conv1d(torch.ones(1, 1, 300_000), torch.ones(1, 1, 9000))", "1,000,000,000 is the"),
    "parts that need gradients": ("x = list(torch.ones(300_000, requires_grad=True))", "1,000 is the most"),
    "parts of a large tensor": ("x = torch.ones(300_000).unbind()", "50,000 is the most"),
    "numbers that are shown": (
        "torch.set_printoptions(threshold=10**9)\nprint(torch.rand(300_000))",
        "10,000 numbers are shown",
    ),
    "large tensors that one iteration makes": (
        "x = [torch.ones(300_000) for i in range(999)]",
        "32 MiB of values",
    ),
    "large graphs that a program keeps": (
        "x = torch.ones(300_000, requires_grad=True)\nkept = []\nfor i in range(99): kept.append(x.exp().sum())",
        "values of a program take at most 32 MiB",
    ),
    "backwards of a Jacobian": (
        (
            "from torch.autograd.functional import jacobian\n"
            "x = jacobian(lambda v: v * torch.ones(300_000, 1).sum(), torch.ones(100))"
        ),
        "which takes too long",
    ),
    "keys of dicts together": (
        "x = dict.fromkeys(range(200_000))\ny = x | dict.fromkeys(range(-200_000, 0))",
        "300,000 entries",
    ),
    "counted elements": (
        "from collections import Counter\nx = list(Counter({'a': 10**15}).elements())",
        "300,000 entries",
    ),
    "a long deque": (
        "from collections import deque\nx = deque([1], 200_000)\nwhile True: x += x",
        "300,000 entries",
    ),
    "a default that recurses": (
        "from collections import defaultdict\ndef f(): return d[len(d)]\nd = defaultdict(f)\nx = d[0]",
        "50 deep",
    ),
    "fields of a namedtuple": (
        "from collections import namedtuple\nx = namedtuple('A', ['a' + str(i) for i in range(2000)])",
        "1,000",
    ),
    "a copy of much": (
        (
            f"import copy\nx = {_LARGE.format(900)}\nfor i in range(1):\n"
            "    for k in range(900): y = len([copy.deepcopy(x) for j in range(9)])"
        ),
        "makes at most 32 MiB",
    ),
    "a deep copy": (
        (
            "import copy\nclass A: pass\nx = None\nfor i in range(900):\n    y = A()\n    y.next = x\n    x = y\n"
            "z = copy.deepcopy(x)"
        ),
        "nested at most 100 deep",
    ),
    "a sort by a function": (
        (
            "f = lambda n: len([0 for i in range(999) for k in range(99) if i < 0])\n"
            "while True: x = sorted(range(999), key=f)"
        ),
        "2 seconds",
    ),
    "a reduction": (
        "import functools\nx = functools.reduce(lambda a, b: a + a, [1] * 900)",
        "2**63",
    ),
    "nesting": ("x = " + "-" * 15_000 + "1", "100 deep"),
    "nesting of lists": ("x = []\nwhile True: x = [x]", "100 deep"),
    "nesting of a list in itself": ("x = []\nx.append(x)", "deep"),
    "nesting of blocks": ("".join([" " * n + "if W:\n" for n in range(30)]) + " " * 30 + "pass", "20 deep"),
    "functions": ("def f(): return f()\nf()", "50 deep"),
    "functions in long expressions": (_DEEP.format("-(" * 45, ")" * 45), "nested too deep"),
    "functions in lists": (_DEEP.format("[-" * 45, "]" * 45), "nested too deep"),
    "parameters": ("o = optim.SGD([torch.ones(1, requires_grad=True) for i in range(900)])", "100 parameters"),
    "elements of parameters": (
        "o = optim.SGD([torch.ones(12_000, requires_grad=True) for i in range(90)])",
        "at most 1,000,000",
    ),
    "what LBFGS remembers": ("o = optim.LBFGS([W], history_size=10**9)", "100 is the most"),
    "what LBFGS repeats": ("o = optim.LBFGS([W], max_iter=10**9)", "1,000 is the most"),
    "a schedule": ("o = optim.SGD([W])\ns = optim.lr_scheduler.StepLR(o, 10**12)", "1,000,000"),
}

#: Programs that run to their end and take as much as they may.
LARGEST: dict[str, str] = {
    "prints": "x = ['a' * 1000] * 1000\nprint(" + "x, " * 999 + ")",
    "writes": "import sys\nx = 'a' * 1000\nfor k in range(9000): sys.stdout.write(x)",
    "prints of tensors": "x = torch.rand(10, 10, 10)\nfor k in range(30): print(x)",
    "Muon": (
        "l = [torch.ones(10, 10, requires_grad=True) for i in range(100)]\ng = torch.rand(10, 10)\n"
        "for p in l: p.grad = g\no = optim.Muon(l, ns_steps=10)\no.step()"
    ),
    "LBFGS, for as long as the recording has room": (
        "x = torch.rand(1000, dtype=torch.float64, requires_grad=True)\n"
        "o = optim.LBFGS([x], max_iter=1000, history_size=100, tolerance_grad=0.0, tolerance_change=0.0)\n"
        "def closure():\n    o.zero_grad()\n    l = (x.exp() - x * 3).sum()\n    l.backward()\n    return l\n"
        "o.step(closure)"
    ),
    "a net of a hundred layers": f"a = nn.Tanh()\nnet = nn.Sequential({'a, ' * 100})\ny = net(W * W)",
    "products of large matrices": (
        "x = torch.rand(547, 547, requires_grad=True)\ny = x\nfor k in range(9): y = (x @ x).sum()\n"
        "y.backward()\nz = (torch.ones(547, 547, dtype=torch.int64) @ torch.ones(547, 547, dtype=torch.int64))"
    ),
    "attention to many rows": (
        "x = torch.rand(1, 547, 547, requires_grad=True)\n"
        "for k in range(5): F.scaled_dot_product_attention(x, x, x).sum().backward()"
    ),
    "a Transformer of ten layers": (
        "net = nn.TransformerEncoder(nn.TransformerEncoderLayer(100, 2, 100), 10)\n"
        "net(torch.rand(380, 100)).sum().backward()"
    ),
    "an inverse of a large matrix": "x = torch.rand(547, 547).inverse()",
    "a sorted list": "x = sorted(torch.rand(300_000).tolist())",
    "equal lists": "x = [torch.ones(1)] * 1000\nfor k in range(50): y = x == x",
}
#: An ordinary program.
ORDINARY = HEAD + "for i in range(5):\n    loss = (W * 2.0 - 1.0) ** 2\n    loss.backward()\n"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a program.

    `seconds` is the work of its longest part, `mebibytes` the most MiB that the process has used so far. Then: how
    the program ended (kind, sentence, line). `after` is the work of an ordinary program run after it, in seconds.
    """

    seconds: float
    mebibytes: float
    kind: str
    message: str
    line: int
    after: float


def ordinary() -> float:
    """Seconds of work of an ordinary program, at best."""
    took = []
    for _ in range(2):
        start = time.process_time()
        viz.run(ORDINARY)
        took.append(time.process_time() - start)
    return min(took)


def cost_of(source: str, memory: float) -> Cost:
    """Run a program part by part; `memory` is what this process used before the first program."""
    gc.collect()
    longest, problem = 0.0, None
    start = time.process_time()
    try:
        tape = viz.run(source, iterations=0)
        while not tape.complete:
            longest = max(longest, time.process_time() - start)
            start = time.process_time()
            tape.record(tape.recorded + 1)
        problem = tape.error
    except viz.Refused as refused:
        problem = refused.problem
    longest = max(longest, time.process_time() - start)
    kind, message, line = (problem.kind, problem.message, problem.line) if problem else ("", "", 0)
    return Cost(longest, _peak() - memory, kind, message, line, ordinary())


def _cost_at_best(source: str, memory: float) -> Cost:
    """The cost of a program; of one that took most of its time, the lower of two.

    The system's work counts as the program's, and on a busy machine a page of memory may take it long to find.
    """
    first = cost_of(source, memory)
    if first.seconds < limits.SECONDS / 2:
        return first
    return min(first, cost_of(source, memory), key=lambda cost: cost.seconds)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the seconds of an ordinary program, and the cost of each of the others by its name, as JSON."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    viz.run(HEAD + "x = W * W\nx.sum().backward()\nprint(x)\no = optim.SGD([W])\no.step()")
    gc.collect()
    gc.freeze()  # as the app does
    before, memory = ordinary(), _peak()
    programs = {name: source for name, (source, _) in PROGRAMS.items()} | LARGEST
    costs = {name: asdict(_cost_at_best(HEAD + source, memory)) for name, source in programs.items()}
    sys.stdout.write(json.dumps([before, costs]))


if __name__ == "__main__":
    main()
