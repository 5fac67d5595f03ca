"""The keys step through the program, are shown on their buttons, and are never taken from a field."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.settings import click_cell, number_field, open_group, text_of_program
from tests.browser.stage import READY, click, moment, open_stage, press, seek

KEYS = {
    "start": "Home",
    "iterationBack": "⇧ ←",
    "back": "←",
    "next": "→",
    "iterationNext": "⇧ →",
    "play": "Space",
}


def test_each_key_is_written_on_its_button(stage: Page) -> None:
    for command, key in KEYS.items():
        assert stage.locator(f"{READY} [data-command={command}] kbd").text_content() == key


def test_arrows_go_by_statements_and_with_shift_by_iterations(stage: Page) -> None:
    start = moment(stage)
    assert press(stage, "ArrowRight") == (0, 0)
    assert press(stage, "ArrowRight") == (0, 1)
    assert press(stage, "Shift+ArrowRight") == (1, 1)
    assert press(stage, "ArrowLeft") == (1, 0)
    assert press(stage, "ArrowLeft") == (0, 4)
    assert press(stage, "Shift+ArrowRight") == (1, 4)
    assert press(stage, "Shift+ArrowLeft") == (0, 4)
    assert press(stage, "Home") == start


def test_space_plays_and_pauses(stage: Page) -> None:
    stage.keyboard.press("Space")
    assert _playing(stage)
    stage.keyboard.press("Space")
    assert not _playing(stage)


def test_space_on_a_button_presses_that_button(stage: Page) -> None:
    stage.locator(f"{READY} [data-command=next]").focus()
    assert press(stage, "Space") == (0, 0)
    assert not _playing(stage)


def test_tab_reaches_every_button_the_speed_and_the_slider(stage: Page) -> None:
    stage.locator(f"{READY} [data-command=start]").focus()
    reached = []
    for _ in range(12):
        reached.append(
            stage.evaluate(
                "() => [document.activeElement.dataset.command, document.activeElement.dataset.argument,"
                " document.activeElement.className].filter(Boolean)[0]"
            )
        )
        stage.keyboard.press("Tab")
    transport = ["start", "iterationBack", "back", "nodeBack", "nodeNext", "next", "iterationNext", "play"]
    assert reached == [*transport, "viz-speed", "run", "run", "viz-slider"]


def test_enter_presses_the_button_that_tab_reached(stage: Page) -> None:
    click(stage, "start")
    for _ in range(5):
        stage.keyboard.press("Tab")
    assert press(stage, "Enter") == (0, 0)


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta"])
def test_a_shortcut_of_the_browser_still_belongs_to_the_browser(stage: Page, modifier: str) -> None:
    seek(stage, 0, 2)
    stage.evaluate("() => addEventListener('keydown', (event) => event.preventDefault(), { once: true })")
    stage.keyboard.press(f"{modifier}+ArrowRight")
    assert moment(stage) == (0, 2)


@pytest.mark.usefixtures("without_charts")
def test_a_field_keeps_its_keys(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 1, 1)
    open_group(page, "Data")
    open_group(page, "Program")
    number = number_field(page, "W")
    number.click()
    _type_everything(page, moment(page))
    assert number.input_value() == "-0.5"
    text = text_of_program(page)
    text.click()
    before = text.input_value()
    _type_everything(page, moment(page))
    assert text.input_value().replace(" ", "") == before.replace(" ", "") != text.input_value()
    click_cell(page, 0, 0)
    _type_everything(page, moment(page))
    page.keyboard.press("Escape")


def test_the_speed_keeps_its_keys(stage: Page) -> None:
    seek(stage, 1, 1)
    speed = stage.locator(f"{READY} .viz-speed")
    speed.focus()
    for key in ("ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Home"):
        stage.keyboard.press(key)
        assert moment(stage) == (1, 1)
    speed.select_option("1")


def test_the_slider_keeps_its_keys_and_goes_by_iterations(stage: Page) -> None:
    seek(stage, 1, 1)
    slider = stage.locator(f"{READY} .viz-slider")
    slider.focus()
    assert press(stage, "ArrowRight") == (2, 1)
    assert press(stage, "ArrowLeft") == (1, 1)
    stage.keyboard.press("Space")
    assert not _playing(stage)
    assert press(stage, "End") == (99, 1)


def _type_everything(page: Page, there: tuple[int, int]) -> None:
    """Press every key of the stage; the cursor must not move."""
    for key in ("Home", "Space", "ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
        assert moment(page) == there, key
    assert not _playing(page)


def _playing(page: Page) -> bool:
    button: Locator = page.locator(f"{READY} [data-command=play]")
    return button.get_attribute("aria-pressed") == "true"
