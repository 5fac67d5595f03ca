"""Takes pictures of the page at telling moments, projected and embedded too, and the README's moving picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize

import viz
from tests.browser import moving_picture
from tests.browser.course import course, open_course
from tests.browser.harness import BUILD, launch, serve
from tests.browser.stage import READY, at, click, open_stage, seek
from viz.catalog import DEFAULT_PROGRAM
from viz.frames.events import Backward, Stepped
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of

FOLDER = BUILD / "screenshots"
SIZES = ((1280, 720), (1920, 1080))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LATER = 30

_SETTLE = 600  # ms; Plotly draws its first figures after the graph


def _concepts(page: Page) -> None:
    page.locator(f"{READY} [data-argument=concept]").click()


def _node_back(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press(",")


def _select(number: int) -> Callable[[Page], None]:
    return lambda page: page.locator(f"{READY} .viz-node").nth(number).click()


def _check(page: Page) -> None:
    click(page, "check")
    page.locator(f"{READY} .viz-check[data-agree]").wait_for()


#: The actions at the end of the first backward, with a picture after each; then the view is restored.
ACTS: dict[str, Callable[[Page], None]] = {
    "concepts": _concepts,
    "node-step": _node_back,
    "inspector-leaf": _select(0),
    "inspector-operation": _select(2),
    "inspector-loss": _select(-1),
    "check": _check,
}


def main() -> None:
    """Write every picture and print its path."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    moments = list(_moments())
    with serve() as url, launch() as browser:
        for width, height in SIZES:
            for scheme in SCHEMES:
                _photograph(browser, url, moments, (width, height), scheme)
        _, iteration, statement = next(moment for moment in moments if moment[0] == "3-backward")
        for scheme in SCHEMES:
            _photograph_elsewhere(browser, url, Cursor(iteration, statement), scheme)
        print(moving_picture.make(browser, url).relative_to(BUILD.parent))


def _moments() -> Iterator[tuple[str, int, int]]:
    """The name, iteration and statement of each picture, in the order of the tape."""
    tape = viz.run(DEFAULT_PROGRAM.read_text(encoding="utf-8"), iterations=LATER + 1)
    events = [frame.event for frame in tape.iteration(0)]
    backward = next(place for place, event in enumerate(events) if isinstance(event, Backward))
    step = next(place for place, event in enumerate(events) if isinstance(event, Stepped))
    yield "1-start", -1, len(tape.setup) - 1
    yield "2-forward", 0, backward - 1
    yield "3-backward", 0, backward
    yield "4-step", 0, step
    yield f"5-iteration-{LATER}", LATER, backward


def _photograph(
    browser: Browser,
    url: str,
    moments: list[tuple[str, int, int]],
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    """Step through the program once and take each moment's picture on the way."""
    viewport = ViewportSize(width=size[0], height=size[1])
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        open_stage(page, url)
        for name, iteration, statement in moments:
            seek(page, iteration, statement)
            _take(page, f"{name}-{size[0]}x{size[1]}-{scheme}")
            if name != "3-backward":
                continue
            for act, do in ACTS.items():
                do(page)
                _take(page, f"{name}-{act}-{size[0]}x{size[1]}-{scheme}")
                _undo(page, iteration, statement)


def _photograph_elsewhere(browser: Browser, url: str, cursor: Cursor, scheme: Literal["light", "dark"]) -> None:
    """Open one moment on a projector, and in a frame of a course page."""
    source = DEFAULT_PROGRAM.read_text(encoding="utf-8")
    projector, course_page = ViewportSize(width=1280, height=720), ViewportSize(width=900, height=760)
    with browser.new_context(viewport=projector, color_scheme=scheme) as context:
        page = context.new_page()
        open_stage(page, f"{url}/?{query_of(Moment(source, cursor, presenting=True))}")
        at(page, cursor.iteration, cursor.statement)
        _take(page, f"6-presenter-1280x720-{scheme}")
    with (
        course(f"{url}/?embed=true&{query_of(Moment(source, cursor))}") as address,
        browser.new_context(viewport=course_page, color_scheme=scheme) as context,
    ):
        page = context.new_page()
        at(open_course(page, address), cursor.iteration, cursor.statement)
        _take(page, f"7-embedded-800x600-{scheme}")


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(_SETTLE)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    print(path.relative_to(BUILD.parent))


def _undo(page: Page, iteration: int, statement: int) -> None:
    """The autograd level, nothing selected, and the cursor where it was."""
    page.locator(f"{READY} [data-argument=autograd]").click()
    selected = page.locator(f'{READY} .viz-node[aria-pressed="true"]')
    if selected.count():
        selected.first.click()
    page.mouse.move(0, 0)
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    seek(page, iteration, statement)


if __name__ == "__main__":
    main()
