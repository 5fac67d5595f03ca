"""Sentences with places for numbers: the stage fills in what the slots hold at the moment that it shows."""

from __future__ import annotations

from collections.abc import Sequence

#: Text and names of slots by turns, a text first. A name in it is never text of a program: that may look like one.
Template = list[str]


class Slot(str):
    """The name of a slot or a mark, in place of what it holds."""

    __slots__ = ()


#: Texts and slots, one after the other.
Pieces = Sequence[str]


def template(*pieces: str) -> Template:
    """The template of these pieces."""
    made = [""]
    for piece in pieces:
        if isinstance(piece, Slot):
            made += [str(piece), ""]
        else:
            made[-1] += piece
    return made


def joined(parts: Sequence[Pieces], separator: str, last: str | None = None) -> list[str]:
    """The pieces of all parts with a separator between two, and another one before the last."""
    pieces: list[str] = []
    for place, part in enumerate(parts):
        if place:
            pieces.append(separator if last is None or place < len(parts) - 1 else last)
        pieces += part
    return pieces
