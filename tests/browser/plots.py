"""What the charts hold and draw: Plotly's own traces and axes, and the shapes that follow the cursor over them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError

from tests.browser.stage import READY

_DRAWN = 30_000  # ms; plotly.js is large, and headless browsers draw without a graphics card
_CAUGHT_UP = 10_000  # ms; a chart that was out of sight catches up once it is in sight

Point = tuple[float, float]


def show_charts(page: Page) -> None:
    """Scroll to the charts, and wait until all of them are drawn."""
    page.locator(f"{READY} .viz-chart .viz-overlay path").first.wait_for(state="attached", timeout=_DRAWN)
    page.locator(f"{READY} .viz-chart").last.scroll_into_view_if_needed()
    page.wait_for_function(
        """(ready) => {
            const charts = [...document.querySelectorAll(`${ready} .viz-chart`)];
            return charts.length && charts.every((one) => one.querySelector(".viz-overlay path"));
        }""",
        arg=READY,
        timeout=_DRAWN,
    )


def plot(page: Page, chart: str) -> Locator:
    """The element that Plotly draws a chart in."""
    return page.locator(f'{READY} [data-chart="{chart}"]')


def history(page: Page, chart: str, trace: str, length: int) -> list[float | None]:
    """The y values of a trace, once Plotly has `length` of them."""
    page.wait_for_function(
        """([place, name, length]) => {
            const trace = document.querySelector(place).data.find((one) => one.name === name);
            return trace?.y?.length === length;
        }""",
        arg=[f'{READY} [data-chart="{chart}"]', trace, length],
        timeout=_DRAWN,
    )
    values: list[float | None] = plot(page, chart).evaluate(
        "(chart, name) => Array.from(chart.data.find((one) => one.name === name).y)", trace
    )
    return values


def visible(page: Page, chart: str) -> dict[str, Any]:
    """Whether each named trace of a chart is drawn: True, or "legendonly" if the viewer hid it."""
    states: dict[str, Any] = plot(page, chart).evaluate(
        "(chart) => Object.fromEntries(chart._fullData.filter((one) => one.showlegend || one.name)"
        ".map((one) => [one.name, one.visible]))"
    )
    return states


def axis_range(page: Page, chart: str) -> list[float]:
    """Where the x axis of a chart begins and ends."""
    ends: list[float] = plot(page, chart).evaluate("(chart) => [...chart._fullLayout.xaxis.range]")
    return ends


def on_screen(page: Page, chart: str, point: Point) -> Point:
    """Where a point of the data lies in the window."""
    x, y = plot(page, chart).evaluate(
        """(chart, [x, y]) => {
            const { left, top } = chart.getBoundingClientRect();
            const { xaxis, yaxis } = chart._fullLayout;
            return [left + xaxis._offset + xaxis.d2p(x), top + yaxis._offset + yaxis.d2p(y)];
        }""",
        point,
    )
    return x, y


def expect_dots(page: Page, chart: str, points: list[Point]) -> None:
    """Wait until the points drawn over a chart are exactly these points of the data, in this order."""
    _expect_drawn(
        page,
        chart,
        """(drawn) => {
            const circles = drawn.flatMap((d) => [...d.matchAll(/M(\\S+) (\\S+)a(\\S+)/g)]);
            return circles.map(([, left, y, radius]) => [Number(left) + Number(radius), Number(y)]);
        }""",
        points,
    )


def expect_line(page: Page, chart: str, points: list[Point]) -> None:
    """Wait until the longest unbroken line drawn over a chart has its corners at these points of the data."""
    _expect_drawn(
        page,
        chart,
        """(drawn) => {
            const pieces = drawn.filter((d) => !/[aZ]/.test(d)).flatMap((d) => d.split("M"));
            const lines = pieces.map((piece) => piece.split("L").map((corner) => corner.split(" ").map(Number)));
            return lines.reduce((longest, line) => (line.length > longest.length ? line : longest), []);
        }""",
        points,
    )


def expect_arrow(page: Page, chart: str, tail: Point, head: Point) -> None:
    """Wait until the arrow drawn over a chart goes from one point of the data to another."""
    _expect_drawn(
        page,
        chart,
        """(drawn) => {
            const arrow = drawn.find((d) => d.endsWith("Z")) ?? "";
            return arrow.slice(1).split("M")[0].split("L").map((end) => end.split(" ").map(Number));
        }""",
        [tail, head],
    )


def _expect_drawn(page: Page, chart: str, found: str, points: list[Point]) -> None:
    """Wait until the points that `found` reads from the paths over a chart are at `points`, to a tenth of a pixel.

    Points and axes are read at the same moment, because the axes may still be changing.
    """
    look = f"""([place, points]) => {{
        const found = {found};
        const chart = document.querySelector(place);
        const paths = [...chart.parentElement.querySelectorAll(".viz-overlay path")];
        const drawn = found(paths.map((one) => one.getAttribute("d") ?? ""));
        const {{ xaxis, yaxis }} = chart._fullLayout;
        const wanted = points.map(([x, y]) => [xaxis.d2p(x), yaxis.d2p(y)]);
        const near = (one, at) => one.every((place, axis) => Math.abs(place - wanted[at][axis]) < 0.11);
        const right = drawn.length === wanted.length && drawn.every(near);
        return [right, drawn, wanted];
    }}"""
    argument = [f'{READY} [data-chart="{chart}"]', points]
    try:
        page.wait_for_function(f"(argument) => ({look})(argument)[0]", arg=argument, timeout=_CAUGHT_UP)
    except TimeoutError:
        _, drawn, wanted = page.evaluate(look, argument)
        raise AssertionError(f"{chart}: drawn at {drawn}, wanted at {wanted}") from None
