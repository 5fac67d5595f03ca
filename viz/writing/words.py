"""Joins words into a list within a sentence."""

from __future__ import annotations

#: A sentence names up to this many parameters and counts the others, because it has one line.
NAMED = 2


def named(parts: list[str], total: int) -> str:
    """The parts, and the number of further ones."""
    return join([*parts, f"{total - len(parts)} more"] if total > len(parts) else parts)


def join(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def times(count: int) -> str:
    """Return `once`, `twice` or `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")
