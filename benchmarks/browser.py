"""Measures what a user waits for in the browser: a step, a new learning rate, and the bytes that both cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks.clocks import ByteMeter, FrameClock, SettleClock, await_stillness
from benchmarks.table import Row, ratio, row
from tests.browser.harness import launch, serve
from tests.browser.settings import open_group, put_on_stage
from tests.browser.stage import READY, moment, open_stage, press, seek
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.presets import presets

STATEMENTS = 200
ITERATIONS = 100
CLICKS = 40
SELECTIONS = 14
#: The number of Nodes of a large graph that should still step smoothly.
LARGE = 200
RATES = 25

#: The size of a projector's screen. Charts out of view are not drawn; on this screen all four are in view.
WINDOW = ViewportSize(width=1920, height=1080)

NAIVE = Path(__file__).with_name("naive_app.py")


def stepping() -> list[Row]:
    """The time from a key press to the painted frame on the stage, and from a click in the naive app."""
    with launch() as browser:
        with _stage(browser) as page:
            _require_visible_charts(page)
            clock = FrameClock(page)
            statements = [clock.press("ArrowRight") for _ in range(STATEMENTS)]
        with _stage(browser) as page:
            clock = FrameClock(page)
            iterations = [clock.press("Shift+ArrowRight") for _ in range(ITERATIONS)]
        with _stage(browser, f"?{query_of(Moment(_network(), Cursor(0, 0)))}") as page:
            clock = FrameClock(page)
            pictured = [clock.press("ArrowRight") for _ in range(STATEMENTS)]
            press(page, "ArrowLeft")
            pictures = page.locator(f"{READY} [data-drawn]").count()
        naive = row("naive app: Next, click to painted page", _naive_clicks(browser), "ms")
    statement = row("→ to painted frame", statements, "ms", "median ≤ 16.7, p95 ≤ 33")
    iteration = row("⇧ → to painted frame", iterations, "ms", "median ≤ 16.7, p95 ≤ 33")
    return [
        statement,
        iteration,
        row(f"→ to painted frame, {pictures} pictures of tensors", pictured, "ms", "median ≤ 16.7, p95 ≤ 33"),
        naive,
        ratio("  naive app / →", naive, statement, "≥ 8"),
        ratio("  naive app / ⇧ →", naive, iteration, "≥ 8"),
    ]


def nodes() -> list[Row]:
    """The time until the next Node is painted after a key, and its explanation after a click on it."""
    with launch() as browser:
        with _stage(browser) as page:
            press(page, "ArrowRight")
            clock = FrameClock(page)
            small = [clock.press(".") for _ in range(STATEMENTS)]
            selecting = [_select(page, number) for number in range(SELECTIONS)]
        with serve() as url, browser.new_context(viewport=WINDOW) as context:
            page = context.new_page()
            open_stage(page, url)
            open_group(page, "Program")
            put_on_stage(page, chain(LARGE))
            page.evaluate("() => document.activeElement.blur()")
            await_stillness(page)
            clock = FrameClock(page)
            large = [clock.press(".") for _ in range(STATEMENTS)]
    return [
        row("node step to painted frame", small, "ms", "median ≤ 16.7"),
        row(f"node step, a graph of {LARGE} nodes", large, "ms", "median ≤ 33"),
        row("click on a node to its explanation", selecting, "ms", "≤ 100"),
    ]


def chain(nodes: int) -> str:
    """A program whose graph has about `nodes` Nodes: additions and multiplications by one weight."""
    each = 8
    lines = ["import torch", "", "w = torch.tensor([0.9], requires_grad=True)", "h = torch.tensor([1.0])"]
    lines += [f"h = {'(' * each}h{' * w)' * each}" for _ in range(nodes // each)]
    return "\n".join([*lines, "h.backward()", ""])


def _select(page: Page, number: int) -> float:
    """Click on another Node; return the time until its explanation is painted."""
    boxes = page.locator(f"{READY} .viz-node")
    box = boxes.nth(number % boxes.count())
    clock = SettleClock(page, "pointerdown")
    box.click()
    return clock.read()


def learning_rate() -> list[Row]:
    """The time from Enter in the field of the learning rate to the new path, with the cursor at iteration 100."""
    with launch() as browser, _stage(browser) as page:
        seek(page, ITERATIONS - 1)
        samples = [_change_rate(page, 0.05 + 0.001 * number) for number in range(RATES)]
    return [row("new lr, Enter to the new path (iteration 100)", samples, "ms", "median ≤ 250")]


def bytes_sent() -> list[Row]:
    """The bytes from the server, without files: the page, a step in an iteration already sent, 100 iterations."""
    with launch() as browser, serve() as url, browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        meter = ByteMeter(page)
        open_stage(page, url)
        await_stillness(page)
        opened = meter.received
        steps = []
        for _ in range(20):
            before = meter.received
            press(page, "ArrowRight")
            page.wait_for_timeout(300)
            steps.append(float(meter.received - before))
        seek(page, ITERATIONS - 1)
        await_stillness(page)
        through = meter.received
    return [
        row("bytes: the page with its first iterations", [opened / 1000], "kB"),
        row("bytes: a step inside what was sent", steps, "B", "the cursor only"),
        row("bytes: the page and 100 iterations", [through / 1000], "kB", "≤ 300"),
    ]


def _network() -> str:
    """The preset with the most tensors."""
    return next(one.source for one in presets() if one.title == "A 2-8-1 network")


@contextmanager
def _stage(browser: Browser, query: str = "") -> Iterator[Page]:
    """Open the app, on its own server, in a window that shows all of it."""
    with serve() as url, browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        open_stage(page, url + query)
        await_stillness(page)
        yield page


def _naive_clicks(browser: Browser) -> list[float]:
    with serve(NAIVE) as url, browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.goto(url)
        page.locator(".js-plotly-plot").nth(3).wait_for(timeout=60_000)
        await_stillness(page)
        return [_click_next(page) for _ in range(CLICKS)]


def _click_next(page: Page) -> float:
    clock = SettleClock(page, "click")
    page.get_by_role("button", name="Next").click()
    return clock.read()


def _change_rate(page: Page, rate: float) -> float:
    """Type another learning rate; return the time until the page shows the new path."""
    tape = page.locator(READY).get_attribute("data-tape")
    here = moment(page)
    field = page.get_by_role("spinbutton", name="lr", exact=True)
    field.fill(f"{rate:.4g}")
    clock = SettleClock(page, "keydown", tape)
    field.press("Enter")
    took = clock.read()
    if moment(page) != here:
        raise RuntimeError(f"the cursor moved from {here} to {moment(page)}, so this is not the change we measure")
    return took


def _require_visible_charts(page: Page) -> None:
    """Make sure that the charts are in view: without them, a step would be measured as too fast."""
    charts = page.locator(".viz-plot .main-svg")
    tops: list[float] = charts.evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    if not tops or max(tops) >= WINDOW["height"]:
        raise RuntimeError(f"a chart is out of view: the charts start at {tops}, and the window is {WINDOW}")
