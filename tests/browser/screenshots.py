"""Takes pictures of the page at telling moments, in two sizes, light and dark: build/screenshots/."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Browser, ViewportSize

import viz
from tests.browser.harness import BUILD, launch, serve
from tests.browser.stage import open_stage, seek
from viz.catalog import DEFAULT_PROGRAM
from viz.frames import Backward, Stepped

FOLDER = BUILD / "screenshots"
SIZES = ((1280, 720), (1920, 1080))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LATER = 30

_SETTLE = 600  # ms; Plotly draws its first figures after the graph


def main() -> None:
    """Write every picture and print where it lies."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    moments = list(_moments())
    with serve() as url, launch() as browser:
        for width, height in SIZES:
            for scheme in SCHEMES:
                _photograph(browser, url, moments, (width, height), scheme)


def _moments() -> Iterator[tuple[str, int, int]]:
    """Name, iteration and statement of each picture, in the order of the tape."""
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
            page.wait_for_timeout(_SETTLE)
            path = FOLDER / f"{name}-{size[0]}x{size[1]}-{scheme}.png"
            page.screenshot(path=path)
            print(path.relative_to(BUILD.parent))


if __name__ == "__main__":
    main()
