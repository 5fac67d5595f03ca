"""The data of the program: typing into a cell, uploading a file, and naming bad cells."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.plain import names_at, shown
from tests.browser.reading import read
from tests.browser.settings import (
    another_program,
    open_group,
    pick,
    press_button,
    side_bar,
    text_of_program,
    type_cell,
)
from tests.browser.stage import moment, open_stage, seek
from tests.browser.test_numbers import BACKWARD, SOURCE, assert_graph_is_plain

pytestmark = pytest.mark.usefixtures("without_charts")

GOOD = "site,depth,warmth\na,1.0,10.0\nb,2.0,12.5\nc,4.0,15.5\nd,8.0,30.0\n"
BAD = "depth,warmth\n1.0,10.0\n2.0,warm\n4.0,15.5\n8.0,30.0\n"


def test_a_cell_of_the_data_changes_the_run(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 4, BACKWARD)
    open_group(page, "Data")
    type_cell(page, 0, 0, "1.5")
    source = SOURCE.replace("[0.032, 0.034,", "[1.5, 0.034,")
    assert moment(page) == (4, BACKWARD)
    assert_graph_is_plain(page, source)
    type_cell(page, 1, 1, "-75")
    assert_graph_is_plain(page, source.replace("[170.0, 290.0,", "[170.0, -75.0,"))


def test_a_file_becomes_the_data_with_the_columns_that_were_chosen(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 2, BACKWARD)
    open_group(page, "Program")
    _upload(page, "temperature.csv", GOOD)
    _choose_column(page, "distance", "warmth")
    _choose_column(page, "velocity", "depth")
    with another_program(page):
        press_button(page, "Use these 4 rows")
    expect(text_of_program(page)).not_to_have_value(SOURCE)
    source = text_of_program(page).input_value()
    names = names_at(source, 2, BACKWARD)
    assert names["distance"].tolist() == [10.0, 12.5, 15.5, 30.0]
    assert names["velocity"].tolist() == [1.0, 2.0, 4.0, 8.0]
    assert moment(page) == (2, BACKWARD)
    assert_graph_is_plain(page, source)


def test_a_bad_cell_is_named_and_its_row_left_out_only_when_asked(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 1, BACKWARD)
    _upload(page, "temperature.csv", BAD)
    _choose_column(page, "velocity", "warmth")
    alert = side_bar(page).get_by_role("alert")
    expect(alert).to_contain_text("Row 3, column warmth: “warm” is not a number.")
    expect(side_bar(page).get_by_role("button", name="Use these 3 rows")).to_be_disabled()
    side_bar(page).get_by_text("Leave out 1 row", exact=True).click()
    with another_program(page):
        press_button(page, "Use these 3 rows")
    now = read(page)
    names = names_at(SOURCE, 1, BACKWARD)
    assert now.boxes["x"].kind == "data [3]" and now.boxes["x"].value != shown(names["x"])


def test_with_each_corrected_file_the_page_shows_which_columns_it_reads(server: str, page: Page) -> None:
    open_stage(page, server)
    for rows in range(2, 7):
        lines = [f"{row},{2 * row}\n" for row in range(rows)]
        _upload(page, f"{rows}.csv", "distance,velocity\n" + "".join(lines), again=rows > 2)
        use = side_bar(page).get_by_role("button", name=f"Use these {rows} rows")
        expect(use).to_be_enabled()
        page.wait_for_timeout(500)  # a further run of the page's script may follow
        for name in ("distance", "velocity"):
            expect(side_bar(page).get_by_role("combobox", name=f"{name} is")).to_have_value(name)


def _upload(page: Page, name: str, text: str, *, again: bool = False) -> None:
    if not again:
        open_group(page, "Data")
        side_bar(page).get_by_role("tab", name="CSV").click()
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    side_bar(page).locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # plain literal


def _choose_column(page: Page, name: str, column: str) -> None:
    pick(page, side_bar(page).get_by_role("combobox", name=f"{name} is"), column)
