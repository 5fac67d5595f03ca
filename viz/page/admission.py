"""The door: so many sessions are in at once, and the next visitor waits on a small page that tries again."""

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

#: Seconds that a place is held between a page and the connection that its script makes.
HELD = 20.0
#: The cookie by which whoever reloads the page is known to be in: a random word, gone with the browser.
SEAT = "viz_seat"
_WORD = re.compile("[A-Za-z0-9_-]{24}")
#: Where no page is: files, health, metrics, questions of the stage.
_NO_PAGE = re.compile("/(_stcore|static|media|component|viz|app)/")
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
<h1>All places are taken</h1>
<p>The server of this page has room for a certain number of people at once, and just now it is full.</p>
<p role="status">The page tries again by itself every {seconds} seconds. Your link is kept.</p>
</main>
</body>
</html>
"""


class Sessions(Protocol):
    """What the door knows of the sessions behind it."""

    def count(self) -> int:
        """How many are connected."""

    def connected(self, session: str) -> bool:
        """Whether the one with this id is."""


class Door:
    """Middleware that lets `places` sessions in; `retry` is the seconds after which a page that waits tries again.

    A page that is let in holds a place until its connection comes. Whoever is in may reload: his old connection
    ends before the new one comes. A connection that is made again takes the place of the one before.
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
        self._held: deque[float] = deque()
        self._entering = 0
        self._seats: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or with the page that waits."""
        if scope["type"] == "websocket" and scope["path"].endswith(_STREAM):
            await self._connect(scope, receive, send)
        elif scope["type"] == "http" and _is_page(scope):
            await self._open(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page is asked for."""
        seat = _seat(scope)
        taken = self._taken() + len(self._held)
        if taken >= self._places and not self._seats[seat]:
            _refuse()
            await self._full()(scope, receive, send)
            return
        if _by_browser(scope):
            self._held.append(self._clock() + HELD)
        await self._app(scope, receive, send if seat else _with_seat(scope, send))

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A session's connection comes."""
        again = self._sessions.connected(_session(scope))
        if not again and self._taken() >= self._places:
            _refuse()
            await hang_up(receive, send, 1013)
            return
        if self._held:
            self._held.popleft()
        seat, began = _seat(scope), self._clock()
        entering = 0 if again else 1
        self._entering += entering
        self._seats.update([seat] if seat else [])
        accepted = inside = False

        async def send_and_see(message: Message) -> None:
            nonlocal accepted
            accepted |= message["type"] == "websocket.accept"
            await send(message)

        async def receive_and_see() -> Message:
            nonlocal entering, inside
            # Streamlit accepts, makes the session, and then waits for what it says: now it is among its sessions.
            if accepted and not inside:
                self._entering -= entering
                entering, inside = 0, True
                events.opened(self._sessions.count())
            return await receive()

        try:
            await self._app(scope, receive_and_see, send_and_see)
        finally:
            self._entering -= entering
            self._seats -= Counter([seat] if seat else [])
            if inside:
                events.closed(self._sessions.count(), self._clock() - began)

    def _taken(self) -> int:
        """Places of those who are in, or about to be; those that were held in vain are free again."""
        while self._held and self._held[0] <= self._clock():
            self._held.popleft()
        return self._sessions.count() + self._entering

    def _full(self) -> Response:
        headers = {"Retry-After": str(self._retry), "Cache-Control": "no-store"}
        return HTMLResponse(_FULL.format(seconds=self._retry), status_code=503, headers=headers)


async def hang_up(receive: Receive, send: Send, code: int) -> None:
    """Turn a WebSocket away, with one of its codes."""
    await receive()  # that it wants to connect
    await send({"type": "websocket.close", "code": code})


def _is_page(scope: Scope) -> bool:
    """Whether the page itself is asked for, and no file, no health and no question of its script."""
    if scope["method"] not in {"GET", "HEAD"} or _NO_PAGE.search(scope["path"]):
        return False
    return scope["path"] == "/" or _by_browser(scope)


def _by_browser(scope: Scope) -> bool:
    """Whether something is asked for to be shown; a connection will follow then."""
    return "text/html" in HTTPConnection(scope).headers.get("accept", "")


def _with_seat(scope: Scope, send: Send) -> Send:
    """`send`, with a new word in the cookie."""
    secure = "; Secure" if scope["scheme"] == "https" else ""
    cookie = f"{SEAT}={secrets.token_urlsafe(18)}; Path=/; HttpOnly; SameSite=Lax{secure}"

    async def send_with_seat(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"set-cookie", cookie.encode())]
        await send(message)

    return send_with_seat


def _seat(scope: Scope) -> str:
    """The word of the cookie; nothing where there is none."""
    word = HTTPConnection(scope).cookies.get(SEAT, "")
    return word if _WORD.fullmatch(word) else ""


def _session(scope: Scope) -> str:
    """The id of the session that a connection wants to go on with, which Streamlit's page sends third."""
    entries = HTTPConnection(scope).headers.get("sec-websocket-protocol", "").split(",")
    return entries[2].strip() if len(entries) > 2 else ""


def _refuse() -> None:
    metrics.refused("sessions")
    events.refused("sessions")
