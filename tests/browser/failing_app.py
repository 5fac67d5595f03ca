"""An app, served like ours, whose page and route fail on purpose, with a message that visitors must not see."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz.operating import events
from viz.page import server

WORDS = "some text of a program"


def fail(request: Request) -> Response:
    """Fail."""
    raise RuntimeError(WORDS)


app = st.App(
    Path(__file__).with_name("failing_page.py"),
    routes=[Route("/viz/fail", fail), *server.routes()],
    middleware=server.middleware(),
    lifespan=server.lifespan,
    on_script_error=events.failed,
    exception_handlers={Exception: server.failed},
)
