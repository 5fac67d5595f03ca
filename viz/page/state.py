"""The page's state: the program on stage, and the programs before it. Everything else is a view of it."""

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

#: How many changes can be undone.
UNDO_DEPTH = 100

_SOURCE, _UNDO, _NOTICE, _SAID, _BEGUN = "source", "undo", "notice", "said", "begun"

#: Why a string is not put on stage; empty if it is.
Problems = tuple[Problem, ...]

#: Line 0: it is about no line of the program.
_NOT_CHECKED = Problem("The server could not check this program. Try again.", 0, 0, "Failed")

P = ParamSpec("P")


@lru_cache(maxsize=1)
def default_source() -> str:
    """Return the program that the page opens with."""
    return DEFAULT_PROGRAM.read_text(encoding="utf-8")


def source() -> str:
    """Return the program on stage."""
    text: str = st.session_state.setdefault(_SOURCE, default_source())
    return text


def check(text: str) -> Problems:
    """Return why a string is not a program of the language, the first reason first; empty if it is one.

    If the server fails to find out, that is the problem: an exception in a callback would remove the whole page.
    """
    try:
        return _checked(text)
    except worker_pool.JobFailed:
        return (_NOT_CHECKED,)


def open_with(text: str) -> Problems:
    """Put the session's first program on stage; return why that is not possible."""
    new = _as_read(text)
    # An exception here leaves the address as it is, so that the visitor can reload the page.
    problems = _checked(new) if new != source() else ()
    if not problems:
        st.session_state[_SOURCE] = new
    return problems


def apply(text: str) -> Problems:
    """Put another program on stage, with undo; return why that is not possible."""
    new = _as_read(text)
    before = source()
    st.session_state.pop(_BEGUN, None)
    if new == before:
        return ()
    problems = check(new)
    if not problems:
        earlier = _earlier()
        earlier.append(before)
        del earlier[:-UNDO_DEPTH]
        st.session_state[_SOURCE] = new
    return problems


def put(text: str) -> None:
    """Put a program on stage that needs no check; changes from before cannot be undone any more."""
    st.session_state[_SOURCE] = text
    _earlier().clear()


def start(text: str) -> None:
    """Put another program on stage and play it from its beginning; if that is not possible, a notice says why."""
    if _applied(text):
        begin()


def begin() -> None:
    """Play the program on stage from its beginning, whatever cursor the address has."""
    st.session_state[_BEGUN] = source()


def begins() -> bool:
    """Return whether the program on stage is played from its beginning, not from the previous cursor."""
    return st.session_state.get(_BEGUN) == source()


def change(setter: Callable[Concatenate[str, P], str], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Put on stage what a function of `viz.editing` returns for the program; return whether that worked.

    If not, a notice says why.
    """
    try:
        new = setter(source(), *args, **kwargs)
    except LookupError:
        return False  # the widget is from a program that has been replaced since
    except ValueError as error:
        notify(f"The program stays as it is: {error}.")
        return False
    return _applied(new)


def undo() -> None:
    """Put the previous program back on stage."""
    if can_undo():
        st.session_state[_SOURCE] = _earlier().pop()


def can_undo() -> bool:
    """Return whether there is a change to undo."""
    return bool(_earlier())


def notify(sentence: str) -> None:
    """Set the notice of the next script run."""
    st.session_state[_NOTICE] = sentence


def notice() -> str | None:
    """Return the notice of this script run, and remove it."""
    sentence: str | None = st.session_state.pop(_NOTICE, None)
    st.session_state[_SAID] = sentence
    return sentence


def said() -> str | None:
    """Return what `notice` returned last; None before that."""
    sentence: str | None = st.session_state.get(_SAID)
    return sentence


def say_again() -> None:
    """Give this run's notice to the run that replaces it, unless that has a notice of its own."""
    said = st.session_state.get(_SAID)
    if said:
        st.session_state.setdefault(_NOTICE, said)


def sentence(problem: Problem) -> str:
    """Return a problem as a sentence with its line and column, both from 1, if it is about one."""
    if not problem.line:
        return problem.message
    return f"Line {problem.line}, column {problem.column + 1}: {problem.message}"


def _applied(text: str) -> bool:
    """Apply a text; return whether that worked. If not, a notice says why."""
    problems = apply(text)
    if problems:
        notify(f"The program stays as it is: {problems[0].message}")
    return not problems


def _checked(text: str) -> Problems:
    """Return what `check` does; raise JobFailed if the server fails to find out."""
    visitor = visitors.current()
    job = Job("parse", run_id(text), {"text": text}, recent_seconds=visitor.recent_seconds)
    result = worker_pool.pool().run(job)
    visitor.add(result.seconds)
    return tuple([Problem(**one) for one in json.loads(result.body) or ()])


def _as_read(text: str) -> str:
    """Normalize source code as the language does, so that lines and columns are the same on the whole page."""
    return re.sub("\r\n?", "\n", text.removeprefix(BYTE_ORDER_MARK))


def _earlier() -> list[str]:
    programs: list[str] = st.session_state.setdefault(_UNDO, [])
    return programs
