"""A program that was read and checked: statements that are ready to run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from viz.frames.events import Event
from viz.frames.plain import Span
from viz.language.runtime.state import Expression, State


class Flow(Enum):
    """Where a program continues if not at the next statement."""

    BREAK = "break"
    CONTINUE = "continue"
    RETURN = "return"
    #: The condition of an `if` or `elif` does not hold.
    NEXT = "next"


#: What a block of a generator yields; it returns where the program continues.
Steps: TypeAlias = Generator[Any, None, Flow | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its position, what it does to a State, and the event to report unless it reports another.

    `run` returns where the program continues, None for the next statement. `root` is the expression that the
    statement differentiates, with `.backward()` or `torch.autograd.grad`. `in_place` says that it may change an
    existing tensor, `optimizes` that it is an optimizer's `step()` or `zero_grad()`, `compound` that it has a
    block: it then reports its head and the statements of the block itself. `steps` does what `run` does, and
    yields what the statement yields; None for a statement without a `yield`.
    """

    span: Span
    run: Callable[[State], Flow | None]
    event: Event
    root: Expression | None = None
    in_place: bool = False
    optimizes: bool = False
    compound: bool = False
    steps: Callable[[State], Steps] | None = None

    @property
    def changes(self) -> bool:
        """Whether running it twice may differ from running it once."""
        return self.in_place or self.optimizes or self.root is not None


@dataclass(frozen=True, slots=True)
class Loop:
    """`for target in range(…)`: `numbers` are the range's arguments, `total` the count if they are literals."""

    span: Span
    target: str
    numbers: tuple[Expression, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Program:
    """The statements before, in and after the loop; without a loop, all are the body, which runs once."""

    source: str
    setup: tuple[Statement, ...]
    loop: Loop | None
    body: tuple[Statement, ...]
    after: tuple[Statement, ...] = field(default=())
    #: The line of the last statement that trains in a loop of its own, inside the body: its passes are the
    #: iterations. 0 if there is no such loop.
    trains_until: int = 0
