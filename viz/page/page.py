"""The page: the side bar, which shows and changes the program, and the stage, which plays its tape."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from viz.page import address, sidebar, stage, visitors, worker_pool

st.set_page_config(
    page_title="PyTorch autograd, step by step",
    page_icon=str(Path(__file__).parent / "icon.svg"),  # a file: Streamlit would fetch a named icon from a CDN
    layout="wide",
    # An embedded page and a phone have little room: there the fields are one click away.
    initial_sidebar_state="collapsed" if st.context.is_embedded else "auto",
)


def _draw_sidebar_after_stage() -> None:
    with visitors.current().turn(worker_pool.pool().scheduler):
        sidebar.draw_sidebar()


address.arrive()
if address.awaited():
    stage.ask()
    sidebar.keep()
elif stage.drawn_before():
    # After a change in the side bar, the visitor waits for the stage.
    try:
        stage.draw_stage()
    except Exception:
        # Without the side bar, nobody could undo the change that the stage failed on.
        _draw_sidebar_after_stage()
        raise
    _draw_sidebar_after_stage()
else:
    # The stage may have to wait until torch is imported; the widgets do not.
    sidebar.draw_sidebar()
    stage.draw_stage()
