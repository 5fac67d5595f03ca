"""The server that runs the page's script: its routes, its middleware, and what it starts and stops."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from streamlit.runtime import get_instance
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from viz.drawing.plotly_js import plotly_js
from viz.operating import events, process
from viz.operating.settings import settings
from viz.page import worker_pool
from viz.page.admission import Admission, Message, Receive, Scope, Send, Sessions, hang_up
from viz.page.endpoints import endpoint
from viz.page.metrics import metrics

#: The page's script, which Streamlit runs for each visitor.
SCRIPT = Path(__file__).parent / "page.py"
STAGE = Path(__file__).parent.parent / "stage"
#: A file's address has the check sum of all the files in it, so that a browser may cache it for good.
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
#: Where the stage asks about its run, and the kind of job that answers it.
JOBS = {
    "/viz/tape/{name}": "chunk",
    "/viz/node/{name}": "explain",
    "/viz/check/{name}": "check_gradients",
    "/viz/tensor/{name}": "cells",
    "/viz/picture/{name}": "draw",
    "/viz/take/{name}/{kind}": "download",
}
TYPES = {".js": "text/javascript", ".css": "text/css"}

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' blob: 'wasm-unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@lru_cache(maxsize=1)
def stage_files() -> dict[str, Path]:
    """Return the files that are served, by their path below `STAGE`; no other file is."""
    files = [path for path in sorted(STAGE.rglob("*")) if path.suffix in TYPES]
    return {path.relative_to(STAGE).as_posix(): path for path in files} | {"plotly.js": plotly_js()}


@lru_cache(maxsize=1)
def stage_address() -> str:
    """Return the address of the stage's files, with the check sum of their names and contents.

    It has no leading slash.
    """
    digest = hashlib.sha256()
    for name, path in stage_files().items():
        content = path.read_bytes() if path.is_relative_to(STAGE) else str(path.stat().st_size).encode()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return f"viz/{digest.hexdigest()[:12]}"


async def _serve(request: Request) -> Response:
    path = stage_files().get(request.path_params["name"])
    if path is None or request.path_params["version"] != stage_address().removeprefix("viz/"):
        return Response("Not found", status_code=404)
    return FileResponse(path, media_type=TYPES[path.suffix], headers=FOREVER)


def routes() -> list[Route]:
    """Return the routes of the stage's requests, and of its files: modules, style sheets and plotly.js."""
    return [
        *(Route(path, endpoint(kind)) for path, kind in JOBS.items()),
        Route("/viz/{version}/{name:path}", _serve),
    ]


class SameOrigin:
    """Accepts a WebSocket from the page's own origin, and from those that Streamlit's options allow.

    Streamlit checks this too, but looks up the server's own address in the network when a foreign page tries.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or refuse the WebSocket."""
        if scope["type"] == "websocket" and _is_foreign(HTTPConnection(scope).headers):
            await hang_up(receive, send, 1008)
        else:
            await self._app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    origin = urlsplit(headers.get("origin", ""))
    if not origin.netloc or origin.netloc == headers.get("host") or not st.get_option("server.enableCORS"):
        return False
    allowed = {urlsplit(one).hostname for one in st.get_option("server.corsAllowedOrigins")}
    return origin.hostname not in allowed | {st.get_option("browser.serverAddress")}


class SecurityHeaders:
    """Sets HEADERS on every response."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with HEADERS added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class _Connected(Sessions):
    """The sessions that Streamlit's runtime has."""

    def count(self) -> int:
        """Return how many are connected, according to Streamlit's own metric."""
        (stat,) = get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])[ACTIVE_SESSIONS_FAMILY]
        assert isinstance(stat, GaugeStat)
        return stat.value

    def connected(self, session: str) -> bool:
        """Return whether the session with this id is connected."""
        return get_instance().is_active_session(session)


def failed(request: Request, error: Exception) -> Response:
    """Return the response after an exception in a route; it says nothing about the exception."""
    events.failed(error)
    return Response("Something went wrong here.", status_code=500)


def middleware() -> list[Middleware]:
    """Return the middleware: headers, origins, admission, and compression (plotly.js: 4.8 MB to 1.4 MB)."""
    limits = settings()
    return [
        Middleware(SecurityHeaders),
        Middleware(SameOrigin),
        Middleware(Admission, places=limits.max_sessions, retry=limits.retry_seconds, sessions=_Connected()),
        Middleware(GZipMiddleware, minimum_size=2048, compresslevel=6),
    ]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Start the log, the metrics and the workers, which import torch while the server answers already."""
    async with running(lambda: worker_pool.begin(settings().recording_processes)):
        yield


@asynccontextmanager
async def running(begin_workers: Callable[[], None]) -> AsyncIterator[None]:
    """Start the log, the metrics and the workers; end them after the block."""
    limits = settings()
    events.begin(limits.log_level)
    begin_workers()
    _count()
    events.started(limits.max_sessions, limits.tape_bytes)
    process.share_the_interpreter()
    process.send_at_once()
    try:
        yield
    finally:
        worker_pool.end()


def _count() -> None:
    """Add the metrics to Streamlit's."""
    pool = worker_pool.pool()
    metrics.watch("viz_sessions", _Connected().count, "Sessions that are connected.")
    metrics.watch("viz_tapes", lambda: pool.tapes, "Tapes that are cached.")
    metrics.watch("viz_tape_bytes", lambda: pool.tape_bytes, "Bytes that the cached tapes take.", unit="bytes")
    get_instance().stats_mgr.register_provider(metrics)
