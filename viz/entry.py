"""The type of the catalog's entries: a class of PyTorch, and the arguments that a program may pass to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: The value of an argument: a number, a flag, a choice (a string), or a pair of numbers (or None).
Setting: TypeAlias = "bool | int | float | str | tuple[float | None, float | None]"

#: The targets of a loss: any numbers, numbers from 0 to 1, the numbers -1 and 1, the index of a class for each
#: row, or the indices of several classes.
Targets: TypeAlias = Literal["numbers", "probabilities", "signs", "classes", "labels"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument: its name and default in PyTorch, and what its widget needs.

    `minimum` and `maximum` are inclusive and apply to both numbers of a pair; None is no bound. They keep a widget
    from offering values that cannot work; torch itself checks every value.
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

    For a loss, `function` is its name in `torch.nn.functional`, `targets` the kind of its targets, `tensors` the
    arguments that take a tensor (they have no widget), and `inputs` the arguments of a call. For an optimizer,
    `others` are the arguments that have no widget, and `rate` says what the optimizer does with lr if that is not
    the size of its next step.
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
        """Return the argument called `name`; raise KeyError if there is none."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        raise KeyError(f"{self.name} has no argument {name!r}")


def find(entries: tuple[Entry, ...], name: str) -> Entry | None:
    """Return the entry called `name`, or None."""
    return next((entry for entry in entries if entry.name == name), None)
