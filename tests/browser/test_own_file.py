"""`python -m viz` on a file of one's own, in a browser: step, explain, save the file, and the page follows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import ROOT
from tests.browser.stage import FIRST_GRAPH, READY, at, click, moment, open_stage, press
from tests.browser.test_graph import box
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


def test_a_field_changes_what_runs_and_not_the_file(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "train.py"
    shutil.copy(ROOT / "examples" / "recurrent.py", file)
    before = file.read_bytes()
    with served("train.py", folder=tmp_path) as server:
        open_stage(page, server.address)
        code, bar = page.locator(f"{READY} .viz-code"), page.get_by_test_id("stSidebar")
        field = bar.get_by_label("lr", exact=True)
        field.fill("0.3")
        field.press("Enter")
        expect(code).to_contain_text("lr=0.3,")
        bar.get_by_role("button", name="Use the file's numbers").click()
        expect(code).to_contain_text("lr=0.1,")
        expect(field).to_have_value("0.1")
        assert file.read_bytes() == before


def test_what_a_file_cannot_have_is_said_in_a_sentence(page: Page, tmp_path: Path) -> None:
    with served(ROOT / "examples" / "regression.py", folder=tmp_path) as server:
        open_stage(page, f"{server.address}&p=abc")
        expect(page.get_by_text("It did not open the program of this link.").first).to_be_visible()
        click(page, "copy")
        expect(page.get_by_text("it stays on this machine").first).to_be_visible()
        assert "p=" not in page.url
        while press(page, "ArrowRight") < (0, 5):
            pass
        click(page, "check")
        expect(page.get_by_text("Python itself runs this file from its start to its end.").first).to_be_visible()
        bar = page.get_by_test_id("stSidebar")
        bar.get_by_text("Program", exact=True).click()
        expect(bar.get_by_text("class Parabola")).to_be_visible()
        expect(bar.locator("textarea")).to_have_count(0)


def test_a_node_of_a_script_is_explained(page: Page, tmp_path: Path) -> None:
    with served(ROOT / "examples" / "regression.py", "--epochs", "2", folder=tmp_path) as server:
        open_stage(page, server.address)
        while press(page, "ArrowRight") < (0, 5):
            pass
        expect(page.locator(f"{READY} .viz-where")).to_have_text("iteration 0: epoch 0, batch 0")
        page.keyboard.press("0")  # the whole graph: a part may be below the buttons
        page.locator(f"{READY} .viz-graph").get_by_text("TanhBackward0").first.click()
        expect(page.locator(f"{READY} .viz-inspector")).to_contain_text("TanhBackward0")


LARGE = """\
import torch

w = torch.ones(64, 128)
w[0, 0], w[62, 126] = -3, torch.nan
w.requires_grad_()
for step in range(2):
    big = w * 2
    big.sum().backward()
"""


def test_a_large_tensor_is_shown_as_a_picture_of_its_blocks(page: Page, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LARGE, encoding="utf-8")
    with served("train.py", folder=tmp_path) as server:
        open_stage(page, server.address)
        while press(page, "Shift+ArrowRight") < (1, 0):
            pass
        page.locator(box(page, "big")).hover()
        blocks = page.locator(f"{READY} .viz-card .viz-blocks i")
        expect(blocks).to_have_count(8 * 16)
        expect(blocks.first).to_have_attribute("data-negative", "")
        expect(blocks.last).to_have_attribute("data-none", "")
        expect(page.locator(f"{READY} .viz-card")).to_contain_text("NaN")


RAISES = """\
import torch

def halves(x):
    return x.reshape(2, -1)

w = torch.ones(3, requires_grad=True)
for size in (2, 3):
    halves(w[:size]).sum().backward()
"""


def test_an_exception_is_shown_with_its_traceback_where_it_was_raised(page: Page, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(RAISES, encoding="utf-8")
    with served("train.py", folder=tmp_path) as server:
        open_stage(page, server.address)
        traceback = page.get_by_role("region", name="Traceback")
        while press(page, "ArrowRight") < (0, 1):
            pass
        expect(traceback).to_be_hidden()
        assert press(page, "ArrowRight") == (1, 0)
        expect(traceback.locator("li")).to_have_text(
            [
                "train.py, line 8, in <module>halves(w[:size]).sum().backward()",
                "train.py, line 4, in halvesreturn x.reshape(2, -1)",
            ]
        )
        expect(traceback).to_contain_text("RuntimeError: shape '[2, -1]' is invalid for input of size 3")
        expect(page.locator(f"{READY} .viz-where")).to_have_text("iteration 1")
        press(page, "ArrowLeft")
        expect(traceback).to_be_hidden()
        assert 'File "train.py", line 4, in halves' in server.printed


LONG = """\
import torch

print("begins")
w = torch.zeros(1, requires_grad=True)
for step in range(300):
    loss = ((w - step) ** 2).sum()
    loss.backward()
    w.grad = None
"""


def test_what_was_let_go_is_said_and_the_file_run_again_up_to_there(page: Page, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LONG, encoding="utf-8")
    with served("train.py", folder=tmp_path, VIZ_TAPE_BYTES=str(2**20)) as server:
        open_stage(page, server.address)
        for _ in range(2):
            click(page, "run", 100)
        at(page, 199, 2)
        page.goto(f"{server.url}/?at=60.1")  # a page that has none of it
        note = page.locator(f"{READY} .viz-let-go")
        expect(note).to_contain_text("The recording has let iteration 60 go.", timeout=FIRST_GRAPH)
        assert moment(page)[0] == -1
        note.get_by_role("button", name="Run it again up to there").click()
        expect(page.locator(f'{READY}[data-tape*="-1."]')).to_be_visible(timeout=FIRST_GRAPH)
        at(page, 60, 1)
        expect(note).to_be_hidden()
        assert server.printed.count("begins") == 2

        page.get_by_test_id("stSidebar").get_by_role("button", name="Run again").click()
        expect(page.locator(f'{READY}[data-tape*="-2."]')).to_be_visible(timeout=FIRST_GRAPH)
        at(page, 60, 1)
        assert server.printed.count("begins") == 3
