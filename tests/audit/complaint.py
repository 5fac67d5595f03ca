"""The complaints of the audit: one line for each thing that is wrong, is missing or raises."""

from __future__ import annotations

from dataclasses import dataclass

from viz.frames.frame import SETUP, Frame

#: The most characters of a number, a sentence or an exception in a complaint.
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Complaint:
    """A fault of the page: the program, the moment, what is wrong, and what was expected."""

    program: str
    moment: str
    view: str
    what: str
    expected: str = ""
    got: str = ""

    def __str__(self) -> str:
        text = f"{self.program}: {self.moment}: {self.view}: {self.what}"
        if self.expected or self.got:
            text += f": expected {self.expected}, got {self.got}"
        return " ".join(text.split())


def brief_text(thing: object) -> str:
    """Anything in a few words."""
    text = " ".join(str(thing).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def moment_of(frame: Frame, statement: int) -> str:
    """The moment after a statement: its line, iteration and position in the iteration, the last two from 0."""
    if frame.phase == "loop":
        where = f"iteration {frame.iteration}"
    else:
        where = "before the loop" if frame.iteration == SETUP else "after the loop"
    return f"line {frame.line}, {where}, statement {statement}"
