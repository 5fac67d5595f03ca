"""The text of the program: broken, mended and refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.plain import line_of
from tests.browser.reading import read
from tests.browser.settings import apply, open_group, put_on_stage, side_bar, text_of_program
from tests.browser.stage import moment, open_stage, seek
from tests.browser.test_numbers import BACKWARD, SOURCE, assert_graph_is_plain

pytestmark = pytest.mark.usefixtures("without_charts")


def test_a_broken_program_leaves_the_stage_alone_until_it_is_mended(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 2, BACKWARD)
    before = read(page)
    open_group(page, "Program")
    broken = SOURCE.replace("y_hat = W * x + b", "y_hat = W * (x + b")
    apply(page, broken)
    alert = side_bar(page).get_by_role("alert")
    expect(alert).to_contain_text(f"Line {line_of(SOURCE, 'y_hat = ')}, column")
    assert read(page) == before
    assert text_of_program(page).input_value() == broken
    mended = SOURCE.replace("y_hat = W * x + b", "y_hat = W * (x + b)")
    put_on_stage(page, mended)
    expect(alert).to_have_count(0)
    assert moment(page) == (2, BACKWARD)
    now = read(page)
    assert "x + b" in now.boxes
    assert_graph_is_plain(page, mended)


def test_forbidden_code_is_refused_on_its_line(server: str, page: Page) -> None:
    open_stage(page, server)
    before = read(page)
    open_group(page, "Program")
    for line, forbidden in enumerate(("import torch.odd", 'open("notes.txt")', "torch.__dict__"), start=1):
        blank = "\n" * (line - 1)
        apply(page, f"{blank}{forbidden}\n{SOURCE}")
        expect(side_bar(page).get_by_role("alert")).to_contain_text(f"Line {line}, column ")
        assert read(page) == before


def test_everything_that_is_refused_is_listed_and_a_line_number_leads_to_its_line(server: str, page: Page) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    apply(page, f"import torch.odd as o\n{SOURCE}\no.getcwd()\nopen('notes.txt')\n")
    alert = side_bar(page).get_by_role("alert")
    last = f"Line {line_of(SOURCE, 'optimizer.step()') + 4}"
    expect(alert.get_by_role("listitem")).to_contain_text(
        ["Line 1, column 8: torch.odd cannot", f"{last}, column 1: open is"]
    )
    here = page.url
    alert.get_by_role("link", name=last).click()
    editor = text_of_program(page)
    expect(editor).to_be_focused()
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert editor.evaluate(selected) == "open('notes.txt')"
    alert.get_by_role("link", name="Line 1", exact=True).press("Enter")
    assert editor.evaluate(selected) == "import torch.odd as o"
    assert page.url == here
