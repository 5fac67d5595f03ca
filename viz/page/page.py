"""The page: the side bar with the views of the source, and the stage that plays its tape."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from viz.page import address, sidebar, stage, visitors, worker_pool

st.set_page_config(
    page_title="PyTorch autograd, step by step",
    page_icon=str(Path(__file__).parent / "icon.svg"),  # of our own: Streamlit fetches named icons from a CDN
    layout="wide",
    # In a frame of a course page there is no room to spare, nor on a phone: the fields are one click away.
    initial_sidebar_state="collapsed" if st.context.is_embedded else "auto",
)
address.arrive()
if address.awaited():
    stage.ask()
    sidebar.keep()
elif stage.drawn_before():
    # Whoever moved a widget has seen it move, and waits for the stage.
    stage.draw_stage()
    with visitors.current().turn(worker_pool.pool().scheduler):
        sidebar.draw_sidebar()
else:
    # The stage may have to wait until torch is imported; the widgets need not.
    sidebar.draw_sidebar()
    stage.draw_stage()
