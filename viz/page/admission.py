"""Limits how many sessions are open at once; the next visitor gets a small page that tries again by itself."""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from viz.operating import events
from viz.page.metrics import metrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Seconds that a place is reserved between a page and the connection that its script makes.
RESERVED = 20.0
#: The cookie that lets a visitor reload the page on a full server: a random token, gone with the browser.
COOKIE = "viz_admission"
_TOKEN = re.compile("[A-Za-z0-9_-]{24}")
#: Paths that are not the page: files, health, metrics, and requests of the stage.
_NOT_THE_PAGE = re.compile("/(_stcore|static|media|component|viz|app)/")
_STREAM = "/_stcore/stream"

_FULL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{seconds}">
<title>One moment, please</title>
<style>
:root {{ color-scheme: light dark; }}
body {{
  margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 1.0625rem/1.6 "Source Sans", system-ui, sans-serif;
  color: light-dark(#1f2430, #e8e9ec); background: light-dark(#ffffff, #0e1117);
}}
main {{ max-width: 32rem; padding: 2rem; }}
h1 {{ margin: 0 0 0.5rem; font-size: 1.5rem; font-weight: 600; }}
p {{ margin: 0.5rem 0; }}
</style>
</head>
<body>
<main>
<h1>The server is full</h1>
<p>This page can be open for a limited number of people at once, and all places are taken at the moment.</p>
<p role="status">It tries again by itself every {seconds} seconds. Your link is kept.</p>
</main>
</body>
</html>
"""


class Sessions(Protocol):
    """The sessions that are open."""

    def count(self) -> int:
        """Return how many are connected."""

    def connected(self, session: str) -> bool:
        """Return whether the session with this id is connected."""


class Admission:
    """Middleware that admits `places` sessions; the page of a visitor who waits tries again after `retry` seconds.

    A page that is admitted reserves a place until its connection arrives. A connected visitor may reload: the old
    connection ends before the new one arrives. A connection that is made again takes its own place.
    """

    def __init__(
        self,
        app: Asgi,
        places: int,
        retry: int,
        sessions: Sessions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._places = places
        self._retry = retry
        self._sessions = sessions
        self._clock = clock
        self._reserved: deque[float] = deque()
        self._entering = 0
        self._connected: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or with the page that tries again."""
        if scope["type"] == "websocket" and scope["path"].endswith(_STREAM):
            await self._connect(scope, receive, send)
        elif scope["type"] == "http" and _is_page(scope):
            await self._open(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the page."""
        token = _token(scope)
        taken = self._taken() + len(self._reserved)
        if taken >= self._places and not self._connected[token]:
            _refuse()
            await self._full()(scope, receive, send)
            return
        if _by_browser(scope):
            self._reserved.append(self._clock() + RESERVED)
        await self._app(scope, receive, send if token else _with_token(scope, send))

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Connect a session."""
        again = self._sessions.connected(_session(scope))
        if not again and self._taken() >= self._places:
            _refuse()
            await hang_up(receive, send, 1013)
            return
        if self._reserved:
            self._reserved.popleft()
        token, began = _token(scope), self._clock()
        entering = 0 if again else 1
        self._entering += entering
        self._connected.update([token] if token else [])
        accepted = inside = False

        async def send_and_observe(message: Message) -> None:
            nonlocal accepted
            accepted |= message["type"] == "websocket.accept"
            await send(message)

        async def receive_and_observe() -> Message:
            nonlocal entering, inside
            # Streamlit accepts, creates the session, and then receives: from now on it counts the session itself.
            if accepted and not inside:
                self._entering -= entering
                entering, inside = 0, True
                events.opened(self._sessions.count())
            return await receive()

        try:
            await self._app(scope, receive_and_observe, send_and_observe)
        finally:
            self._entering -= entering
            self._connected -= Counter([token] if token else [])
            if inside:
                events.closed(self._sessions.count(), self._clock() - began)

    def _taken(self) -> int:
        """Return how many sessions are open or about to be, and drop the reservations that expired."""
        while self._reserved and self._reserved[0] <= self._clock():
            self._reserved.popleft()
        return self._sessions.count() + self._entering

    def _full(self) -> Response:
        headers = {"Retry-After": str(self._retry), "Cache-Control": "no-store"}
        return HTMLResponse(_FULL.format(seconds=self._retry), status_code=503, headers=headers)


async def hang_up(receive: Receive, send: Send, code: int) -> None:
    """Refuse a WebSocket, with one of its close codes."""
    await receive()  # the request to connect
    await send({"type": "websocket.close", "code": code})


def _is_page(scope: Scope) -> bool:
    """Return whether the request is for the page itself, not for a file, the health or the stage."""
    if scope["method"] not in {"GET", "HEAD"} or _NOT_THE_PAGE.search(scope["path"]):
        return False
    return scope["path"] == "/" or _by_browser(scope)


def _by_browser(scope: Scope) -> bool:
    """Return whether a browser requests the page to show it; it will then connect."""
    return "text/html" in HTTPConnection(scope).headers.get("accept", "")


def _with_token(scope: Scope, send: Send) -> Send:
    """Return `send` with a new token in the cookie."""
    secure = "; Secure" if scope["scheme"] == "https" else ""
    cookie = f"{COOKIE}={secrets.token_urlsafe(18)}; Path=/; HttpOnly; SameSite=Lax{secure}"

    async def send_with_token(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
        await send(message)

    return send_with_token


def _token(scope: Scope) -> str:
    """Return the token of the cookie; an empty string if there is none."""
    token = HTTPConnection(scope).cookies.get(COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""


def _session(scope: Scope) -> str:
    """Return the id of the session that a connection resumes, which Streamlit's page sends third."""
    entries = HTTPConnection(scope).headers.get("sec-websocket-protocol", "").split(",")
    return entries[2].strip() if len(entries) > 2 else ""


def _refuse() -> None:
    metrics.refused("sessions")
    events.refused("sessions")
