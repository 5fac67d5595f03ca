"""HTTP between a browser and one server: keep-alive connections, cookies, compressed responses. GET only."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Http:
    """The connections of one browser to `url`, and its cookies."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    _idle: list[_Connection] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        """The Cookie header of the browser; empty if it has no cookies."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def get(self, target: str) -> tuple[int, bytes]:
        """Request a path with its query; return the response's status and decompressed body.

        Raises OSError or asyncio.IncompleteReadError if the server closes a connection that was just made.
        """
        while self._idle:
            connection = self._idle.pop()
            # A server closes connections that were idle for seconds, perhaps just now; ask again on a new one.
            with suppress(OSError, asyncio.IncompleteReadError):
                return await self._ask(connection, target)
        parts = urlsplit(self.url)
        return await self._ask(await asyncio.open_connection(parts.hostname, parts.port), target)

    async def _ask(self, connection: _Connection, target: str) -> tuple[int, bytes]:
        reader, writer = connection
        kept = False
        try:
            cookie = f"Cookie: {self.cookie}\r\n" if self.cookies else ""
            host = urlsplit(self.url).netloc
            writer.write(
                f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n{cookie}\r\n".encode()
            )
            status, headers = _head((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            body = await reader.readexactly(int(headers["content-length"][0]))
            for line in headers.get("set-cookie", ()):
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            kept = headers.get("connection") != ["close"]
            return status, gzip.decompress(body) if headers.get("content-encoding") == ["gzip"] else body
        finally:
            if kept:
                self._idle.append(connection)
            else:
                writer.close()

    def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop()[1].close()


def _head(text: str) -> tuple[int, dict[str, list[str]]]:
    first, *lines = text.split("\r\n")
    headers: dict[str, list[str]] = {}
    for name, value in _fields(lines):
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split(" ")[1]), headers


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            yield name, value.strip()
