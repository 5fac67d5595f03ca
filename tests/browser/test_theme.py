"""Light and dark are the viewer's choice, and the stage follows it at once."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.stage import READY, open_stage


def test_the_stage_is_as_dark_or_light_as_the_page(server: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_stage(page, server)
    _expect_theme(page, "dark")
    page.emulate_media(color_scheme="light")
    _expect_theme(page, "light")


def _expect_theme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Light letters on dark boxes, or dark ones on light."""
    expect(page.locator(READY)).to_have_attribute("data-theme", scheme)
    title, box = (_brightness(page, selector) for selector in (".viz-title", ".viz-outline"))
    dark, light = (box, title) if scheme == "dark" else (title, box)
    assert dark < 0.3 and light > 0.8


def _brightness(page: Page, selector: str) -> float:
    """How bright an element is filled, from 0 to 1."""
    colour = page.locator(f"{READY} {selector}").first.evaluate("(one) => getComputedStyle(one).fill")
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(float(number) for number in numbers) / 3 / 255
