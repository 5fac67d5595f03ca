"""Random programs: some grown from the language's own tables, some made by damaging real ones."""

from __future__ import annotations

import io
import random
import tokenize
from collections.abc import Callable

from viz.language import vocabulary
from viz.presets import presets

_NAMES = ("W", "b", "x", "y", "h", "loss", "net", "optimizer", "criterion", "i", "f", "items")
_NUMBERS = (
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "3",
    "1e30",
    "-0.0",
    "7",
    "100",
    "1001",
    "10**9",
    "True",
)
_SIGNS = (
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "@",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "in",
    "is",
    "&",
    "|",
    "<<",
)
_OPTIONS = ("dim", "lr", "reduction", "dtype", "size")
_TEXTS = ("'a'", "''", "'{0.__class__}'", "f'{x}'", "f'{loss:.3f}'", "f'{x!r:>{i}}'", "'mean'", "'none'", "'sum'")
#: What strangers try: none of it may do anything but be refused.
_ESCAPES = (
    "__import__('os')", "().__class__.__bases__", "x.__class__", "torch.load('a')", "eval('1')", "open('a')",
    "x.register_hook(print)", "globals()", "x.apply_(abs)", "type(x)", "__builtins__", "torch.jit", "1j",
)  # fmt: skip
_HEAD = "import torch\nfrom torch import nn, optim\nimport torch.nn.functional as F\n"
_START = (
    "x = torch.tensor([0.5, 1.0, -2.0])\ny = torch.tensor([1.0, 0.0, 2.0])\n"
    "W = torch.tensor([0.5], requires_grad=True)\nb = torch.tensor([0.0], requires_grad=True)\n"
    "criterion = nn.MSELoss()\noptimizer = optim.SGD([W, b], lr=0.1)\nh = W * x\nloss = criterion(h, y)\n"
    "net = nn.Sequential(nn.Linear(3, 2), nn.Tanh())\nitems = [1, 2, 3]\ni = 2\n"
)


