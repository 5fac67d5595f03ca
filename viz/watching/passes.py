"""The passes of running loops, and what they are called in the address of an iteration."""

from __future__ import annotations

from collections.abc import Sequence

from viz.frames.frame import Pass


def counter(names: Sequence[str], value: object) -> int | None:
    """Return the integer that a loop has bound its first name to; None if `value` is another one, or it is `_`."""
    counts = bool(names) and not names[0].startswith("_") and type(value) is int
    return value if counts and isinstance(value, int) else None


def named(names: Sequence[str], number: int, count: int | None, iterates: bool) -> Pass:
    """Return a pass of a loop as the program counts it; by its number, from 0, if the program does not count it.

    `names` are those that the loop binds: none in a `while`. `iterates` says that its passes are the iterations.
    """
    if count is not None:
        return Pass(names[0], count)
    return Pass("batch" if names and iterates else "pass", number)
