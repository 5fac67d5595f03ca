"""The state of the page: the program on stage and the programs before it. Everything else is a view of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, ParamSpec

import streamlit as st

from viz.catalog import DEFAULT_PROGRAM
from viz.frames.plain import Problem
from viz.page import visitors, worker_pool
from viz.syntax import BYTE_ORDER_MARK
from viz.worker.jobs import Job, run_id

#: How many changes can be taken back.
UNDO_DEPTH = 100

_SOURCE, _UNDO, _NOTICE, _BEGUN = "source", "undo", "notice", "begun"

P = ParamSpec("P")


@lru_cache(maxsize=1)
def default_source() -> str:
    """The program that the page opens on."""
    return DEFAULT_PROGRAM.read_text(encoding="utf-8")


def source() -> str:
    """The program on stage."""
    text: str = st.session_state.setdefault(_SOURCE, default_source())
    return text


def check(text: str) -> Problem | None:
    """Why a text is no program of the language, or None."""
    visitor = visitors.current()
    job = Job("parse", run_id(text), {"text": text}, recent_seconds=visitor.recent_seconds)
    result = worker_pool.pool().run(job)
    visitor.add(result.seconds)
    problem = json.loads(result.body)
    return None if problem is None else Problem(**problem)


def open_with(text: str) -> Problem | None:
    """Put the session's first program on stage; why that is not possible, or None."""
    new = _as_read(text)
    problem = check(new) if new != source() else None
    if problem is None:
        st.session_state[_SOURCE] = new
    return problem


def apply(text: str) -> Problem | None:
    """Put another program on stage, so that it can be taken back; why that is not possible, or None."""
    new = _as_read(text)
    before = source()
    st.session_state.pop(_BEGUN, None)
    if new == before:
        return None
    problem = check(new)
    if problem is None:
        earlier = _earlier()
        earlier.append(before)
        del earlier[:-UNDO_DEPTH]
        st.session_state[_SOURCE] = new
    return problem


def start(text: str) -> None:
    """Put another program on stage, to be played from its beginning; where it cannot be, the notice says why."""
    problem = apply(text)
    if problem is not None:
        notify(f"The program stays as it is: {problem.message}")
    else:
        begin()


def begin() -> None:
    """Have the program on stage played from its beginning, wherever the address says the cursor is."""
    st.session_state[_BEGUN] = source()


def begins() -> bool:
    """Whether the program on stage is played from its beginning, not from where the one before it was."""
    return st.session_state.get(_BEGUN) == source()


def change(setter: Callable[Concatenate[str, P], str], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Put on stage what a function of `viz.editing` makes of the program; whether it is there now.

    A refusal becomes the notice.
    """
    try:
        new = setter(source(), *args, **kwargs)
    except LookupError:
        return False  # the widget was drawn for a program that has been replaced since
    except ValueError as error:
        notify(f"The program stays as it is: {error}.")
        return False
    problem = apply(new)
    if problem is not None:
        notify(f"The program stays as it is: {problem.message}")
    return problem is None


def undo() -> None:
    """Put the program before the last change back on stage."""
    if can_undo():
        st.session_state[_SOURCE] = _earlier().pop()


def can_undo() -> bool:
    """Whether there is a change to take back."""
    return bool(_earlier())


def notify(sentence: str) -> None:
    """Say something once, in the next run of the page."""
    st.session_state[_NOTICE] = sentence


def notice() -> str | None:
    """What there is to say in this run; gone after it."""
    sentence: str | None = st.session_state.pop(_NOTICE, None)
    return sentence


def sentence(problem: Problem) -> str:
    """A problem in one sentence, with its line and its column, both from 1."""
    return f"Line {problem.line}, column {problem.column + 1}: {problem.message}"


def _as_read(text: str) -> str:
    """A text as the language reads it, so that its lines and columns are the same on the whole page."""
    return re.sub("\r\n?", "\n", text.removeprefix(BYTE_ORDER_MARK))


def _earlier() -> list[str]:
    programs: list[str] = st.session_state.setdefault(_UNDO, [])
    return programs
