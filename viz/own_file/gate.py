"""Lets nobody in but the browser of the user who started the server."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from viz.page.admission import Asgi, Message, Receive, Scope, Send, hang_up

#: The parameter of the first address that has the token.
TOKEN = "token"
_NAMES = ("127.0.0.1", "localhost")
_HEADERS = [
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

_NO_TOKEN = (
    "This page shows a file of the user who started it. Open it with the address in that user's terminal; it has "
    "a token."
)
_OTHER_HOST = "This server answers for 127.0.0.1 and localhost only."
_OTHER_ORIGIN = "This server answers its own page only."
_ONLY_READ = "This server takes no uploads."


class Gate:
    """Middleware that answers requests for this host, from its own origin, with the token, and no others.

    The first address has the token, and a cookie carries it on. All ports of a host share their cookies, so the
    cookie's name has the port.
    """

    def __init__(self, app: Asgi, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"{name}:{port}" for name in _NAMES}
        self._cookie = f"viz_token_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or refuse."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if scope["type"] == "http":
            send = _with_headers(send)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refusal(scope, receive, send)
        else:
            await hang_up(receive, send, 1008)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what to answer in place of the app; None if the app may answer."""
        asked, is_http = HTTPConnection(scope), scope["type"] == "http"
        host = _only(asked.headers, "host")
        if host not in self._hosts:
            return PlainTextResponse(_OTHER_HOST, 421)
        # A browser sends the origin with every WebSocket, and with every request that another origin makes a
        # script or a form send.
        if "origin" in asked.headers and _only(asked.headers, "origin") != f"http://{host}":
            return PlainTextResponse(_OTHER_ORIGIN, 403)
        if is_http and scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse(_ONLY_READ, 405, {"Allow": "GET, HEAD"})
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if is_http and scope["path"] == "/" and self._is_token(dict(query).get(TOKEN, "")):
            return self._with_cookie(urlencode([(key, value) for key, value in query if key != TOKEN]))
        if not self._is_token(asked.cookies.get(self._cookie, "")):
            return PlainTextResponse(_NO_TOKEN, 403)
        return None

    def _with_cookie(self, query: str) -> Response:
        """Lead to the page without the token in its address: addresses are kept and copied."""
        response = RedirectResponse(f"/?{query}" if query else "/", 303, {"Cache-Control": "no-store"})
        response.set_cookie(self._cookie, self._token, path="/", httponly=True, samesite="strict")
        return response

    def _is_token(self, text: str) -> bool:
        return compare_digest(text.encode(errors="replace"), self._token.encode())


def _only(headers: Headers, name: str) -> str:
    """Return a header that a request has once; an empty string otherwise."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await send(message)

    return send_with_headers
