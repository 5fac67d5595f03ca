"""Talks to a running server in ways that no browser does: with raw paths, and over a session's connection."""

from __future__ import annotations

import base64
from contextlib import suppress
from http.client import HTTPConnection
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

Headers = dict[str, str]


def ask(
    server: str, path: str, method: str = "GET", headers: Headers | None = None, body: bytes | None = None
) -> tuple[int, Headers, bytes]:
    """The status, the headers and the body of the response for a path, which is sent without normalization."""
    address = urlsplit(server)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


class Session:
    """A session on a server, open while its block lasts. Raises InvalidStatus of websockets if it is refused."""

    def __init__(self, server: str, query: str = "", headers: Headers | None = None) -> None:
        self._query = query
        self._connecting = connect(
            f"ws://{urlsplit(server).netloc}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers=headers,
            max_size=2**26,
            compression=None,
        )

    def __enter__(self) -> Self:
        self._socket = self._connecting.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connecting.__exit__(kind, error, trace)

    def run(self) -> list[ForwardMsg]:
        """Run the page's script; return its messages."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        self.send(message.SerializeToString())
        return self.until("script_finished")

    def until(self, kind: str) -> list[ForwardMsg]:
        """The messages up to the first of a kind."""
        came: list[ForwardMsg] = []
        while not came or came[-1].WhichOneof("type") != kind:
            data = self._socket.recv(timeout=60)
            assert isinstance(data, bytes)
            came.append(ForwardMsg.FromString(data))
        return came

    def until_quiet(self, seconds: float = 1.0) -> list[ForwardMsg]:
        """Return the messages that arrive before a pause of this many seconds."""
        came: list[ForwardMsg] = []
        with suppress(TimeoutError):
            while True:
                data = self._socket.recv(timeout=seconds)
                assert isinstance(data, bytes)
                came.append(ForwardMsg.FromString(data))
        return came

    def send(self, data: bytes | str) -> None:
        """Send a frame as it is."""
        self._socket.send(data)

    def closed_with(self) -> int | None:
        """Wait until the server closes the connection; return its close code, or None if it sends none."""
        try:
            while True:
                self._socket.recv(timeout=60)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def cookie(headers: Headers, name: str) -> str:
    """A cookie that a response sets, as a browser sends it back."""
    for part in headers.get("set-cookie", "").replace(",", ";").split(";"):
        if part.strip().startswith(f"{name}="):
            return part.strip()
    raise AssertionError(f"no cookie {name}")


def multipart(name: str, content: bytes) -> tuple[Headers, bytes]:
    """The headers and the body of a request that uploads a file."""
    mark = base64.b16encode(b"boundary").decode()
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
    return (
        {"Content-Type": f"multipart/form-data; boundary={mark}"},
        head.encode() + content + f"\r\n--{mark}--\r\n".encode(),
    )
