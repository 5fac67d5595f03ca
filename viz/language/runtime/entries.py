"""The types of the entries in the tables of what a program may use."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span
from viz.language.runtime.sizes import DryRun
from viz.watching.observer import Observer
from viz.watching.stand_in import StandIn

if TYPE_CHECKING:
    from viz.language.runtime.state import State

#: Wraps a call that does more than make a tensor, to notify the observer before and after it. The context's value,
#: if it has one, is called with the result.
Around = Callable[
    [Observer, Span, Sequence[Any], Mapping[str, Any]], AbstractContextManager[Callable[[Any], None] | None]
]
#: Makes a call itself, given the running program, the position of the call, its arguments and its options.
Runs = Callable[["State", Span, Sequence[Any], Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Library:
    """A module that a program can name; `members` are all that the program sees of it."""

    name: str
    members: Mapping[str, Any]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Function:
    """Something that a program may call: a function, a method, a class.

    `positional` is how many arguments may be positional (the object of a method included), `keywords` are the
    names that the others may have; with `every_name` they may have any. `growth` returns a tensor of the
    result's shape: a call whose result may be larger than its arguments is first tried with it, on tensors
    without numbers. `creates` says that the call takes no tensors, `draws` that it may draw random numbers,
    which come from the run's own generator, `callables` that a function of the program may be among the
    arguments, and `keeps` that it puts its arguments, whatever they are, into a list or a dict. `changes` is
    what it changes of its first argument in place. `runs` replaces `call` if that does several operations, and
    reports each to the observer. `members` are what a program may name behind a dot, as in
    `chain.from_iterable`.
    """

    name: str
    call: Callable[..., Any]
    positional: int
    keywords: frozenset[str] = frozenset()
    growth: DryRun | None = None
    creates: bool = False
    around: Around | None = None
    draws: bool = False
    callables: bool = False
    keeps: bool = False
    changes: ChangeKind | None = None
    runs: Runs | None = None
    every_name: bool = False
    members: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function, as torch does."""
        return self.call(*args, **options)

    def misuse(self, positional: int, keywords: Sequence[str], bound: int = 0) -> str | None:
        """Return what is wrong with a call with this many arguments and these names, None if nothing is.

        `bound` is how many of the function's arguments the call does not show: 1 for the object of a method.
        """
        unknown = [name for name in keywords if name not in self.keywords]
        if unknown and not self.every_name:
            allowed = ", ".join(f"`{name}`" for name in sorted(self.keywords))
            names = "the name it takes here is" if len(self.keywords) == 1 else "the names it takes here are"
            instead = f"{names} {allowed}" if allowed else "it takes no named arguments here"
            return f"`{self.name}` takes no `{unknown[0]}` in this language; {instead}."
        most = self.positional - bound
        if positional > most:
            if not most:
                named = " positional arguments here; pass them by name." if self.keywords else " arguments here."
                return f"`{self.name}` takes no{named}"
            plural = "s" if most != 1 else ""
            if self.keywords:
                return (
                    f"`{self.name}` takes at most {most} positional argument{plural} here; pass the others by "
                    "name, or leave them out."
                )
            return f"`{self.name}` takes at most {most} argument{plural} here; leave the others out."
        return None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A function, a setting or a whole library that changes nothing here; `says` is a sentence that says so."""

    name: str
    says: str

    def __str__(self) -> str:
        return self.name

    def member(self, name: str) -> Skipped:
        """What has this name in it, which changes nothing either."""
        return Skipped(f"{self.name}.{name}", self.says) if name else self


@dataclass(frozen=True, slots=True)
class Nothing(StandIn):
    """What a skipped call returns: a program can give it a name, and whatever it does with it does nothing.

    `shape` is that of an array of axes; other things have none.
    """

    of: Skipped
    shape: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """What the page shows of it."""
        return f"a part of {self.of.name.partition('.')[0]}, which does nothing here"


@dataclass(frozen=True, slots=True)
class Absent:
    """A library that a program may import and not use; `instead` says what to write."""

    name: str
    instead: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class GradMode:
    """A class for `with …():`, such as `torch.no_grad`, that says whether autograd records what runs inside.

    `takes` is whether the mode is among the arguments: it has to be for `set_grad_enabled`.
    """

    name: str
    make: Callable[..., AbstractContextManager[Any]]
    takes: Literal["nothing", "may", "must"] = "nothing"

    def __str__(self) -> str:
        return self.name

    @property
    def example(self) -> str:
        """A call that works."""
        return f"{self.name}({'False' if self.takes == 'must' else ''})"

    def misuse(self, positional: int, keywords: Sequence[str]) -> str | None:
        """Return what is wrong with a call with this many arguments and these names, None if nothing is."""
        count = positional + len(keywords)
        fits = {"nothing": not count, "may": count <= 1, "must": count == 1}[self.takes]
        return None if fits and set(keywords) <= {"mode"} else f"This mode is written `{self.example}` here."


@dataclass(frozen=True, slots=True)
class Base:
    """A class that a class of the program may derive from; `real` is what stands for it, None for a Function.

    `methods` are those that a program may call by the name of the class: `nn.Module.__init__(self)`.
    """

    name: str
    real: type | None = None
    methods: Mapping[str, Function] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a program may read.

    `makes` says that reading it is an operation of torch, `shares` that it is a tensor with its owner's memory and
    another version.
    """

    name: str
    read: Callable[[Any], Any]
    makes: bool = False
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """An attribute that a program may set: what of its owner that changes, and a check of the new value.

    `check` gets the owner and the value. `shares` says that the owner then has the value's memory and another
    version.
    """

    name: str
    what: ChangeKind
    check: Callable[[Any, Any], None] | None = None
    shares: bool = False


def positional_count(made: Callable[..., Any], keywords: frozenset[str]) -> int:
    """Return how many arguments of `made` may be positional: those before the first that is not in `keywords`."""
    count = 0
    for parameter in inspect.signature(made).parameters.values():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.name not in keywords:
            break
        count += 1
    return count
