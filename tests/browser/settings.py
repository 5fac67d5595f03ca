"""The side bar as a person uses it: open a group, type a number, choose, edit the text of the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Frame, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.stage import READY

#: The table is a drawing: in pixels, the height of its rows and the width of the column that selects them; then
#: the number of the other columns.
_ROW, _MARKERS, _COLUMNS = 35, 33, 2

_ONE_CLICK = 5_000  # ms
_ATTEMPTS = 3
_ANSWER = 20_000  # ms; a new program runs the page's script, and a busy machine is slow


@contextmanager
def another_program(page: Page | Frame) -> Iterator[None]:
    """Wait, after the block, until the stage has another program than before it."""
    before = page.locator(READY).get_attribute("data-tape")
    yield
    page.wait_for_function(
        "([ready, before]) => (document.querySelector(ready)?.dataset.tape ?? before) !== before",
        arg=[READY, before],
        timeout=_ANSWER,
    )


def side_bar(page: Page | Frame) -> Locator:
    """The side bar."""
    return page.get_by_test_id("stSidebar")


def open_group(page: Page, title: str) -> Locator:
    """Open a closed group of settings; return it."""
    group = side_bar(page).get_by_test_id("stExpander").filter(has=page.get_by_text(title, exact=True))
    group.locator("summary").click()
    return group


def number_field(page: Page | Frame, label: str) -> Locator:
    """The number field with a label."""
    return side_bar(page).get_by_role("spinbutton", name=label, exact=True)


def type_number(page: Page | Frame, label: str, text: str) -> None:
    """Type a number into a field, and wait for the program that it makes."""
    with another_program(page):
        number_field(page, label).fill(text)
        number_field(page, label).press("Enter")


def pick(page: Page, field: Locator, option: str) -> None:
    """Open a list and click an option; try again if a run of the page closed the list meanwhile."""
    listed = page.get_by_role("option", name=option, exact=True)
    for _ in range(_ATTEMPTS - 1):
        field.click()
        try:
            return listed.click(timeout=_ONE_CLICK)
        except PlaywrightTimeout:
            continue
    field.click()
    return listed.click()


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list, and wait for the program that the choice makes."""
    with another_program(page):
        pick(page, side_bar(page).get_by_role("combobox", name=label, exact=True), option)


def click_cell(page: Page, row: int, column: int) -> None:
    """Click a cell of the data's table, with row and column from 0; the group "Data" has to be open."""
    table = side_bar(page).locator(".stDataFrame .dvn-scroller").first
    width = table.bounding_box()["width"] - _MARKERS  # type: ignore[index]  # the table is on the page
    table.click(position={"x": _MARKERS + (0.5 + column) * width / _COLUMNS, "y": (1.5 + row) * _ROW})


def type_cell(page: Page, row: int, column: int, text: str) -> None:
    """Type a number into a cell of the data's table, and wait for the program that it makes."""
    with another_program(page):
        click_cell(page, row, column)
        page.keyboard.press("Enter")
        page.locator("#portal textarea").fill(text)
        page.keyboard.press("Enter")


def text_of_program(page: Page) -> Locator:
    """The box with the text of the program, in its open group."""
    return side_bar(page).get_by_role("textbox", name="Text of the program", exact=True)


def put_on_stage(page: Page, source: str) -> None:
    """Replace the program's text by another program, and apply it; the group "Program" is open."""
    with another_program(page):
        apply(page, source)


def apply(page: Page, source: str) -> None:
    """Replace the program's text and press Apply, without waiting for the result."""
    text_of_program(page).fill(source)
    press_button(page, "Apply")


def press_button(page: Page, name: str) -> None:
    """Press a button of the side bar."""
    side_bar(page).get_by_role("button", name=name, exact=True).click()
