"""The arguments of a function of the program, and how those of a call are bound to them, as Python does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Signature:
    """The names of a function's arguments, in their order.

    `positional` may be passed by position, the first `unnamed` of them only so; `named` only by name. `rest` gets
    the other positional arguments as a tuple, `options` the other named ones as a dict; empty if there is none.
    """

    positional: tuple[str, ...]
    unnamed: int = 0
    named: tuple[str, ...] = ()
    rest: str = ""
    options: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the function gets from a call."""
        return (*self.positional, *self.named, *[one for one in (self.rest, self.options) if one])

    def __str__(self) -> str:
        return ", ".join(
            [
                *self.positional,
                *([f"*{self.rest}"] if self.rest else ["*"] if self.named else []),
                *self.named,
                *([f"**{self.options}"] if self.options else []),
            ]
        )

    def bind(
        self, function: str, args: Sequence[Any], options: Mapping[str, Any], defaults: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The values of the arguments in a call; raises TypeError, in Python's words, if they do not fit."""
        names = dict(zip(self.positional, args, strict=False))
        more: dict[str, Any] = {}
        by_name = {*self.positional[self.unnamed :], *self.named}
        for option, value in options.items():
            if option in by_name and option in names:
                raise TypeError(f"{function}() got multiple values for argument {option!r}")
            if option in by_name:
                names[option] = value
            elif self.options:
                more[option] = value
            else:
                raise TypeError(f"{function}() got an unexpected keyword argument {option!r}")
        if len(args) > len(self.positional) and not self.rest:
            raise TypeError(f"{function}() takes {self._takes(defaults)} but {_were(len(args))} given")
        bound = {**defaults, **names}
        for kind, wanted in (("positional", self.positional), ("keyword-only", self.named)):
            missing = [repr(one) for one in wanted if one not in bound]
            if missing:
                count = f"{len(missing)} required {kind} argument{'s' if len(missing) > 1 else ''}"
                raise TypeError(f"{function}() missing {count}: {_listed(missing)}")
        found = {one: bound[one] for one in (*self.positional, *self.named)}
        if self.rest:
            found[self.rest] = tuple(args[len(self.positional) :])
        if self.options:
            found[self.options] = more
        return found

    def _takes(self, defaults: Mapping[str, Any]) -> str:
        """How many positional arguments the function takes, in Python's words."""
        most = len(self.positional)
        least = most - sum(1 for one in self.positional if one in defaults)
        plural = "argument" if most == 1 and least == most else "arguments"
        return f"{most} positional {plural}" if least == most else f"from {least} to {most} positional {plural}"


def _were(count: int) -> str:
    return f"{count} {'was' if count == 1 else 'were'}"


def _listed(names: Sequence[str]) -> str:
    """`'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
