"""Binds a widget to a value of the program: it shows the value, and what a person puts in its place is taken once.

A widget's state is set from the program before the widget is drawn. Every message of the browser has the content
of every widget, and the browser may send one before the answer to an earlier one arrives. A widget then still has
its old content, which the server set and no person typed: `seen` tells the two apart, and the old content is
overwritten again.

Callbacks miss some input. Streamlit stops a callback if another message arrives, and calls none in the first run
of a session, which a page that reconnects to a new server also starts. So each widget is also compared with the
program when it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from viz.page import seen

_SHOWN, _TYPED = "shown", "typed"


def draw(key: str, value: Any, then: Callable[[Any], object], widget: Callable[[Any], Any]) -> None:
    """Draw a widget that shows a value of the program, unless a person typed another value that is to be applied.

    `widget` draws it; in a new session its argument is the initial value, else None. `then` applies typed values.
    """
    held = widget(_prepare(key, value))
    if held == value:
        if not seen.begun():
            _note(key, value)
    else:
        _typed().append(_Typed(key, held, then))


def begin() -> None:
    """Begin to draw the fields of a run. It finds again what was typed in those of an interrupted run."""
    _typed().clear()


def end(program: str) -> bool:
    """End a run's fields, drawn for the program of this name: apply what was typed and missed by the callbacks.

    Return whether the page has to run again for that. In the first run of a session, another server may have drawn
    the fields; their content is applied only if they showed the same program.
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
    """Set the value that a widget will be drawn with, unless the browser shows it already."""
    shown = _shown().setdefault(key, _Shown())
    held = st.session_state.get(key)
    if key in st.session_state and held == value and shown.is_settled(seen.mark()):
        _note(key, value)
        return
    shown.changes.append((seen.next_mark(), value))
    st.session_state[key] = value


def is_late(key: str) -> bool:
    """Whether a field has a value that the server set or has applied, not one that was typed since."""
    shown = _shown().get(key)
    return shown is not None and st.session_state[key] in shown.since(seen.mark())


def is_typed(key: str) -> bool:
    """Whether a callback is to apply a field's content; in the first run of a session, `end` does that."""
    return seen.begun() and not is_late(key)


def taken(key: str) -> None:
    """Note that a field's content was applied."""
    _note(key, st.session_state[key])


@dataclass(slots=True)
class _Shown:
    """The values that a field was set to, latest last, each with the first mark at which the browser shows it."""

    changes: list[tuple[int, object]] = field(default_factory=list)

    def since(self, mark: int) -> list[object]:
        """The value that the browser showed at a mark, and those that the server sent later."""
        before = [value for at, value in self.changes if at <= mark][-1:]
        return before + [value for at, value in self.changes if at > mark]

    def is_settled(self, mark: int) -> bool:
        """Whether the browser shows the latest value."""
        return all(at <= mark for at, _ in self.changes)


@dataclass(frozen=True, slots=True)
class _Typed:
    """The content of a field that differs from the program's value."""

    key: str
    held: Any
    then: Callable[[Any], object]


def _prepare(key: str, value: object) -> object:
    """Set the state of a widget before it is drawn; return its initial value if the session is new, else None."""
    if not seen.begun():
        return value
    if key not in st.session_state or st.session_state[key] == value or is_late(key):
        set_shown(key, value)
    return None


def _note(key: str, value: object) -> None:
    """Note that the browser showed this value at the mark that it sent, and that the session has applied it."""
    shown, mark = _shown().setdefault(key, _Shown()), seen.mark()
    shown.changes = [(mark, value), *((at, later) for at, later in shown.changes if at > mark)]


def _shown() -> dict[str, _Shown]:
    fields: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    return fields


def _typed() -> list[_Typed]:
    typed: list[_Typed] = st.session_state.setdefault(_TYPED, [])
    return typed
