"""Whose work it is: the stage's questions are answered for a session that is there, within its share of time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from viz.page import visitors, worker_pool
from viz.worker.jobs import Answer, Question

#: Seconds until the first look whether anybody still waits for an answer; each next is twice as late, to SELDOM.
LOOK, SELDOM = 0.5, 4.0


def address_of(show: str, visitor: visitors.Visitor) -> str:
    """What a session's stage calls a show: its name, and the session's token for whoever is asked about it."""
    return f"{show}.{visitor.token}"


def metered(kind: str) -> Callable[[Request], Awaitable[Response]]:
    """Answers questions of a kind about the show whose `address_of` is the path's `name`.

    404 where there is no such session, 429 with a sentence where it had its share of work. A show that is not
    kept any more is made anew if it is on the session's stage.
    """

    async def answer(request: Request) -> Response:
        path: dict[str, Any] = request.path_params
        name, _, token = path["name"].partition(".")
        visitor = visitors.named(token)
        if visitor is None:
            return Response("Not found", status_code=404)
        query = {**request.query_params, **{key: value for key, value in path.items() if key != "name"}}
        question = Question(kind, name, query, visitor.source_of(name), visitor.had)
        try:
            with visitor.work() as work:
                said = await _answered(question, request)
                work.seconds += said.seconds
        except visitors.Busy as busy:
            headers = {"Retry-After": str(math.ceil(busy.wait)), "Cache-Control": "no-store"}
            return Response(str(busy), status_code=429, headers=headers, media_type="text/plain")
        return Response(said.body, said.status, dict(said.headers), said.media_type)

    return answer


async def _answered(question: Question, request: Request) -> Answer:
    """The answer; whoever moved on to another program meanwhile waits for that one, and not for this."""
    asked = worker_pool.backstage().ask(question)
    answered, look = asyncio.wrap_future(asked.answer), LOOK
    while not (await asyncio.wait([answered], timeout=look))[0]:
        look = min(2 * look, SELDOM)
        if await request.is_disconnected():
            asked.withdraw()
    return answered.result()
