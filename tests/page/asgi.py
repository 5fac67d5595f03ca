"""Sends requests to an ASGI application, as a server does, and returns its responses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from viz.page.admission import Asgi, Message


@dataclass(frozen=True, slots=True)
class Answer:
    """A response over HTTP, with the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    body: str


async def get(app: Asgi, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    """Request a path as a browser requests a page; `accept` and `cookie` are headers."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    asked = {"accept": "text/html,*/*;q=0.8"} | headers
    await app(_scope("http", path, asked) | {"method": method, "scheme": "http"}, receive, send)
    start, *rest = said
    names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], names, b"".join(one.get("body", b"") for one in rest).decode())


async def leave(app: Asgi, path: str) -> None:
    """Request a path, and hang up before there is a response."""
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        return next(asked, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        del message

    await app(_scope("http", path, {}) | {"method": "GET", "scheme": "http"}, receive, send)


class Socket:
    """A WebSocket to an application: open from `connect` until `close`."""

    def __init__(self, app: Asgi, **headers: str) -> None:
        self.said: list[Message] = []
        self._over = asyncio.Event()
        self._asked = False
        scope = _scope("websocket", "/_stcore/stream", headers)
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Asgi, scope: dict[str, Any]) -> None:
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "websocket.connect"}
        await self._over.wait()
        return {"type": "websocket.disconnect"}

    async def _send(self, message: Message) -> None:
        self.said.append(message)

    @property
    def accepted(self) -> bool:
        """Whether the application accepted the connection."""
        return bool(self.said) and self.said[0]["type"] == "websocket.accept"

    async def close(self) -> None:
        """Hang up, and wait until the application has noticed."""
        self._over.set()
        await self._task


async def connect(app: Asgi, **headers: str) -> Socket:
    """Return a WebSocket once the application has accepted or rejected it."""
    socket = Socket(app, **headers)
    for _ in range(20):
        await asyncio.sleep(0)
    return socket


def _scope(kind: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    written = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "path": path, "headers": written, "query_string": b""}