class Grammar:
    """Grows programs from one source of chance: the same seed, the same programs."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._functions = sorted(
            f"{'F' if library.name.endswith('functional') else library.name.removeprefix('torch.')}.{name}"
            for library in vocabulary.LIBRARIES.values()
            for name in library.members
        )
        self._members = sorted(vocabulary.ATTRIBUTE_NAMES)
        self._statements: tuple[Callable[[int], list[str]], ...] = (
            self._assignment, self._assignment, self._assignment, self._bare, self._in_place, self._branch,
            self._loop, self._function, self._block, self._subscript,
        )  # fmt: skip

    def program(self) -> str:
        """A program: mostly well-formed, with names of the language in places where they may make no sense."""
        if self._chance.random() < 0.35:
            return self._damaged()
        lines = [line for _ in range(self._chance.randint(1, 6)) for line in self._statement(0)]
        if self._chance.random() < 0.4:
            lines = ["for iteration in range(3):", *[f"    {line}" for line in lines]]
        return _HEAD + _START + "\n".join(lines) + "\n"

    def _damaged(self) -> str:
        """A preset with some of its tokens taken out, doubled, swapped, or replaced by something else."""
        source = self._chance.choice(presets()).source
        tokens = [(one.type, one.string) for one in tokenize.generate_tokens(io.StringIO(source).readline)]
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randrange(len(tokens))
            kind, _ = tokens[at]
            # Mostly another of the same kind, so that Python can still read it.
            alike = [one for one in tokens if one[0] == kind or self._chance.random() < 0.02]
            other = self._chance.choice(alike)
            match self._chance.randrange(6):
                case 0:
                    del tokens[at]
                case 1:
                    tokens.insert(at, other)
                case 2 if kind == tokenize.NUMBER:
                    tokens[at] = (tokenize.NAME, self._expression(1))
                case _:
                    tokens[at] = other
        try:
            return tokenize.untokenize(tokens)
        except (ValueError, IndexError):  # tokens that no text has in this order
            return " ".join(text for _, text in tokens)

    def _statement(self, depth: int) -> list[str]:
        return self._chance.choice(self._statements)(depth)

    def _indented(self, depth: int) -> list[str]:
        if depth > 2:
            return ["    pass"]
        lines = [line for _ in range(self._chance.randint(1, 3)) for line in self._statement(depth + 1)]
        return [f"    {line}" for line in lines]

    def _assignment(self, depth: int) -> list[str]:
        targets = (self._name(), self._name(), f"{self._name()}, {self._name()}", f"{self._name()}.grad")
        return [f"{self._chance.choice(targets)} = {self._expression(3)}"]

    def _bare(self, depth: int) -> list[str]:
        return [self._expression(3)]

    def _in_place(self, depth: int) -> list[str]:
        return [f"{self._name()} {self._chance.choice(('+', '-', '*', '/', '**', '@'))}= {self._expression(2)}"]

    def _subscript(self, depth: int) -> list[str]:
        return [f"{self._name()}[{self._index()}] = {self._expression(2)}"]

    def _branch(self, depth: int) -> list[str]:
        word = self._chance.choice(("if", "if", "while"))
        body = self._indented(depth)
        if word == "while":
            body.append("    break" if self._chance.random() < 0.7 else "    i = i + 1")
        end = ["else:", *self._indented(depth)] if word == "if" and self._chance.random() < 0.4 else []
        return [f"{word} {self._expression(2)}:", *body, *end]

    def _loop(self, depth: int) -> list[str]:
        over = self._chance.choice(
            ("range(3)", "x", "items", "range(10**9)", "zip(x, y)", "enumerate(x)", self._expression(1))
        )
        return [f"for {self._name()} in {over}:", *self._indented(depth)]

    def _function(self, depth: int) -> list[str]:
        body = [*self._indented(depth), f"    return {self._expression(2)}"]
        return [f"def f(x, h={self._number()}):", *body, f"y = f({self._expression(1)})"]

    def _block(self, depth: int) -> list[str]:
        return ["with torch.no_grad():", *self._indented(depth)]

    def _expression(self, depth: int) -> str:
        if depth <= 0 or self._chance.random() < 0.2:
            return self._chance.choice((self._name(), self._name(), self._number(), self._rare()))
        inner = [self._expression(depth - 1) for _ in range(3)]
        member, function = self._chance.choice(self._members), self._chance.choice(self._functions)
        return self._chance.choice(
            (
                f"({inner[0]} {self._chance.choice(_SIGNS)} {inner[1]})",
                f"({inner[0]} {self._chance.choice(_SIGNS)} {inner[1]})",
                f"{inner[0]}.{member}({inner[1]})",
                f"{self._name()}.{member}()",
                f"{self._name()}.{member}",
                f"{function}({inner[0]})",
                f"{function}({inner[0]}, {inner[1]})",
                f"{function}({inner[0]}, {self._chance.choice(_OPTIONS)}={inner[1]})",
                f"{self._name()}({inner[0]}, {inner[1]})",
                f"{inner[0]}[{self._index()}]",
                f"[{', '.join(inner)}]",
                f"({inner[0]}, {inner[1]})",
                f"-{inner[0]}",
                f"not {inner[0]}",
                f"({inner[0]} if {inner[1]} else {inner[2]})",
                f"[{inner[0]} for i in {inner[1]}]",
                "{" + f"'a': {inner[0]}" + "}",
            )
        )

    def _index(self) -> str:
        return self._chance.choice(
            ("0", "-1", "1:3", ":", "::2", "None", ":, 0", "x > 0", "10**6", self._expression(1))
        )

    def _rare(self) -> str:
        return self._chance.choice(_TEXTS if self._chance.random() < 0.7 else _ESCAPES)

    def _name(self) -> str:
        return self._chance.choice(_NAMES)

    def _number(self) -> str:
        return self._chance.choice(_NUMBERS)
