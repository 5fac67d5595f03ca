"""Network traffic: nothing for a step, and more of the tape before it is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from tests.browser.settings import number_field, open_group, put_on_stage
from tests.browser.stage import READY, at, click, hold, moment, open_stage, seek
from tests.browser.test_numbers import SOURCE, STEP, assert_graph_is_plain

#: The stage requests more when fewer iterations than this lie ahead, and twice as many when the cursor rests.
AHEAD = 10
#: The milliseconds after input in the side bar during which the stage fetches nothing ahead.
PAUSE = 500
LONG = SOURCE.replace("range(100)", "range(250)")
#: A program that only this test uses, so that nothing of it is recorded before.
LONGER = SOURCE.replace("range(100)", "range(249)")


class Wire:
    """Watches what a page and the server send each other; make one before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.sent = 0
        self.received = 0
        self.iterations = 0  #: the end of the last part of a long run's tape that came
        self._pending = 0
        self._page = page
        page.on("websocket", self._listen)
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        page.on("requestfinished", self._on_fetched)

    def settle(self) -> None:
        """Wait until every request is answered and nothing has come or gone for half a second."""
        before = None
        for _ in range(120):
            if before == (self.sent, self.received) and not self._pending:
                return
            before = self.sent, self.received
            self._page.wait_for_timeout(500)
        raise AssertionError(f"{self._pending} requests are pending, {before} were sent and received")

    def await_iterations(self, count: int) -> None:
        """Wait until the first iterations of the long run have come, to a number of them."""
        for _ in range(200):
            if self.iterations >= count:
                return
            self._page.wait_for_timeout(50)
        raise AssertionError(f"{self.iterations} iterations have come, not {count}")

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._on_sent)
        socket.on("framereceived", self._on_received)

    def _on_sent(self, _: object) -> None:
        self.sent += 1

    def _on_received(self, _: object) -> None:
        self.received += 1

    def _on_request(self, _: Request) -> None:
        self.sent += 1
        self._pending += 1

    def _on_failed(self, _: Request) -> None:
        self._pending -= 1

    def _on_fetched(self, request: Request) -> None:
        self._pending -= 1
        self.received += 1
        response = request.response()
        if "/viz/tape/" in request.url and response is not None:
            chunk = response.json()
            self.iterations = chunk["to"] if chunk["total"] == 250 else self.iterations


def open_long(server: str, page: Page) -> None:
    """Open the page and put a run of 250 iterations on its stage."""
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, LONG)


def test_a_step_inside_what_was_sent_sends_nothing(server: str, page: Page) -> None:
    wire = Wire(page)
    open_stage(page, server)
    click(page, "run", 100)
    at(page, 99, STEP)
    wire.settle()
    before = wire.sent, wire.received
    assert min(before) > 0
    page.keyboard.press("Home")
    seek(page, 2, 3)
    click(page, "run", 10)
    page.locator(f"{READY} .viz-slider").fill("70")
    at(page, 70, 3)
    page.keyboard.press("Home")
    assert (wire.sent, wire.received) == before


@pytest.mark.usefixtures("without_charts")
def test_a_long_run_is_requested_before_it_is_needed_and_played_to_its_end(server: str, page: Page) -> None:
    wire = Wire(page)
    open_long(server, page)
    page.evaluate("() => document.activeElement.blur()")
    hold(page, "Shift+ArrowRight", 1)
    for iteration in (0, 50, 150):
        hold(page, "Shift+ArrowRight", iteration - moment(page)[0])
        at(page, iteration, STEP)
        wire.await_iterations(min(iteration + AHEAD, 250))
    hold(page, "Shift+ArrowRight", 100)
    at(page, 249, STEP)
    expect(page.locator(f"{READY} .viz-progress")).to_be_hidden()
    assert_graph_is_plain(page, LONG)


@pytest.mark.usefixtures("without_charts")
def test_a_visitor_who_looks_at_one_iteration_is_sent_few(server: str, page: Page) -> None:
    wire = Wire(page)
    open_long(server, page)
    wire.await_iterations(AHEAD)
    wire.settle()
    assert wire.iterations <= 2 * AHEAD + 1


@pytest.mark.usefixtures("without_charts")
def test_nothing_is_fetched_ahead_while_someone_types(server: str, page: Page) -> None:
    """The times are the browser's: on a loaded machine more than the pause may pass between two key presses."""
    page.add_init_script(_NOTE_TIMES)
    open_long(server, page)
    field = number_field(page, "lr")
    field.fill("0.2")
    field.press("Enter")
    code = page.locator(f"{READY} .viz-code")
    shown = 0
    for _ in range(200):
        page.wait_for_timeout(100)
        field.press("ArrowRight")
        shown += "lr=0.2" in str(code.text_content())
        if shown == 8:
            break
    page.wait_for_function(
        "ready => fetches.some(({ tape }) => tape === document.querySelector(ready).dataset.tape)", arg=READY
    )
    early = [since for since in page.evaluate("() => fetches.map(({ since }) => since)") if since < PAUSE]
    assert not early, "milliseconds between input in the side bar and a fetch"


#: Notes each part of a tape that is fetched, and the milliseconds since the last input in the side bar.
_NOTE_TIMES = """
    window.fetches = [];
    let touched = -1e9;
    for (const kind of ["input", "keydown", "pointerdown"]) {
        const note = ({ target }) => {
            if (target.closest?.('[data-testid="stSidebar"]')) touched = performance.now();
        };
        addEventListener(kind, note, { capture: true });
    }
    const { fetch } = window;
    window.fetch = (address, options) => {
        const tape = String(address).match(/\\/viz\\/tape\\/([^?]+)/)?.[1];
        if (tape) window.fetches.push({ tape, since: performance.now() - touched });
        return fetch(address, options);
    };
"""


@pytest.mark.usefixtures("without_charts")
def test_a_jump_far_beyond_the_fetched_part_arrives(server: str, page: Page) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, LONGER)
    page.locator(f"{READY} .viz-slider").fill("248")
    at(page, 248, STEP)
    expect(page.locator(f"{READY} .viz-progress")).to_be_hidden()
    assert_graph_is_plain(page, LONGER)
