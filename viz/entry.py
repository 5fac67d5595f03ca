"""What an entry of the catalog is: a class of PyTorch, and the arguments that a program may give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What an argument may hold: a number, a flag, a choice's text, or a pair of numbers (or None).
Setting: TypeAlias = "bool | int | float | str | tuple[float | None, float | None]"

#: What a loss takes for a target: any numbers, numbers from 0 to 1, -1 and 1, a class for each row (its number),
#: or several.
Targets: TypeAlias = Literal["numbers", "probabilities", "signs", "classes", "labels"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument: its name and default as PyTorch has them, and what a widget needs to offer it.

    `minimum` and `maximum` are inclusive, and hold for both numbers of a pair; None leaves that side open.
    They keep a widget from offering what cannot work; torch itself has the last word on every value.
    """

    name: str
    default: Setting
    kind: Literal["number", "integer", "flag", "choice", "pair"] = "number"
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A class of `torch.nn` or `torch.optim`, its arguments in PyTorch's order, and one sentence about it.

    Of a loss, `function` is its name in `torch.nn.functional`, `targets` what it takes for a target, `tensors` the
    arguments that hold a tensor (no widget offers them), and `inputs` what it is called with. Of an optimizer,
    `others` are the arguments that are written in the text only, and `rate` says what it does with lr, where that
    is not the size of its next step.
    """

    name: str
    module: str
    arguments: tuple[Argument, ...]
    sentence: str
    function: str = ""
    targets: Targets = "numbers"
    tensors: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("input", "target")
    others: tuple[str, ...] = ()
    rate: str = ""

    def argument(self, name: str) -> Argument:
        """The argument called `name`; KeyError where there is none."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        raise KeyError(f"{self.name} has no argument {name!r}")


def find(entries: tuple[Entry, ...], name: str) -> Entry | None:
    """The entry called `name`, or None."""
    return next((entry for entry in entries if entry.name == name), None)
