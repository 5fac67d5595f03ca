"""The app: `streamlit run app.py` finds `app`, which serves the page and the stage's files."""

from __future__ import annotations

import streamlit as st

from viz.operating import events
from viz.operating.settings import settings
from viz.page import server

settings()  # a wrong setting has to stop the start, not the first visitor
app = st.App(
    server.SCRIPT,
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
    on_script_error=events.failed,
    exception_handlers={Exception: server.failed},
)
