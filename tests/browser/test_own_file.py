"""`python -m viz` on a file of one's own, in a browser: step, explain, save the file, and the page follows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import ROOT
from tests.browser.stage import READY, at, moment, open_stage, press
from tests.own_file.served import served

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
pytestmark = pytest.mark.usefixtures("without_charts")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.stem)
def test_an_example_opens_and_steps(example: Path, page: Page, tmp_path: Path) -> None:
    with served(example, folder=tmp_path) as server:
        open_stage(page, server.address)
        assert "token" not in page.url
        expect(page.get_by_role("heading", name=example.name)).to_be_visible()
        while press(page, "Shift+ArrowRight") < (1, 0):
            pass
        there = moment(page)
        assert press(page, "ArrowRight") > there
        assert press(page, "ArrowLeft") == there
        expect(page.locator(f"{READY} .viz-graph svg")).to_be_visible()


def test_the_page_follows_a_file_that_is_saved_and_stays_at_its_cursor(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    shutil.copy(ROOT / "examples" / "recurrent.py", file)
    with served("train.py", folder=tmp_path) as server:
        open_stage(page, server.address)
        while press(page, "Shift+ArrowRight") < (2, 0):
            pass
        press(page, "ArrowRight")
        there = moment(page)
        code = page.locator(f"{READY} .viz-code")
        expect(code).to_contain_text("lr=0.1,")

        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("lr=0.1,", "lr=0.025,"), encoding="utf-8")
        expect(code).to_contain_text("lr=0.025,")
        at(page, *there)

        file.write_text(text.replace("lr=0.1,", "lr=,"), encoding="utf-8")
        line = next(n for n, one in enumerate(text.splitlines(), 1) if "lr=0.1," in one)
        expect(page.get_by_role("alert")).to_contain_text(f"train.py, line {line}: ")
        expect(code).to_contain_text("lr=0.025,")
        at(page, *there)

        file.write_text(text, encoding="utf-8")
        expect(code).to_contain_text("lr=0.1,")
        expect(page.get_by_role("alert")).to_have_count(0)
        at(page, *there)


def test_a_node_of_a_script_is_explained(page: Page, tmp_path: Path) -> None:
    with served(ROOT / "examples" / "regression.py", "--epochs", "2", folder=tmp_path) as server:
        open_stage(page, server.address)
        while press(page, "ArrowRight") < (0, 5):
            pass
        page.locator(f"{READY} .viz-graph").get_by_text("TanhBackward0").first.click()
        expect(page.locator(f"{READY} .viz-inspector")).to_contain_text("TanhBackward0")
