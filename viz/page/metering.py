"""Whose work it is: the stage's questions are answered for a session that is there, within its share of time."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from viz.page import visitors

Endpoint = Callable[[Request], Response]


def address_of(show: str, visitor: visitors.Visitor) -> str:
    """What a session's stage calls a show: its name, and the session's token for whoever is asked about it."""
    return f"{show}.{visitor.token}"


def metered(endpoint: Endpoint) -> Endpoint:
    """Answer about the show whose `address_of` is the path's `name`, as `endpoint` does for the show's own name.

    404 where there is no such session, 429 with a sentence where it had its share of work. A show that is not
    kept any more is made anew if it is the one on the session's stage. Not a coroutine, so it runs in a thread of
    its own.
    """

    @wraps(endpoint)
    def answer(request: Request) -> Response:
        from viz.page.shows import name_of, show_named, show_of

        name, _, token = request.path_params["name"].partition(".")
        visitor = visitors.named(token)
        if visitor is None:
            return Response("Not found", status_code=404)
        try:
            with visitor.work():
                if show_named(name) is None and visitor.source and name_of(visitor.source) == name:
                    show_of(visitor.source)
                request.path_params["name"] = name
                return endpoint(request)
        except visitors.Busy as busy:
            headers = {"Retry-After": str(math.ceil(busy.wait)), "Cache-Control": "no-store"}
            return Response(str(busy), status_code=429, headers=headers, media_type="text/plain")

    return answer
