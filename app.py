"""The app: `streamlit run app.py` finds `app`, which serves the page and the files of the stage."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from viz.page.server import lifespan, middleware, routes

app = st.App(
    Path(__file__).parent / "viz" / "page" / "page.py",
    routes=routes(),
    middleware=middleware(),
    lifespan=lifespan,
)
