"""The ways in which a program may call an operation: as a function, as a method, in place, with an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F

from viz.language import Refused, parse

IMPORTS = "import torch\nimport torch.nn.functional as F\n"

_BINARY = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "true_divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "pow": "**",
    "matmul": "@",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
}
_COMPARED = ("==", "!=", "<", "<=", ">", ">=")
_REVERSED = {
    "__radd__": "+",
    "__rsub__": "-",
    "rsub": "-",
    "__rmul__": "*",
    "__rdiv__": "/",
    "__rmod__": "%",
    "__rpow__": "**",
    "__rmatmul__": "@",
    "__rand__": "&",
    "__ror__": "|",
    "__rxor__": "^",
}
#: Operations that torch's database calls with their arguments in another order than torch's own.
_ORDER = {"where": (1, 0, 2), "nn.functional.embedding": (1, 0), "nn.functional.embedding_bag": (1, 0)}
#: Arguments that are left out: their value is the default, or depends on this machine.
_LEFT_OUT = ("device",)
_ATTRIBUTES = ("T", "mT", "H", "mH")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an operation; `write` returns the lines before the call, and the call."""

    label: str
    write: Callable[[Sequence[str], dict[str, str]], tuple[list[str], str]]
    probe: str

    @property
    def refusal(self) -> str | None:
        """The sentence with which the language refuses the name; None if it has the name."""
        return refusal(f"{IMPORTS}x = torch.tensor([[1.0]])\n{self.probe}\n")


@cache
def refusal(source: str) -> str | None:
    """The sentence with which the language refuses a program before it runs; None if it accepts it."""
    try:
        parse(source)
    except Refused as refused:
        return str(refused.problem.message)
    return None


def forms(operation: Any) -> list[Form]:
    """Every form of an entry of `op_db` that PyTorch has, the database's own first."""
    found = list(_forms(operation.name, operation.inplace_variant is not None))
    for alias in operation.aliases:
        found += _forms(alias.name, alias.inplace_variant is not None)
    return list({form.label: form for form in found}.values())


def _forms(name: str, in_place: bool) -> Iterator[Form]:
    if name in _ATTRIBUTES:
        yield Form(f"x.{name}", lambda args, options: ([], f"{args[0]}.{name}"), f"out = x.{name}")
        return
    if name == "__getitem__":
        yield Form("x[…]", lambda args, options: ([], f"{args[0]}[{_key(args[1])}]"), "out = x[0]")
        return
    for home in _homes(name):
        yield Form(home, _function(home, _ORDER.get(name)), f"out = {home}(x)")
    if hasattr(torch.Tensor, name) and not name.startswith("__"):
        yield Form(f"x.{name}", _method(name, False), f"out = x.{name}()")
    if in_place and hasattr(torch.Tensor, f"{name}_"):
        yield Form(f"x.{name}_", _method(f"{name}_", True), f"out = x.{name}_()")
    yield from _operators(name, in_place)


def _homes(name: str) -> Iterator[str]:
    """The functions of this name."""
    if name.startswith("nn.functional."):
        own = name.removeprefix("nn.functional.")
        yield f"F.{own}"
        if hasattr(torch, own):
            yield f"torch.{own}"
    elif name.startswith("torch."):
        yield name
    elif not name.startswith("__") and _has(name):
        yield f"torch.{name}"
        if hasattr(F, name):
            yield f"F.{name}"


def _has(name: str) -> bool:
    home: Any = torch
    for part in name.split("."):
        home = getattr(home, part, None)
    return home is not None


def _operators(name: str, in_place: bool) -> Iterator[Form]:
    if name in _BINARY:
        sign = _BINARY[name]
        yield Form(f"x {sign} a", _binary(sign, 0, 1), f"out = x {sign} x")
        if in_place and sign not in _COMPARED:
            yield Form(f"x {sign}= a", _augmented(sign), f"x {sign}= x")
    elif name in _REVERSED:
        sign = _REVERSED[name]
        yield Form(f"a {sign} x", _binary(sign, 1, 0), f"out = 2 {sign} x")
    elif name == "neg":
        yield Form("-x", lambda args, options: ([], f"-{args[0]}"), "out = -x")
    elif name == "abs":
        yield Form("abs(x)", lambda args, options: ([], f"abs({args[0]})"), "out = abs(x)")


def _function(home: str, order: Sequence[int] | None) -> Callable[..., tuple[list[str], str]]:
    def write(args: Sequence[str], options: dict[str, str]) -> tuple[list[str], str]:
        placed = [args[place] for place in order if place < len(args)] if order else args
        return [], f"{home}({_arguments(placed, options)})"

    return write


def _method(name: str, in_place: bool) -> Callable[..., tuple[list[str], str]]:
    def write(args: Sequence[str], options: dict[str, str]) -> tuple[list[str], str]:
        if in_place:  # a leaf that requires grad cannot be changed in place
            return [f"y = {args[0]}.clone()"], f"y.{name}({_arguments(args[1:], options)})"
        return [], f"{args[0]}.{name}({_arguments(args[1:], options)})"

    return write


def _binary(sign: str, left: int, right: int) -> Callable[..., tuple[list[str], str]]:
    def write(args: Sequence[str], options: dict[str, str]) -> tuple[list[str], str]:
        if options or len(args) != 2:
            raise NotThisForm
        return [], f"{_within(args[left])} {sign} {_within(args[right])}"

    return write


def _augmented(sign: str) -> Callable[..., tuple[list[str], str]]:
    def write(args: Sequence[str], options: dict[str, str]) -> tuple[list[str], str]:
        if options or len(args) != 2:
            raise NotThisForm
        return [f"y = {args[0]}.clone()", f"y {sign}= {args[1]}"], "y"

    return write


class NotThisForm(Exception):
    """A sample's arguments do not fit a form: for example, an operator takes no options."""


def _arguments(args: Sequence[str], options: dict[str, str]) -> str:
    named = [f"{name}={text}" for name, text in options.items() if name not in _LEFT_OUT]
    return ", ".join([*args, *named])


def _within(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _key(text: str) -> str:
    """The source inside the brackets of an index; a tuple is written without its parentheses."""
    return text[1:-1] if text.startswith("(") and len(text) > 2 else text
