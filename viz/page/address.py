"""The address of the page: the program that it opens with, and the one that the back button leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import streamlit as st

from viz import linking
from viz.frames.plain import Problem
from viz.page import state

_ARRIVED, _AWAITED = "arrived", "awaited"


@lru_cache(maxsize=256)
def packed(source: str) -> tuple[str, str]:
    """A program as the address holds it, and why a link cannot, as a sentence, empty where it can."""
    try:
        return linking.pack(source), ""
    except linking.TooLong as problem:
        return linking.left_out(source), str(problem)


def arrive() -> None:
    """Put the program of the address on stage, once a session: nothing about a visitor is on the server only.

    Where that is not possible the page opens on its own program and says why. A program that was too long for the
    address may be in the browser: then it is `awaited`, until `take_kept` is called.
    """
    if _ARRIVED in st.session_state:
        return
    try:
        _open(_put_on_stage(state.open_with))
    except linking.LeftOut as left:
        st.session_state[_AWAITED] = left.place


def follow() -> None:
    """Put the program of the address on stage: someone went back in the browser's history, or on."""
    # A program that is too long for the address the browser brings along: see `take_kept`.
    with suppress(linking.LeftOut):
        _stay(_put_on_stage(state.apply))


def awaited() -> str | None:
    """What stands in the address for a program that the browser is asked for; None where none is."""
    place: str | None = st.session_state.get(_AWAITED)
    return place


def take_kept(said: Any) -> None:
    """Put the program on stage that the browser kept for the address, `{"text": …}`; null where it has none."""
    text = said.get("text") if isinstance(said, Mapping) else None
    put, then = (state.apply, _stay) if _ARRIVED in st.session_state else (state.open_with, _open)
    try:
        then(_put_on_stage(put, text if isinstance(text, str) else None))
    except linking.LeftOut as left:
        then(str(left))


def iteration() -> int:
    """The iteration of the address; 0 before the loop, and where it says none or nothing that can be read.

    The stage keeps it there, and the browser sends it along with every change.
    """
    try:
        return max(0, linking.cursor_in(st.query_params.get("at", "")).iteration)
    except linking.BadLink:
        return 0


def _open(problem: str) -> None:
    """The session has its first program, the page's own where there was a problem."""
    if problem:
        state.notify(f"{problem} The page opens with its own program instead.")
        state.begin()
    st.session_state.pop(_AWAITED, None)
    # Last: a run that another one interrupts before this point has put nothing on stage.
    st.session_state[_ARRIVED] = True


def _stay(problem: str) -> None:
    if problem:
        state.notify(f"{problem} The program stays as it is.")


def _put_on_stage(put: Callable[[str], Problem | None], kept: str | None = None) -> str:
    """Put the program of the address on stage, which may be the one that was `kept` for it; in a sentence why that
    is not possible, or nothing. Raises LeftOut where the program is elsewhere.
    """
    try:
        moment = linking.read(st.query_params, state.source(), kept)
    except linking.LeftOut:
        raise
    except linking.BadLink as problem:
        return str(problem)
    refusal = put(moment.source)
    return f"The program of this link cannot be run. {state.sentence(refusal)}" if refusal else ""
