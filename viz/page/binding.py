"""Binds a widget to a value of the program: it shows the value, and what a person puts in its place is taken once.

A widget's state is set from the program before it is drawn. The browser sends what every widget holds with every
message, and a message may leave it before the answer to an earlier one arrives: what the widget held before the
program changed is not what a person typed (`seen` tells the two apart), and is overwritten once more.

A callback does not hear all that is typed. Streamlit stops a callback where another message arrives, and calls
none in the first run of a session, which may be the one on a new server that the page comes back to. So each
widget is also compared with the program when it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from viz.page import seen

_SHOWN, _TYPED = "shown", "typed"


def draw(key: str, value: Any, then: Callable[[Any], object], widget: Callable[[Any], Any]) -> None:
    """Draw a widget that shows a value of the program, unless someone typed another one that is yet to be taken.

    `widget` draws it with what it holds where the session does not know that; `then` takes what was typed.
    """
    held = widget(_prepare(key, value))
    if held == value:
        if not seen.begun():
            _note(key, value)
    else:
        _typed().append(_Typed(key, held, then))


def begin() -> None:
    """A run begins to draw fields: what an interrupted one found typed, it finds again."""
    _typed().clear()


def end(program: str) -> bool:
    """Every field is drawn, of the program of this name: take what was typed and no callback heard.

    Whether the page has to run again for it. In the first run of a session the fields may be those that another
    server drew, and count only where that was for the same program.
    """
    first = not seen.begun()
    if first:
        seen.draw_as_held()
    typed = _typed().copy()
    known = not first or seen.program() == program
    for one in typed:
        if known:
            one.then(one.held)
        _note(one.key, one.held)
    seen.begin()
    if not first and not typed:
        seen.draw(program)
    return bool(typed)


def set_shown(key: str, value: object) -> None:
    """Make a widget that is yet to be drawn show a value, unless the browser shows it already."""
    shown = _shown().setdefault(key, _Shown())
    held = st.session_state.get(key)
    if key in st.session_state and held == value and shown.is_settled(seen.mark()):
        _note(key, value)
        return
    shown.changes.append((seen.next_mark(), value))
    st.session_state[key] = value


def is_late(key: str) -> bool:
    """Whether a field holds what the server had it show, or has taken from it, and not what was typed since."""
    shown = _shown().get(key)
    return shown is not None and st.session_state[key] in shown.since(seen.mark())


def is_typed(key: str) -> bool:
    """Whether a callback is to take what a field holds: in the first run of a session `end` does."""
    return seen.begun() and not is_late(key)


def taken(key: str) -> None:
    """What a field holds was taken from it."""
    _note(key, st.session_state[key])


@dataclass(slots=True)
class _Shown:
    """What a field was made to show, each with the mark from which on the browser shows it, the latest last."""

    changes: list[tuple[int, object]] = field(default_factory=list)

    def since(self, mark: int) -> list[object]:
        """What the browser showed at a mark, and whatever the server has sent since."""
        before = [value for at, value in self.changes if at <= mark][-1:]
        return before + [value for at, value in self.changes if at > mark]

    def is_settled(self, mark: int) -> bool:
        """Whether the browser shows the latest."""
        return all(at <= mark for at, _ in self.changes)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a field holds instead of the program's value."""

    key: str
    held: Any
    then: Callable[[Any], object]


def _prepare(key: str, value: object) -> object:
    """Set a widget that is yet to be drawn; returns the value that it begins with if the browser holds none."""
    if not seen.begun():
        return value
    if key not in st.session_state or st.session_state[key] == value or is_late(key):
        set_shown(key, value)
    return None


def _note(key: str, value: object) -> None:
    """The browser shows this at the mark that it sent, and the session has taken it."""
    shown, mark = _shown().setdefault(key, _Shown()), seen.mark()
    shown.changes = [(mark, value), *((at, later) for at, later in shown.changes if at > mark)]


def _shown() -> dict[str, _Shown]:
    fields: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    return fields


def _typed() -> list[_Typed]:
    typed: list[_Typed] = st.session_state.setdefault(_TYPED, [])
    return typed
