"""Light and dark are the viewer's choice, and the stage follows it."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import READY, open_stage


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_stage_is_as_light_or_dark_as_the_page(
    server: str, page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    open_stage(page, server)
    expect(page.locator(READY)).to_have_attribute("data-theme", scheme)
    text, outline = (
        page.locator(f"{READY} {selector}").first.evaluate("(one, name) => getComputedStyle(one)[name]", name)
        for selector, name in ((".viz-title", "fill"), (".viz-outline", "fill"))
    )
    light, dark = (text, outline) if scheme == "dark" else (outline, text)
    assert _brightness(light) > 0.8 > 0.3 > _brightness(dark)


def _brightness(colour: str) -> float:
    """From 0 to 1, of a colour written as rgb(…)."""
    numbers = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return sum(float(number) for number in numbers) / 3 / 255
