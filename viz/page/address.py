"""The address of the page: the program that it opens with, and the one that the back button leads to."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from viz import linking
from viz.frames import Problem
from viz.page import state

_ARRIVED = "arrived"


@lru_cache(maxsize=256)
def packed(source: str) -> tuple[str, str]:
    """A program as the address holds it, and why it cannot, as a sentence; one of the two says nothing."""
    try:
        return linking.pack(source), ""
    except linking.TooLong as problem:
        return linking.LEFT_OUT, str(problem)


def arrive() -> None:
    """Put the program of the address on stage, once a session: nothing about a visitor is on the server only.

    Where that is not possible the page opens on its own program and says why.
    """
    if _ARRIVED in st.session_state:
        return
    problem = _put_on_stage(state.open_with)
    if problem:
        state.notify(f"{problem} The page opens with its own program instead.")
        state.begin()
    # Last: a run that another one interrupts before this point has put nothing on stage.
    st.session_state[_ARRIVED] = True


def follow() -> None:
    """Put the program of the address on stage: someone went back in the browser's history, or on."""
    problem = _put_on_stage(state.apply)
    if problem:
        state.notify(f"{problem} The program stays as it is.")


def iteration() -> int:
    """The iteration of the address; 0 before the loop, and where it says none or nothing that can be read.

    The stage keeps it there, and the browser sends it along with every change.
    """
    try:
        return max(0, linking.cursor_in(st.query_params.get("at", "")).iteration)
    except linking.BadLink:
        return 0


def _put_on_stage(put: Callable[[str], Problem | None]) -> str:
    """Put the program of the address on stage; in a sentence why that is not possible, or nothing."""
    try:
        moment = linking.read(st.query_params, state.source())
    except linking.BadLink as problem:
        return str(problem)
    refusal = put(moment.source)
    return f"The program of this link cannot be run. {state.sentence(refusal)}" if refusal else ""
