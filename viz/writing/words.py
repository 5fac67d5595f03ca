"""Puts words in a row, as a sentence does."""

from __future__ import annotations

#: How many parameters a sentence names before it only counts them: it has one line.
NAMED = 2


def named(parts: list[str], total: int) -> str:
    """The parts, and how many there are besides."""
    return join([*parts, f"{total - len(parts)} more"] if total > len(parts) else parts)


def join(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
