"""axe-core finds nothing serious on the page: in light and dark, with a node selected, on both levels."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.stage import READY, open_stage, press


def serious(page: Page) -> list[tuple[str, str, str]]:
    """What axe-core calls serious or critical: the rule, the place, and what to mend."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        (one["id"], str(node["target"]), node.get("failureSummary", ""))
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found(server: str, browser: Browser, scheme: Literal["light", "dark"]) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme) as context:
        page = context.new_page()
        open_stage(page, server)
        page.locator(f"{READY} .viz-overlay path").first.wait_for(state="attached")
        press(page, "Shift+ArrowRight")
        page.wait_for_timeout(600)  # what changed is marked for 400 ms, in a colour that fades
        assert serious(page) == []
        page.locator(f"{READY} [data-argument=concept]").click()
        page.locator(f"{READY} .viz-node.operation").first.click()
        page.locator(f"{READY} .viz-inspector").wait_for()
        page.mouse.move(5, 5)
        page.wait_for_timeout(600)
        assert serious(page) == []
