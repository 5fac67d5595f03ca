"""Sentence templates: the stage inserts the texts that the slots have at the moment it shows."""

from __future__ import annotations

from collections.abc import Sequence

#: Alternately text and the name of a slot, beginning with text. Texts and names are kept apart because a program's
#: text may look like a name.
Template = list[str]


class Slot(str):
    """The name of a slot or a mark, in place of its content."""

    __slots__ = ()


#: Texts and slots in any order.
Pieces = Sequence[str]


def template(*pieces: str) -> Template:
    """Return the template of these pieces."""
    made = [""]
    for piece in pieces:
        if isinstance(piece, Slot):
            made += [str(piece), ""]
        else:
            made[-1] += piece
    return made


def joined(parts: Sequence[Pieces], separator: str, last: str | None = None) -> list[str]:
    """Join the pieces of all parts with a separator, and with `last` before the last part."""
    pieces: list[str] = []
    for place, part in enumerate(parts):
        if place:
            pieces.append(separator if last is None or place < len(parts) - 1 else last)
        pieces += part
    return pieces
