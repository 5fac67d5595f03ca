"""What the server does besides running the page's script: its files and tapes, headers, a warm start."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
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

from viz.limits import ITERATIONS
from viz.page import checks, downloads, events, explain, pictures, process
from viz.page.door import Door, Message, Receive, Scope, Send, Sessions, hang_up
from viz.page.metering import Endpoint, metered
from viz.page.metrics import metrics
from viz.page.settings import settings

if TYPE_CHECKING:
    from viz.page.shows import Shelf

STAGE = Path(__file__).parent.parent / "stage"
#: The address of a file carries the files' check sum, so a browser may keep it for good.
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NUMBER = re.compile("[0-9]{1,9}")
#: Seconds until the first look whether anybody still waits for an answer; each next is twice as late, to SELDOM.
LOOK, SELDOM = 0.5, 4.0
#: Threads for what stages fetch, where someone waits for it and where nobody does; for explanations, and for what
#: takes longer. Few: the server's own thread has to get its share of the interpreter among all that compute, and
#: every answer goes through it.
URGENT, BEHIND = ThreadPoolExecutor(8, "feed"), ThreadPoolExecutor(1, "behind")
EXPLAINING, TAKING = ThreadPoolExecutor(2, "explain"), ThreadPoolExecutor(2, "take")
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


def plotly_js() -> Path:
    """The plotly.js that the installed plotly package brings."""
    return Path(str(files("plotly") / "package_data" / "plotly.min.js"))


@lru_cache(maxsize=1)
def stage_files() -> dict[str, Path]:
    """The files that are served, by name: nothing else can be asked for."""
    served = {path.name: path for path in sorted(STAGE.iterdir()) if path.suffix in TYPES}
    return served | {"plotly.js": plotly_js()}


@lru_cache(maxsize=1)
def stage_address() -> str:
    """The address of the stage's files below the page's, with their check sum; without a leading slash."""
    digest = hashlib.sha256()
    for path in stage_files().values():
        digest.update(path.read_bytes() if path.parent == STAGE else str(path.stat().st_size).encode())
    return f"viz/{digest.hexdigest()[:12]}"


async def _serve(request: Request) -> Response:
    path = stage_files().get(request.path_params["name"])
    if path is None or request.path_params["version"] != stage_address().removeprefix("viz/"):
        return Response("Not found", status_code=404)
    return FileResponse(path, media_type=TYPES[path.suffix], headers=FOREVER)


def serve_tape(request: Request) -> Response:
    """More of a tape: iterations `from` to `to`, without what the stage has already: the series of so many,
    `drawn`, and the iterations from `alone` to `till`. `urgent` is 1 where someone waits for it, `path` where
    nothing is wanted but what is missing of the series.

    Not a coroutine, so it records in a thread of its own.
    """
    from viz.page.shows import show_named

    names = ("from", "to", "drawn", "alone", "till", "urgent", "path")
    asked = {name: request.query_params.get(name) for name in names}
    numbers = {name: int(text) for name, text in asked.items() if text is not None and _NUMBER.fullmatch(text)}
    if any(text is not None and name not in numbers for name, text in asked.items()) or not {"from", "to"} <= {
        *numbers
    }:
        return Response("Bad request", status_code=400)
    show = show_named(request.path_params["name"])
    if show is None:
        return Response("Not found", status_code=404)
    alone = range(numbers.get("alone", 0), min(numbers.get("till", 0), ITERATIONS))
    if "path" in numbers:
        chunk = show.path(numbers["from"], numbers.get("drawn", 0))
    else:
        behind = "urgent" not in numbers
        chunk = show.chunk(numbers["from"], numbers["to"], numbers.get("drawn"), alone, behind)
    return Response(chunk, media_type="application/json", headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """What the stage asks about a show, and the stage's files: its modules, its style sheet and plotly.js."""
    asked = [
        (Route("/viz/tape/{name}", serve_tape), _of_feed),
        *((route, lambda _: EXPLAINING) for route in explain.routes()),
        *((route, lambda _: TAKING) for route in (*checks.routes(), *pictures.routes(), *downloads.routes())),
    ]
    return [
        *(Route(route.path, in_threads(metered(route.endpoint), threads)) for route, threads in asked),
        Route("/viz/{version}/{name:path}", _serve),
    ]


def _of_feed(request: Request) -> Executor:
    return URGENT if "urgent" in request.query_params else BEHIND


def in_threads(
    answer: Endpoint, threads: Callable[[Request], Executor]
) -> Callable[[Request], Awaitable[Response]]:
    """Answer in some threads, as many at a time; what nobody waits for any more not at all."""

    async def answer_in_turn(request: Request) -> Response:
        gone = False

        def unless_gone() -> Response:
            return Response(status_code=499) if gone else answer(request)

        answered = asyncio.get_running_loop().run_in_executor(threads(request), unless_gone)
        look = LOOK
        while not (await asyncio.wait([answered], timeout=look))[0]:
            look = min(2 * look, SELDOM)
            # Whoever moved on to another program waits for that one.
            gone = gone or await request.is_disconnected()
        return answered.result()

    return answer_in_turn


class SameOrigin:
    """Lets a WebSocket in from the page's own origin, and from those that Streamlit's options name.

    Streamlit checks it too, but asks the network for the server's own address when a foreign page tries.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or hang up."""
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
    """Sets HEADERS on every answer."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class _Connected(Sessions):
    """The sessions of Streamlit's runtime."""

    def count(self) -> int:
        """How many are connected: as its own metric says."""
        (stat,) = get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])[ACTIVE_SESSIONS_FAMILY]
        assert isinstance(stat, GaugeStat)
        return stat.value

    def connected(self, session: str) -> bool:
        """Whether the one with this id is."""
        return get_instance().is_active_session(session)


def failed(request: Request, error: Exception) -> Response:
    """What is answered where a route of ours failed: nothing of how."""
    events.failed(error)
    return Response("Something went wrong here.", status_code=500)


def middleware() -> list[Middleware]:
    """Headers, who may connect, and compression of what is large (plotly.js: 4.8 MB to 1.4 MB)."""
    limits = settings()
    return [
        Middleware(SecurityHeaders),
        Middleware(SameOrigin),
        Middleware(Door, places=limits.max_sessions, retry=limits.retry_seconds, sessions=_Connected()),
        Middleware(GZipMiddleware, minimum_size=2048, compresslevel=6),
    ]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Begin to log and to count, and import what the first visitor would wait for while the server answers."""
    limits = settings()
    events.begin(limits.log_level)
    _count()
    events.started(limits.max_sessions, limits.tape_bytes)
    process.answer_at_once()
    Thread(target=_warm_up, daemon=True, name="warm-up").start()
    yield


def _count() -> None:
    """Have Streamlit's metrics include ours."""

    def kept() -> Shelf:
        from viz.page.shows import shelf  # with torch, which the server starts to answer without

        return shelf()

    metrics.watch("viz_sessions", _Connected().count, "Sessions that are connected.")
    metrics.watch("viz_tapes", lambda: len(kept()), "Tapes that are kept.")
    metrics.watch("viz_tape_bytes", lambda: kept().size, "What the tapes that are kept take.", unit="bytes")
    get_instance().stats_mgr.register_provider(metrics)


def _warm_up() -> None:
    from viz.page import shows

    shows.warm_up()
    process.Garbage().begin()
