"""A moment looks the same however one gets there, and nothing moves on the way."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import JSHandle, Page

from tests.browser.plain import line_of
from tests.browser.reading import Shown, read
from tests.browser.stage import READY, at, click, hold, press, seek
from viz.catalog import DEFAULT_PROGRAM

SOURCE = DEFAULT_PROGRAM.read_text(encoding="utf-8")
LAST_STATEMENT = 4


def test_twelve_steps_forward_and_back_show_every_moment_again(stage: Page) -> None:
    forward = [read(stage)]
    for _ in range(12):
        press(stage, "ArrowRight")
        forward.append(read(stage))
    back = [forward[-1]]
    for _ in range(12):
        press(stage, "ArrowLeft")
        back.append(read(stage))
    assert [shown.moment for shown in forward] == sorted({shown.moment for shown in back})
    assert back[::-1] == forward


def test_every_way_to_a_moment_leads_to_the_same_picture(stage: Page) -> None:
    there = 20, 2
    ways = [_by_iteration_keys, _by_run_10, _by_slider, _by_a_click_on_the_line, _from_behind]
    seen: dict[str, Shown] = {}
    for way in ways:
        click(stage, "start")
        way(stage)
        at(stage, *there)
        seen[way.__name__] = read(stage)
    for name, shown in seen.items():
        assert shown == seen["_by_iteration_keys"], name


def _by_iteration_keys(page: Page) -> None:
    hold(page, "Shift+ArrowRight", 21)  # from the set-up to the end of iteration 20
    hold(page, "ArrowLeft", LAST_STATEMENT - 2)


def _by_run_10(page: Page) -> None:
    hold(page, "ArrowRight", 3)
    click(page, "run", 10)
    click(page, "run", 10)


def _by_slider(page: Page) -> None:
    hold(page, "ArrowRight", 3)
    page.locator(f"{READY} .viz-slider").fill("20")


def _by_a_click_on_the_line(page: Page) -> None:
    page.locator(f"{READY} .viz-slider").fill("19")
    at(page, 19, LAST_STATEMENT)
    page.locator(f'{READY} [data-line="{line_of(SOURCE, "loss = ")}"]').click()


def _from_behind(page: Page) -> None:
    hold(page, "ArrowRight", 3)
    page.locator(f"{READY} .viz-slider").fill("35")
    at(page, 35, 2)
    page.evaluate("() => document.activeElement.blur()")  # the arrow keys are the slider's while it has them
    hold(page, "Shift+ArrowLeft", 15)


def test_inside_an_iteration_no_element_of_the_graph_is_replaced_or_moved(stage: Page) -> None:
    seek(stage, 0, 0)
    elements = _elements(stage)
    places = _places(stage, elements)
    for _ in range(6):  # the sixth begins the next iteration, which builds the same graph
        press(stage, "ArrowRight")
        assert _places(stage, elements) == places
    hold(stage, "Shift+ArrowRight", 20)
    assert _places(stage, elements) == places


def _elements(page: Page) -> JSHandle:
    """The elements of the graph themselves, without the cells of tensors, which are drawn again."""
    return page.evaluate_handle(
        "ready => [...document.querySelectorAll(`${ready} .viz-graph *:not(.viz-cells *)`)]", READY
    )


def _places(page: Page, elements: JSHandle) -> Any:
    """The positions of the elements; fails if one of them has been replaced on the page."""
    found = page.evaluate(
        """([ready, elements]) => {
            const now = [...document.querySelectorAll(`${ready} .viz-graph *:not(.viz-cells *)`)];
            const same = now.length === elements.length && now.every((one, at) => one === elements[at]);
            const place = (one) => ["x", "y", "transform", "d"].map((name) => one.getAttribute(name));
            // A text is as wide as its number, and a group as its texts.
            const solid = now.filter((one) => one.matches("svg, rect, path"));
            const size = ({ x, y, width, height }) => [x, y, width, height];
            return [same, now.map(place), solid.map((one) => size(one.getBoundingClientRect()))];
        }""",
        [READY, elements],
    )
    assert found[0], "elements of the graph were replaced"
    return found[1:]


def test_what_is_not_built_yet_is_faint_until_its_line_has_run(stage: Page) -> None:
    built_at = {"W * x": 1, "y_hat": 1, "loss": 2}
    for statement in range(LAST_STATEMENT + 1):
        seek(stage, 0, statement)
        boxes = read(stage).boxes
        waiting = {title for title, box in boxes.items() if box.state == "waiting"}
        assert waiting == {title for title, line in built_at.items() if statement < line}
        faint = [title for title in built_at if _opacity(stage, title) < 1]
        assert set(faint) == waiting


def _opacity(page: Page, title: str) -> float:
    box = page.locator(f"{READY} .viz-node").filter(has=page.locator(f'.viz-title:text-is("{title}")'))
    return float(box.evaluate("one => getComputedStyle(one).opacity"))


def test_only_what_backward_visited_is_marked_done_and_its_saved_tensors_freed(stage: Page) -> None:
    seek(stage, 0, 2)
    assert not any("done" in box.state.split() for box in read(stage).boxes.values())
    seek(stage, 0, 3)
    done = {title for title, box in read(stage).boxes.items() if "done" in box.state.split()}
    assert done == {"W", "b", "W * x", "y_hat", "loss"}
