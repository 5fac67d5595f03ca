"""A program that was read and checked: statements that are ready to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from viz.frames import Event, Span
from viz.language.calls import State
from viz.language.expressions import Expression


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: where it stands, what it does to a State, and what it is called when nothing more happens.

    `root` is the expression whose `.backward()` the statement calls, `in_place` says that it may change a
    tensor that was there before, `optimizes` that it is an optimizer's `step()` or `zero_grad()`.
    """

    span: Span
    run: Callable[[State], None]
    event: Event
    root: Expression | None = None
    in_place: bool = False
    optimizes: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """`for target in range(…)`: `numbers` are the range's arguments, `total` the count if they are literals."""

    span: Span
    target: str
    numbers: tuple[Expression, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Program:
    """What stands before the loop, in it and after it; without a loop all of it is the body, which runs once."""

    source: str
    setup: tuple[Statement, ...]
    loop: Loop | None
    body: tuple[Statement, ...]
    after: tuple[Statement, ...] = field(default=())
