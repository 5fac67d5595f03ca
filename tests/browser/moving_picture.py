"""Makes the moving picture of the README: one iteration on the page, key by key, as an animated WebP."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.harness import ROOT
from tests.browser.stage import READY, open_stage

FILE = ROOT / "docs" / "stepping.webp"

#: As wide as GitHub shows a README, so that nothing is scaled, and sharp on a screen with twice the pixels.
_SIZE, _PIXELS = ViewportSize(width=880, height=600), 2
_SETTLE = 600  # ms; explanations come when the cursor rests

#: How long frames are shown, in ms; together ten seconds.
_SHORT, _LONG, _READ = 300, 700, 1600


def _key(key: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(key)


def _select(page: Page) -> None:
    """Select or deselect W * x, and return the keyboard focus to the page."""
    page.locator(f"{READY} .viz-node", has_text="MulBackward0").click()
    page.evaluate("() => document.activeElement.blur()")


#: The actions, each with the time for which its result is shown.
_STEPS: tuple[tuple[Callable[[Page], None], int], ...] = (
    (lambda page: None, _LONG),  # before the loop
    (_key("ArrowRight"), _SHORT),  # zero_grad
    *((_key("."), _LONG),) * 3,  # W * x, + b, the loss
    *((_key("."), _LONG),) * 5,  # backward, Node by Node
    (_select, _READ),
    (_select, _SHORT),
    (_key("ArrowRight"), _LONG),  # step
    *((_key("Shift+ArrowRight"), _SHORT),) * 3,
)


def make(browser: Browser, url: str) -> Path:
    """Step through the page at `url`, write FILE, and return it."""
    first, *rest = [Image.open(io.BytesIO(png)).convert("RGB") for png in _frames(browser, url)]
    durations = [duration for _, duration in _STEPS]
    first.save(FILE, save_all=True, append_images=rest, duration=durations, loop=0, lossless=True, method=6)
    return FILE


def _frames(browser: Browser, url: str) -> Iterator[bytes]:
    """Yield the page after each step, as a PNG; nothing moves while it is taken."""
    with browser.new_context(
        viewport=_SIZE, device_scale_factor=_PIXELS, color_scheme="light", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        open_stage(page, f"{url}/?embed=true")
        for do, _ in _STEPS:
            do(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(_SETTLE)
            yield page.screenshot()
