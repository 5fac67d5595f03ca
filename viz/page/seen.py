"""Which of the server's changes the browser had shown when it sent a message.

Every message of the browser has the content of every field, and the browser may send one before the answer to an
earlier one arrives. A hidden field, drawn after all others, has a mark that the server changes together with them.
So the mark in a message tells which of the server's changes the fields in that message showed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import streamlit as st

_KEY, _MARKS = "seen", "marks"
_STYLE = f"<style>.st-key-{_KEY} {{ display: none; }}</style>"


@dataclass(slots=True)
class _Marks:
    """The number of marks that a session has set, the program in the last one, and whether another one is due."""

    session: str = field(default_factory=lambda: secrets.token_hex(4))
    count: int = 0
    program: str = ""
    due: bool = False
    begun: bool = False

    @property
    def text(self) -> str:
        return f"{self.session}.{self.count}.{self.program}"


def begun() -> bool:
    """Whether a run of this session has drawn every field; before that, another server may have set them."""
    return _marks().begun


def mark() -> int:
    """The last mark that the browser had shown when it sent the message of this run; 0 before the first."""
    session, count, _ = _parts()
    return int(count) if session == _marks().session else 0


def next_mark() -> int:
    """The mark that follows the changes of this run."""
    marks = _marks()
    marks.due = True
    return marks.count + 1


def program() -> str:
    """The name of the program that the browser's fields show, whichever server sent it; empty for a new page."""
    return _parts()[2]


def draw_as_held() -> None:
    """Draw the hidden field with the browser's content, which a previous server may have set."""
    st.html(_STYLE)
    st.text_input("What the page has shown", key=_KEY, label_visibility="collapsed")


def draw(name: str) -> None:
    """Draw the hidden field after all others, which show the program of this name."""
    marks = _marks()
    if marks.due or marks.program != name:
        marks.count, marks.program, marks.due = marks.count + 1, name, False
    if st.session_state.get(_KEY) != marks.text:
        st.session_state[_KEY] = marks.text
    draw_as_held()


def begin() -> None:
    """Note that the server knows from now on what the browser shows."""
    _marks().begun = True


def _parts() -> tuple[str, str, str]:
    session, _, rest = str(st.session_state.get(_KEY) or "").partition(".")
    count, _, name = rest.partition(".")
    return (session, count, name) if count.isdecimal() else ("", "0", "")


def _marks() -> _Marks:
    marks: _Marks = st.session_state.setdefault(_MARKS, _Marks())
    return marks
