"""Makes random programs: most are grown from the language's own tables, some are real ones, damaged."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import numpy as np
import torch

from tests.fuzz.damage import damaged
from viz.language.runtime.entries import Function
from viz.language.vocabulary.builtins import BUILTINS
from viz.language.vocabulary.kinds import KINDS
from viz.language.vocabulary.libraries import LIBRARIES
from viz.presets import presets

#: The names that a program begins with, by the kind of their values.
_NAMES: dict[str, Sequence[str]] = {
    "tensor": ("W", "b", "x", "y", "h", "loss"),
    "number": ("i", "n"),
    "list": ("items", "many"),
    "array": ("a",),
    "module": ("net", "criterion"),
    "optimizer": ("optimizer", "schedule"),
    "dict": ("d",),
}
#: The kinds, repeated by how often each is chosen.
_KINDS = ("tensor", "tensor", "tensor", "number", "number", "list", "array", "module", "optimizer", "dict")
#: The replacements of `<sign>` and similar words.
_WORDS: dict[str, Sequence[str]] = {
    "sign": ("+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">=", "&", "|"),
    "change": ("+", "-", "*", "/", "**", "@"),
    "literal": (
        *("0", "1", "2", "-1", "0.5", "3", "1e30", "-0.0", "7", "100", "1001", "10**9", "True", "1e-8", "2**62"),
    ),
    "text": ("'a'", "''", "'{0.__class__}'", "f'{x}'", "f'{loss:.3f}'", "f'{i:>9}|{x!r}'", "'mean'", "'none'"),
    "index": ("0", "-1", "1:3", ":", "::2", "None", ":, 0", "..., 0", "x > 0", "10**6", "[0, 1]", "'a'", "i"),
    "mode": ("no_grad", "no_grad", "enable_grad"),
}
#: The forms of a value of each kind; a word in angle brackets is grown in turn.
_VALUES: dict[str, Sequence[str]] = {
    "tensor": (
        *("(<tensor> <sign> <tensor>)", "(<tensor> <sign> <tensor>)", "(<tensor> <sign> <number>)"),
        *("<tensor method>", "<tensor method>", "<tensor method>", "<call>", "<call>", "<call>", "<call>"),
        *("<tensor>[<index>]", "-<tensor>", "(<tensor> if <condition> else <tensor>)", "f(<tensor>, <number>)"),
        *("torch.stack([<tensor>, <tensor>])", "torch.tensor(<list>)", "net(<tensor>)", "Square.apply(<tensor>)"),
    ),
    "number": (
        *("<literal>", "<literal>", "(<number> <sign> <number>)", "<tensor>.sum().item()", "len(<list>)"),
        *("<builtin>", "f(<number>)"),
    ),
    "list": (
        *("[<value>, <value>]", "(<value>, <value>)", "[<value> for i in <list>]", "(<list> + <list>)"),
        *("[<value> for i in <list> if <condition>]", "(<list> * <literal>)", "<list>[<index>]", "<builtin>"),
        *("<list method>", "<dict method>", "<tensor>.tolist()"),
    ),
    "array": ("(<array> <sign> <array>)", "(<array> <sign> <number>)", "<array method>", "<array>[<index>]"),
    "condition": (
        *("<number> < <number>", "<tensor>.sum() > 0", "not <value>", "<number> in <list>", "W.grad is None"),
        *("<value> and <value>", "<value>"),
    ),
}
#: Lines without a block.
_LINES: Sequence[str] = (
    *("<tensor name> = <tensor>", "<tensor name> = <tensor>", "<number name> = <number>", "<list name> = <list>"),
    *("<array name> = <array>", "<name> = <value>", "<name>, <name> = <value>, <value>", "W.grad = None"),
    *("W.grad = <tensor>", "<value>", "print(<value>)", "<name> <change>= <value>", "x[<index>] = <value>"),
    *("items[<index>] = <value>", "d[<index>] = <value>", "a[<index>] = <value>", "many.append(<value>)"),
    *("loss = (<tensor> * W).sum()\nloss.backward()", "optimizer.step()\nschedule.step()", "net.zero_grad()"),
    "optimizer.zero_grad()\nloss = criterion(<tensor> * W, y)\nloss.backward()\noptimizer.step()",
    "loss = Square.apply(<tensor> * W).sum()\nloss.backward(retain_graph=True)\nloss.backward()",
    "h = torch.autograd.grad((<tensor> * W).sum(), [W], create_graph=True)[0]\nh.sum().backward()",
)
#: The heads of lines with a block.
_HEADS: Sequence[str] = (
    *("if <condition>:", "if <condition>:", "with torch.<mode>():", "for i in range(3):", "for row in x:"),
    *("for i in items:", "for i in range(10**9):", "for i, row in enumerate(x):", "for row in <list>:"),
    *("for i, row in zip(items, x):", "for row in <value>:", "while <condition>:", "while <condition>:"),
)
#: The usual values of an option, by its name.
_OPTIONS: dict[str, Sequence[str]] = {
    "dim": ("0", "1", "-1", "(0, 1)"),
    "axis": ("0", "1", "-1"),
    "dtype": ("torch.float64", "torch.int64", "torch.float16", "torch.bool"),
    "requires_grad": ("True", "False"),
    "size": ("3", "(2, 3)", "(3, 1)", "(0,)", "[1, 3]"),
    "reduction": ("'mean'", "'sum'", "'none'"),
    "params": ("[W, b]", "net.parameters()", "[{'params': [W], 'lr': 0.2}, {'params': [b]}]"),
    "optimizer": ("optimizer",),
    "lr_lambda": ("lambda epoch: 0.9 ** epoch", "f"),
    "inputs": ("[W]", "W", "[W, b]"),
    "outputs": ("loss", "h.sum()"),
}
#: How a program writes the libraries, and the types whose methods it calls.
_SHORT = {
    "torch.nn.functional": "F",
    "numpy": "np",
    "numpy.random": "np.random",
    "torch.autograd": "torch.autograd",
}
_TYPES: dict[str, type] = {"tensor": torch.Tensor, "list": list, "dict": dict, "array": np.ndarray}
#: Attempts of strangers: each has to be refused.
_ESCAPES = (
    "__import__('os')", "().__class__.__bases__", "x.__class__", "torch.load('a')", "eval('1')", "open('a')",
    "x.register_hook(print)", "globals()", "x.apply_(abs)", "type(x)", "__builtins__", "torch.jit", "1j", "1 << 9",
    "(z := 1)", "f'{x!r:>{i}}'", "f(*x)", "(lambda *a: a)", "np.load('a')", "x.data_ptr", "Square.forward",
)  # fmt: skip
_START = """\
import math
import torch
import numpy as np
from torch import nn, optim
import torch.nn.functional as F
x = torch.tensor([0.5, 1.0, -2.0])
y = torch.tensor([1.0, 0.0, 2.0])
W = torch.tensor([0.5], requires_grad=True)
b = torch.tensor([0.0], requires_grad=True)
criterion = nn.MSELoss()
optimizer = optim.SGD([W, b], lr=0.1)
schedule = optim.lr_scheduler.StepLR(optimizer, 2)
h = W * x
loss = criterion(h, y)
net = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
items = [1, 2, 3]
many = [x, W, y]
d = {'a': 1, 2: x}
a = np.array([1.0, 2.0, 3.0])
i = 2
n = 3
def f(x, h=2): return x * h
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2 * x * g
"""


class Grammar:
    """Generates random programs; the same seed makes the same programs."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._functions = [
            (f"{_SHORT.get(library.name, library.name.removeprefix('torch.'))}.{name}", entry)
            for library in LIBRARIES.values()
            for name, entry in sorted(library.members.items())
            if isinstance(entry, Function)
        ]
        self._methods = {kind: sorted(KINDS[of].methods.items()) for kind, of in _TYPES.items()}
        self._special: dict[str, Callable[[int], str]] = {
            "call": self._call,
            "builtin": self._builtin,
            "value": lambda depth: self._value(self._chance.choice(_KINDS), depth),
            "name": lambda depth: self._chance.choice(_NAMES[self._chance.choice(_KINDS)]),
        }

    def program(self) -> str:
        """A program: mostly one that the language accepts, with values that may make no sense in their place."""
        chance = self._chance
        if chance.random() < 0.25:
            return damaged(chance.choice(presets()).source, chance, chance.choice(("0.5", "[1.0]", "10**9", "-1")))
        lines = [line for _ in range(chance.randint(1, 7)) for line in self._statement(0)]
        if chance.random() < 0.5:
            lines = ["for iteration in range(3):", *[f"    {line}" for line in lines]]
        if chance.random() < 0.3:
            body = [*self._indented(1), f"    return {self._filled('<value>', 2)}"]
            lines = [f"def f(x, h={chance.choice(_WORDS['literal'])}):", *body, *lines]
        return _START + "\n".join(lines) + "\n"

    def _statement(self, depth: int) -> list[str]:
        if depth > 2 or self._chance.random() < 0.75:
            return self._filled(self._chance.choice(_LINES), 3).split("\n")
        head = self._filled(self._chance.choice(_HEADS), 2)
        lines = [head, *self._indented(depth + 1)]
        if head.startswith("while"):
            lines.append("    break" if self._chance.random() < 0.7 else "    i = i + 1")
        if head.startswith("if") and self._chance.random() < 0.4:
            lines += ["else:", *self._indented(depth + 1)]
        return lines

    def _indented(self, depth: int) -> list[str]:
        return [f"    {line}" for _ in range(self._chance.randint(1, 3)) for line in self._statement(depth)]

    def _filled(self, template: str, depth: int) -> str:
        """The template with something grown in each place."""
        return re.sub("<([a-z ]+)>", lambda place: self._grown(place[1], depth), template)

    def _grown(self, what: str, depth: int) -> str:
        if what in _WORDS:
            return self._chance.choice(_WORDS[what])
        if what in self._special:
            return self._special[what](depth)
        kind, _, more = what.partition(" ")
        if more == "name":
            return self._chance.choice(_NAMES[kind])
        if more == "method":
            owner = self._value(kind, depth - 1)
            name, entry = self._chance.choice(self._methods[kind])
            return f"{owner}.{name}({self._arguments(entry, 1, depth - 1)})"
        return self._value(kind, depth)

    def _value(self, kind: str, depth: int) -> str:
        """A value that is mostly of this kind."""
        chance = self._chance.random()
        if chance < 0.04:
            return self._chance.choice(_WORDS["text"] if chance < 0.03 else _ESCAPES)
        if chance < 0.08:
            kind = self._chance.choice(_KINDS)
        if kind == "condition":
            return self._filled(self._chance.choice(_VALUES[kind]), max(depth - 1, 0))
        if depth <= 0 or kind not in _VALUES or chance > 0.85:
            return self._chance.choice(_NAMES[kind])
        return self._filled(self._chance.choice(_VALUES[kind]), depth - 1)

    def _call(self, depth: int) -> str:
        """A call of a library function, with as many arguments as it takes and with its options."""
        name, entry = self._chance.choice(self._functions)
        return f"{name}({self._arguments(entry, 0, depth)})"

    def _builtin(self, depth: int) -> str:
        one = BUILTINS[self._chance.choice(sorted(BUILTINS))]
        count = self._chance.randint(one.least, max(one.least, min(one.most, 2)))
        return f"{one}({', '.join([self._filled('<value>', depth) for _ in range(count)])})"

    def _arguments(self, entry: Function, first: int, depth: int) -> str:
        most = max(min(entry.positional - first, 3), 0)
        count = min(self._chance.choice((0, 1, 1, 1, 2, 2, 3)), most)
        places = ("<tensor>", "<tensor>", "<tensor>", "<literal>", "<value>")
        given = [self._filled(self._chance.choice(places), depth) for _ in range(count)]
        if entry.keywords and (self._chance.random() < 0.4 or not given):
            name = self._chance.choice(sorted(entry.keywords))
            likely = _OPTIONS.get(name, places)
            given.append(f"{name}={self._filled(self._chance.choice(likely), depth)}")
        return ", ".join(given)
