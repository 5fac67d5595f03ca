"""Questions are answered in few threads: none waits for what others ask that takes longer."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.page import asgi
from viz.page import server
from viz.page.door import Asgi


def test_an_explanation_does_not_wait_for_what_is_fetched_ahead_nor_for_a_download() -> None:
    opened = threading.Event()

    def slow(_: Request) -> Response:
        opened.wait(20)
        return Response("slow")

    app = Starlette(
        routes=[
            Route("/feed", server.in_threads(slow, lambda _: server.BEHIND)),
            Route("/take", server.in_threads(slow, lambda _: server.TAKING)),
            Route("/explain", server.in_threads(lambda _: Response("quick"), lambda _: server.EXPLAINING)),
        ]
    )

    async def run() -> list[str]:
        waiting = [asyncio.create_task(asgi.get(app, path)) for path in ("/feed", "/take") for _ in range(10)]
        await asyncio.sleep(0.05)
        quick = await asyncio.wait_for(asgi.get(app, "/explain"), 5)
        opened.set()
        return [quick.body, *(answer.body for answer in await asyncio.gather(*waiting))]

    assert asyncio.run(run()) == ["quick", *["slow"] * 20]


def test_what_nobody_waits_for_any_more_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LOOK", 0.1)
    opened, answered = threading.Event(), list[str]()

    def slow(request: Request) -> Response:
        answered.append(request.url.path)
        opened.wait(20)
        return Response("slow")

    feed = server.in_threads(slow, lambda _: server.BEHIND)
    app: Asgi = Starlette(routes=[Route("/{which}", feed)])

    async def run() -> None:
        first = asyncio.create_task(asgi.get(app, "/first"))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(asgi.leave(app, "/gone"))
        await asyncio.sleep(1)
        opened.set()
        await first
        await gone

    asyncio.run(run())
    assert answered == ["/first"]
