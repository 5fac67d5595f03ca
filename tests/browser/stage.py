"""Uses the stage as a person does: opens the page, and presses keys until a moment is reached."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, Page

#: The stage once its first graph is painted.
READY = '.viz-stage[data-ready="true"]'

FIRST_GRAPH = 60_000  # ms; the first visit to a server waits for `import torch`
_ONE_STEP = 10_000  # ms; an iteration that is not recorded yet is requested from the server


def open_stage(page: Page, url: str) -> Locator:
    """Open the app and wait until the first graph is painted."""
    page.goto(url)
    stage = page.locator(READY)
    stage.wait_for(timeout=FIRST_GRAPH)
    return stage


def moment(page: Page | Frame) -> tuple[int, int]:
    """The cursor: iteration and statement."""
    place = page.locator(READY).evaluate("stage => [stage.dataset.iteration, stage.dataset.statement]")
    return int(place[0]), int(place[1])


def press(page: Page, key: str) -> tuple[int, int]:
    """Press a key, wait until the cursor has moved, and return its new place.

    Raises playwright's TimeoutError if the key does not move the cursor.
    """
    before = list(map(str, moment(page)))
    page.keyboard.press(key)
    page.wait_for_function(
        """([ready, before]) => {
            const { iteration, statement } = document.querySelector(ready)?.dataset ?? {};
            return iteration !== undefined && (iteration !== before[0] || statement !== before[1]);
        }""",
        arg=[READY, before],
        timeout=_ONE_STEP,
    )
    return moment(page)


def seek(page: Page, iteration: int, statement: int = 0) -> None:
    """Go forward to a moment, first by iterations and then by statements.

    Raises ValueError if the keys pass the moment: it is behind the cursor, or does not exist.
    """
    here = moment(page)
    while here < (iteration, statement):
        here = press(page, "Shift+ArrowRight" if here[0] < iteration - 1 else "ArrowRight")
    if here != (iteration, statement):
        raise ValueError(f"no way forward to {(iteration, statement)}: the cursor is at {here}")


def at(page: Page | Frame, iteration: int, statement: int) -> None:
    """Wait until the cursor is at a moment. Raises playwright's TimeoutError if it does not get there."""
    page.wait_for_function(
        """([ready, there]) => {
            const { iteration, statement } = document.querySelector(ready)?.dataset ?? {};
            return `${iteration} ${statement}` === there;
        }""",
        arg=[READY, f"{iteration} {statement}"],
        timeout=_ONE_STEP,
    )


def click(page: Page | Frame, command: str, count: int | None = None) -> None:
    """Press a button of the transport by its command; `count` tells the two `run` buttons apart."""
    argument = "" if count is None else f'[data-argument="{count}"]'
    page.locator(f"{READY} [data-command={command}]{argument}").click()


def to_start(page: Page | Frame) -> None:
    """Stop playing, take the keyboard off every field, and go to the moment before the loop."""
    page.evaluate("() => document.activeElement?.blur()")
    if page.locator(f"{READY} [data-command=play]").get_attribute("aria-pressed") == "true":
        click(page, "play")
    click(page, "start")
    page.evaluate("() => document.activeElement?.blur()")


def hold(page: Page, key: str, times: int) -> None:
    """Hold a key down until the keyboard has repeated it `times` times."""
    *modifiers, name = key.split("+")
    for modifier in modifiers:
        page.keyboard.down(modifier)
    for _ in range(times):
        page.keyboard.down(name)
    for pressed in (name, *modifiers):
        page.keyboard.up(pressed)
