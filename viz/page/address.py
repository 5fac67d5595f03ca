"""The page's address: the program that a session opens with, and the one that the back button leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import streamlit as st

from viz import linking
from viz.page import state, worker_pool

_ARRIVED, _AWAITED = "arrived", "awaited"


@lru_cache(maxsize=256)
def packed(source: str) -> tuple[str, str]:
    """Return a program as the address has it, and a sentence if it is too long for a link (otherwise "")."""
    try:
        return linking.pack(source), ""
    except linking.TooLong as problem:
        return linking.left_out(source), str(problem)


def arrive() -> None:
    """Put the address's program on stage, once a session: the address has everything about a visitor's page.

    If that is not possible, the page opens with its own program and says why. A program that is too long for the
    address may be in the browser's storage: then it is `awaited` until `take_kept` is called.
    """
    if _ARRIVED in st.session_state:
        return
    try:
        _open(_put_on_stage(state.open_with))
    except linking.LeftOut as left:
        st.session_state[_AWAITED] = left.place


def follow() -> None:
    """Put the address's program on stage, after the visitor went back or forward in the browser's history."""
    # The browser sends a program that is too long for the address: see `take_kept`.
    with suppress(linking.LeftOut):
        _stay(_put_on_stage(state.apply))


def awaited() -> str | None:
    """Return what the address has in place of the program that the browser is to send; None if there is none."""
    place: str | None = st.session_state.get(_AWAITED)
    return place


def take_kept(said: Any) -> None:
    """Put on stage the program that the browser kept for the address: `{"text": …}`, or null if it has none."""
    text = said.get("text") if isinstance(said, Mapping) else None
    put, then = (state.apply, _stay) if _ARRIVED in st.session_state else (state.open_with, _open)
    try:
        then(_put_on_stage(put, text if isinstance(text, str) else None))
    except linking.LeftOut as left:
        then(str(left))
    except worker_pool.JobFailed:  # not awaited any more, or the page would ask the browser in every run
        then("The server could not check the program of this address.")


def take_sent(said: Any) -> bool:
    """Put the awaited program on stage if the browser sent it unasked; return whether it did."""
    text = said.get("text") if isinstance(said, Mapping) else None
    if not isinstance(text, str) or linking.left_out(text) != awaited():
        return False
    take_kept(said)
    return True


def iteration() -> int:
    """Return the iteration of the address; 0 for the set-up, and if there is none or it cannot be read.

    The stage updates the address, and the browser sends it with every change.
    """
    try:
        return max(0, linking.cursor_in(st.query_params.get("at", "")).iteration)
    except linking.BadLink:
        return 0


def _open(problem: str) -> None:
    """Begin the session: with the program on stage, or with the page's own if there is a problem."""
    if problem:
        state.notify(f"{problem} The page opens with its own program instead.")
        state.begin()
    st.session_state.pop(_AWAITED, None)
    # Last: a script run that is interrupted before this point has put nothing on stage.
    st.session_state[_ARRIVED] = True


def _stay(problem: str) -> None:
    if problem:
        state.notify(f"{problem} The program stays as it is.")


def _put_on_stage(put: Callable[[str], state.Problems], kept: str | None = None) -> str:
    """Put the address's program on stage, or the one that was `kept` for it; return a sentence if that fails.

    Raises LeftOut if the address has no room for the program and it is not the one that was `kept`.
    """
    try:
        moment = linking.read(st.query_params, state.source(), kept)
    except linking.LeftOut:
        raise
    except linking.BadLink as problem:
        return str(problem)
    problems = put(moment.source)
    return f"The program of this link cannot be run. {state.sentence(problems[0])}" if problems else ""
