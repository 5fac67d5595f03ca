"""Python's own functions that a program may call, on lists, numbers, strings and tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.problems import refused
from viz.language.vocabulary.classes.exceptions import EXCEPTIONS
from viz.language.vocabulary.containers.dicts import FROMKEYS


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of Python: its name, how many arguments it takes (at least, at most), and its options.

    `makes` is the class that the name means, if it is one. With `every_name` the options may have any names.
    `members` are what a program may name behind a dot, as in `dict.fromkeys`.
    """

    name: str
    least: int
    most: int
    options: frozenset[str] = frozenset()
    makes: type | None = None
    every_name: bool = False
    members: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.name

    def misuse(self, positional: int, keywords: Sequence[str]) -> str | None:
        """What is wrong with a call with this many arguments and these names, None if nothing is."""
        unknown = [name for name in keywords if name not in self.options]
        if unknown and not self.every_name:
            return f"`{self.name}` takes no `{unknown[0]}` in this language; leave it out."
        if not self.least <= positional <= self.most:
            wanted = str(self.least) if self.least == self.most else f"from {self.least} to {self.most}"
            plural = "" if wanted == "1" else "s"
            return f"`{self.name}` takes {wanted} argument{plural} here, but this call has {positional}."
        return None


_MANY = 1_000

BUILTINS: dict[str, Builtin] = {
    one.name: one
    for one in (
        Builtin("abs", 1, 1),
        Builtin("all", 1, 1),
        Builtin("any", 1, 1),
        Builtin("bin", 1, 1),
        Builtin("bool", 0, 1, makes=bool),
        Builtin("callable", 1, 1),
        Builtin("chr", 1, 1),
        Builtin("dict", 0, 1, makes=dict, every_name=True, members={"fromkeys": FROMKEYS}),
        Builtin("divmod", 2, 2),
        Builtin("enumerate", 1, 2, frozenset({"start"}), enumerate),
        Builtin("filter", 2, 2),
        Builtin("float", 0, 1, makes=float),
        Builtin("format", 1, 2),
        Builtin("frozenset", 0, 1, makes=frozenset),
        Builtin("getattr", 2, 3),
        Builtin("hasattr", 2, 2),
        Builtin("hex", 1, 1),
        Builtin("int", 0, 2, makes=int),
        Builtin("isinstance", 2, 2),
        Builtin("issubclass", 2, 2),
        Builtin("iter", 1, 1),
        Builtin("len", 1, 1),
        Builtin("list", 0, 1, makes=list),
        Builtin("map", 2, _MANY),
        Builtin("max", 1, _MANY, frozenset({"key", "default"})),
        Builtin("min", 1, _MANY, frozenset({"key", "default"})),
        Builtin("next", 1, 2),
        Builtin("oct", 1, 1),
        Builtin("ord", 1, 1),
        Builtin("pow", 2, 3),
        Builtin("print", 0, _MANY, frozenset({"sep", "end", "flush"})),
        Builtin("range", 1, 3, makes=range),
        Builtin("repr", 1, 1),
        Builtin("reversed", 1, 1),
        Builtin("round", 1, 2),
        Builtin("set", 0, 1, makes=set),
        Builtin("setattr", 3, 3),
        Builtin("sorted", 1, 1, frozenset({"key", "reverse"})),
        Builtin("str", 0, 1, makes=str),
        Builtin("sum", 1, 2, frozenset({"start"})),
        Builtin("tuple", 0, 1, makes=tuple),
        Builtin("type", 1, 1),
        Builtin("zip", 0, _MANY, frozenset({"strict"}), zip),
    )
}


#: What else Python's own names mean.
CONSTANTS: dict[str, Any] = {**EXCEPTIONS, "NotImplemented": NotImplemented, "Ellipsis": ...}
_BY_CLASS = {one.makes: one for one in BUILTINS.values() if one.makes is not None}


def builtin_of(class_: type) -> Builtin | None:
    """The function that makes values of a class, None if a program has none."""
    return _BY_CLASS.get(class_)


def make_range(span: Span, args: Sequence[Any]) -> range:
    """`range(…)`; raises LimitReached if it has more numbers than a list may have."""
    if not all(type(one) is int for one in args):
        raise refused("`range` takes integers, as in `range(10)`.", span)
    if len(args) == 3 and args[2] == 0:
        raise refused("The step of a range cannot be 0; leave it out.", span)
    counted = range(*args)
    # len() does not work past 2**63, but comparing does.
    if counted and abs(counted[-1] - counted[0]) // abs(counted.step) >= limits.ELEMENTS:
        raise LimitReached(f"A range inside a program has at most {limits.ELEMENTS:,} numbers.")
    return counted
