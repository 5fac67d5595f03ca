"""The page: the side bar, which shows and changes the program, and the stage, which plays its tape."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from viz.page import address, sidebar, stage, state, visitors, worker_pool

st.set_page_config(
    page_title="PyTorch autograd, step by step",
    page_icon=str(Path(__file__).parent / "icon.svg"),  # a file: Streamlit would fetch a named icon from a CDN
    layout="wide",
    # An embedded page and a phone have little room: there the fields are one click away.
    initial_sidebar_state="collapsed" if st.context.is_embedded else "auto",
)


_FAILED_CHANGE = (
    "The server could not run this program. In the side bar, under Program, press Undo or change the text."
)
_FAILED_OPENING = (
    "The server could not run this program. Reload the page to try again, or change the text in the side bar, "
    "under Program."
)
_FAILED_CHECK = "The server could not check the program of this address. Reload the page to try again."


def _draw_stage() -> None:
    """Draw the stage; if the server fails to run the program, say what can be done about it."""
    try:
        stage.draw_stage()
    except worker_pool.JobFailed:
        st.error(_FAILED_CHANGE if state.can_undo() else _FAILED_OPENING)


def _draw_sidebar_after_stage() -> None:
    with visitors.current().turn(worker_pool.pool().scheduler):
        sidebar.draw_sidebar()


def _arrived() -> bool:
    """Put the address's program on stage; if the server fails to check it, say so and return False."""
    try:
        address.arrive()
    except worker_pool.JobFailed:
        st.error(_FAILED_CHECK)
        return False
    return True


if not _arrived():
    sidebar.keep()
elif address.awaited():
    stage.ask()
    sidebar.keep()
elif stage.drawn_before():
    # After a change in the side bar, the visitor waits for the stage.
    try:
        _draw_stage()
    except Exception:
        # Without the side bar, nobody could undo the change that the stage failed on.
        _draw_sidebar_after_stage()
        raise
    _draw_sidebar_after_stage()
else:
    # The stage may have to wait until torch is imported; the widgets do not.
    sidebar.draw_sidebar()
    _draw_stage()
