"""The addresses where the stage asks about its run; each request counts as work for its session."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from viz.page import visitors, worker_pool
from viz.worker.jobs import Job, Result

#: Seconds until the first check whether the browser still waits, and the longest pause: each check doubles it.
FIRST_LOOK, LONGEST_PAUSE = 0.5, 4.0


def address_of(run_id: str, visitor: visitors.Visitor) -> str:
    """Return what a session's stage calls a run: the run's id and the session's token."""
    return f"{run_id}.{visitor.token}"


def endpoint(kind: str) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers requests with jobs of this kind; the path's `name` is the `address_of` a run.

    The status is 404 if there is no such session, and 429 with a sentence if it has used up its share of work. A
    run that is no longer cached is recorded again if it is on the session's stage.
    """

    async def answer(request: Request) -> Response:
        path: dict[str, Any] = request.path_params
        run_id, _, token = path["name"].partition(".")
        visitor = visitors.named(token)
        if visitor is None:
            return Response("Not found", status_code=404)
        parameters = {**request.query_params, **{key: value for key, value in path.items() if key != "name"}}
        job = Job(kind, run_id, parameters, visitor.source_of(run_id), visitor.recent_seconds)
        try:
            with visitor.work() as work:
                result = await _result(job, request)
                work.seconds += result.seconds
        except visitors.Busy as busy:
            headers = {"Retry-After": str(math.ceil(busy.wait)), "Cache-Control": "no-store"}
            return Response(str(busy), status_code=429, headers=headers, media_type="text/plain")
        return Response(result.body, result.status, dict(result.headers), result.media_type)

    return answer


async def _result(job: Job, request: Request) -> Result:
    """Return a job's result; cancel the job if the browser disconnects, as it does when the program changes."""
    submission = worker_pool.pool().submit(job)
    result, pause = asyncio.wrap_future(submission.result), FIRST_LOOK
    while not (await asyncio.wait([result], timeout=pause))[0]:
        pause = min(2 * pause, LONGEST_PAUSE)
        if await request.is_disconnected():
            submission.cancel()
    return result.result()
