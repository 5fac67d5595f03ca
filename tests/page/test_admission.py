"""The number of open sessions is limited: further visitors wait, and a reload keeps the visitor's session."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.page.asgi import Answer, Socket, connect, get
from viz.page.admission import COOKIE, RESERVED, Admission, Receive, Scope, Send

PLACES = 2


class App:
    """An application like Streamlit: it knows a session from accepting its connection until that ends."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()
        self.made = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond with the page, or keep a session while its connection lasts."""
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"the page"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(0)
        entries = dict(scope["headers"]).get(b"sec-websocket-protocol", b"").decode().split(", ")
        self.made += 1
        session = entries[2] if len(entries) > 2 and entries[2] in self.sessions else str(self.made)
        self.sessions.add(session)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.sessions.discard(session)

    def count(self) -> int:
        """The number of sessions."""
        return len(self.sessions)

    def connected(self, session: str) -> bool:
        """Whether this session exists."""
        return session in self.sessions


class Visit:
    """An application with limited admission, and a clock that a test sets."""

    def __init__(self) -> None:
        self.app = App()
        self.now = 0.0
        self.admission = Admission(self.app, PLACES, 7, self.app, lambda: self.now)

    async def page(self, **headers: str) -> Answer:
        """Request the page."""
        return await get(self.admission, **headers)

    async def enter(self, **headers: str) -> Socket:
        """Connect, as the page's script does."""
        return await connect(self.admission, **headers)


def visited(test: Callable[[Visit], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Make a test that visits its own application."""

    def run() -> None:
        asyncio.run(test(Visit()))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def _cookie(page: Answer) -> str:
    found = re.match(f"{COOKIE}=[^;]+", page.headers["set-cookie"])
    assert found
    return found[0]


@visited
async def test_as_many_visitors_as_there_are_places_are_admitted(visit: Visit) -> None:
    for _ in range(PLACES):
        assert (await visit.page()).status == 200
        assert (await visit.enter()).accepted
    assert visit.app.count() == PLACES


@visited
async def test_the_next_visitor_gets_a_small_page_that_retries_by_itself(visit: Visit) -> None:
    for _ in range(PLACES):
        await visit.enter()
    full = await visit.page()
    assert (full.status, full.headers["retry-after"], full.headers["cache-control"]) == (503, "7", "no-store")
    assert '<meta http-equiv="refresh" content="7">' in full.body
    assert "tries again by itself every 7 seconds" in full.body
    assert "<script" not in full.body


@visited
async def test_the_next_connection_is_turned_away(visit: Visit) -> None:
    for _ in range(PLACES):
        await visit.enter()
    late = await visit.enter()
    assert not late.accepted
    assert late.said == [{"type": "websocket.close", "code": 1013}]
    assert visit.app.count() == PLACES


@visited
async def test_a_place_is_free_after_its_visitor_leaves(visit: Visit) -> None:
    inside = [await visit.enter() for _ in range(PLACES)]
    assert (await visit.page()).status == 503
    await inside[0].close()
    assert (await visit.page()).status == 200
    assert (await visit.enter()).accepted


@visited
async def test_a_page_reserves_a_place_until_its_connection_comes(visit: Visit) -> None:
    for _ in range(PLACES):
        assert (await visit.page()).status == 200
    assert (await visit.page()).status == 503
    for _ in range(PLACES):
        assert (await visit.enter()).accepted
    assert (await visit.page()).status == 503


@visited
async def test_a_reserved_place_that_is_not_taken_is_free_again(visit: Visit) -> None:
    for _ in range(PLACES):
        await visit.page()
    visit.now = RESERVED - 0.1
    assert (await visit.page()).status == 503
    visit.now = RESERVED
    assert (await visit.page()).status == 200


@visited
async def test_a_reader_without_a_browser_reserves_no_place(visit: Visit) -> None:
    for _ in range(2 * PLACES):
        assert (await visit.page(accept="*/*")).status == 200


@visited
async def test_only_as_many_simultaneous_visitors_as_there_are_places_are_admitted(visit: Visit) -> None:
    sockets = [Socket(visit.admission) for _ in range(5 * PLACES)]
    for _ in range(50):
        await asyncio.sleep(0)
    assert sum(socket.accepted for socket in sockets) == PLACES


@visited
async def test_an_admitted_visitor_may_reload(visit: Visit) -> None:
    cookie = _cookie(await visit.page())
    mine, _ = [await visit.enter(cookie=cookie), await visit.enter()]
    assert (await visit.page()).status == 503
    again = await visit.page(cookie=cookie)  # requested while the old connection still exists
    assert again.status == 200
    assert "set-cookie" not in again.headers
    await mine.close()
    assert (await visit.page()).status == 503  # the place is not given away meanwhile
    assert (await visit.enter(cookie=cookie)).accepted


@visited
async def test_a_cookie_of_someone_who_left_admits_nobody(visit: Visit) -> None:
    cookie = _cookie(await visit.page())
    await (await visit.enter(cookie=cookie)).close()
    for _ in range(PLACES):
        await visit.enter()
    assert (await visit.page(cookie=cookie)).status == 503
    assert (await visit.page(cookie=f"{COOKIE}=../../etc/passwd")).status == 503


@visited
async def test_reloads_do_not_admit_more_visitors_than_there_are_places(visit: Visit) -> None:
    cookie = _cookie(await visit.page())
    for _ in range(PLACES):
        await visit.enter(cookie=cookie)
    for _ in range(3):
        assert (await visit.page(cookie=cookie)).status == 200
        assert not (await visit.enter(cookie=cookie)).accepted


@visited
async def test_a_renewed_connection_takes_its_own_place(visit: Visit) -> None:
    for _ in range(PLACES):
        await visit.enter()
    assert not (await visit.enter(sec_websocket_protocol="streamlit, xsrf, 77")).accepted
    assert (await visit.enter(sec_websocket_protocol="streamlit, xsrf, 1")).accepted
    assert visit.app.count() == PLACES


@pytest.mark.parametrize(
    "path",
    ["/_stcore/health", "/_stcore/metrics", "/static/js/index.js", "/viz/0123/stage.js", "/favicon.png"],
)
def test_health_and_files_stay_available(path: str) -> None:
    @visited
    async def reach(visit: Visit) -> None:
        for _ in range(PLACES):
            await visit.enter()
        assert (await get(visit.admission, path, accept="*/*")).status == 200

    reach()


def test_arrivals_and_departures_are_logged_only_as_numbers(caplog: pytest.LogCaptureFixture) -> None:
    @visited
    async def come_and_go(visit: Visit) -> None:
        first, _ = [await visit.enter(), await visit.enter()]
        await visit.page()
        visit.now = 61.0
        await first.close()

    with caplog.at_level(logging.INFO, "viz"):
        come_and_go()
    assert caplog.messages[:4] == [
        "session opened: 1 connected",
        "session opened: 2 connected",
        "refused: sessions",
        "session closed: 61 s, 1 connected",
    ]
