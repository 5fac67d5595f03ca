"""The transport goes where it says: runs, the slider, reset, a line of the code, play and pause."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.plain import line_of
from tests.browser.reading import read
from tests.browser.stage import READY, at, click, hold, moment, press
from tests.browser.test_numbers import BACKWARD, LOSS, SOURCE, STEP, assert_graph_is_plain

LAST = 99


def test_run_10_and_run_100_go_that_many_iterations_forward(stage: Page) -> None:
    hold(stage, "ArrowRight", LOSS + 1)
    click(stage, "run", 10)
    at(stage, 10, LOSS)
    assert_graph_is_plain(stage)
    click(stage, "run", 100)
    at(stage, LAST, LOSS)
    assert_graph_is_plain(stage)


def test_the_slider_goes_to_an_iteration_and_says_which(stage: Page) -> None:
    start = moment(stage)
    hold(stage, "ArrowRight", BACKWARD + 1)
    slider = stage.locator(f"{READY} .viz-slider")
    slider.fill("57")
    at(stage, 57, BACKWARD)
    assert read(stage).where == "iteration 57"
    expect(slider).to_have_attribute("aria-valuetext", "iteration 57")
    assert_graph_is_plain(stage)
    slider.fill("-1")
    assert moment(stage) == start
    assert read(stage).where == "set-up"


def test_start_goes_back_to_the_moment_before_the_loop(stage: Page) -> None:
    before = read(stage)
    click(stage, "run", 10)
    click(stage, "start")
    assert read(stage) == before


def test_a_click_on_a_line_goes_to_its_next_execution(stage: Page) -> None:
    for line, there in (
        ("loss = ", (0, LOSS)),
        ("step()", (0, STEP)),
        ("loss = ", (1, LOSS)),
        ("loss = ", (2, LOSS)),
        ("backward", (2, BACKWARD)),
    ):
        number = line_of(SOURCE, line)
        stage.locator(f'{READY} [data-line="{number}"]').click()
        assert moment(stage) == there
        assert read(stage).line == number


def test_a_click_on_a_line_of_the_set_up_goes_back_to_it(stage: Page) -> None:
    hold(stage, "Shift+ArrowRight", 3)
    number = line_of(SOURCE, "b = torch.tensor")
    stage.locator(f'{READY} [data-line="{number}"]').click()
    now = read(stage)
    assert now.line == number and now.iteration == -1
    assert now.sentence.startswith("b is a leaf, 0.5000")


def test_play_advances_until_pause_and_stops_at_the_end(stage: Page) -> None:
    play = stage.locator(f"{READY} [data-command=play]")
    speed = stage.locator(f"{READY} .viz-speed")
    speed.select_option("20")
    click(stage, "play")
    expect(play).to_contain_text("Pause")
    stage.wait_for_function("(ready) => document.querySelector(ready).dataset.iteration !== '-1'", arg=READY)
    click(stage, "play")
    expect(play).to_contain_text("Play")
    paused = moment(stage)
    assert_graph_is_plain(stage)
    stage.wait_for_timeout(200)  # the time of four steps: enough to see one if it were still playing
    assert moment(stage) == paused
    click(stage, "run", 100)
    click(stage, "play")
    at(stage, LAST, STEP)
    expect(play).to_have_attribute("aria-pressed", "false")
    speed.select_option("1")


def test_the_end_and_the_beginning_are_ends(stage: Page) -> None:
    hold(stage, "Shift+ArrowRight", LAST + 20)
    at(stage, LAST, STEP)
    stage.keyboard.press("ArrowRight")
    assert moment(stage) == (LAST, STEP)
    stage.keyboard.press("Home")
    hold(stage, "ArrowLeft", 30)
    assert moment(stage) == (-1, 0)
    assert press(stage, "ArrowRight") == (-1, 1)
