"""The side bar as a person uses it: open a group, type a number, choose, edit the text of the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from tests.browser.stage import READY

_ANSWER = 20_000  # ms; a new program runs the page's script, and a loaded machine takes its time


@contextmanager
def another_program(page: Page) -> Iterator[None]:
    """Wait, after the block, until another program than before it is on stage."""
    before = page.locator(READY).get_attribute("data-tape")
    yield
    page.wait_for_function(
        "([ready, before]) => (document.querySelector(ready)?.dataset.tape ?? before) !== before",
        arg=[READY, before],
        timeout=_ANSWER,
    )


def side_bar(page: Page) -> Locator:
    """The side bar."""
    return page.get_by_test_id("stSidebar")


def open_group(page: Page, title: str) -> Locator:
    """Open a group of settings that is closed; the group."""
    group = side_bar(page).get_by_test_id("stExpander").filter(has=page.get_by_text(title, exact=True))
    group.locator("summary").click()
    return group


def number_field(page: Page, label: str) -> Locator:
    """The number field with a label."""
    return side_bar(page).get_by_role("spinbutton", name=label, exact=True)


def type_number(page: Page, label: str, text: str) -> None:
    """Type a number into a field, and wait for the program that it makes."""
    with another_program(page):
        number_field(page, label).fill(text)
        page.keyboard.press("Enter")


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list, and wait for the program that the choice makes."""
    with another_program(page):
        side_bar(page).get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=option, exact=True).click()


def text_of_program(page: Page) -> Locator:
    """The box with the text of the program; its group is open."""
    return side_bar(page).get_by_role("textbox", name="Text of the program", exact=True)


def put_on_stage(page: Page, source: str) -> None:
    """Type a program in place of the one that is there, and apply it; the group "Program" is open."""
    with another_program(page):
        text_of_program(page).fill(source)
        side_bar(page).get_by_role("button", name="Apply").click()
