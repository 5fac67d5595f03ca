"""A link leads to a moment: the address follows, reload and back return to it, and all visitors see the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from tests.browser.harness import free_port, serve
from tests.browser.reading import Shown, read
from tests.browser.settings import (
    another_program,
    number_field,
    open_group,
    put_on_stage,
    side_bar,
    text_of_program,
    type_number,
)
from tests.browser.stage import FIRST_GRAPH, READY, at, click, hold, moment, open_stage, press
from viz.catalog import DEFAULT_PROGRAM
from viz.frames.frame import SETUP
from viz.frames.tape import Cursor
from viz.linking import BadLink, Moment, TooLong, left_out, pack, query_of
from viz.linking import read as read_link

DEFAULT = DEFAULT_PROGRAM.read_text(encoding="utf-8")
HALF = DEFAULT.replace("W = torch.tensor([-0.5]", "W = torch.tensor([0.25]")
OTHER = DEFAULT.replace("W = torch.tensor([-0.5]", "W = torch.tensor([0.75]")
#: A thousand iterations that take far longer than the server lets anyone wait for an answer. They compute much and
#: keep little, so that the recording is far from complete on any machine.
SLOW = """\
import torch
W = torch.tensor([1.0], requires_grad=True)
for iteration in range(1000):
    nothing = [0 for i in range(45) for k in range(900) if k < 0]
    h = W * 2
"""
#: Twenty thousand characters that cannot be compressed.
LONG = DEFAULT + "# " + "".join(map(chr, range(0x4E00, 0x4E00 + 18_000))) + "\n"

_W = re.compile(r"W = torch\.tensor\(\[(.*?)\]")

pytestmark = pytest.mark.usefixtures("without_charts")


def address(page: Page) -> Moment | None:
    """The moment in the page's address; None if it cannot be read."""
    query = str(page.evaluate("location.search"))
    try:
        return read_link(dict(parse_qsl(query.removeprefix("?"))), default="")
    except BadLink:
        return None


def await_address(page: Page, there: Moment) -> None:
    """Wait until the page is at this moment and its address says so; fail if it settles at another one."""
    if there.cursor:
        at(page, there.cursor.iteration, there.cursor.statement)
    for _ in range(50):
        if address(page) == there:
            return
        page.wait_for_timeout(100)
    assert address(page) == there


def select(page: Page, title: str) -> None:
    page.locator(f'{READY} .viz-graph .viz-node:has(.viz-title:text-is("{title}"))').click()


def explained(page: Page) -> Locator:
    return page.locator(f"{READY} .viz-inspector")


@contextmanager
def another_visitor(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.route("**/plotly.js", lambda route: route.abort())
        yield page


def test_the_address_follows_step_by_step_and_everyone_who_opens_it_sees_the_same(
    server: str, page: Page, browser: Browser
) -> None:
    open_stage(page, server)
    await_address(page, Moment(DEFAULT, Cursor(SETUP, 9)))
    hold(page, "Shift+ArrowRight", 5)
    hold(page, ".", 2)
    at(page, 5, 1)
    select(page, "W * x")
    expect(explained(page)).to_contain_text("MulBackward0")
    await_address(page, Moment(DEFAULT, Cursor(5, 1, 0), 2))
    click(page, "next")
    page.locator("[data-command=level][data-argument=concept]").click()
    await_address(page, Moment(DEFAULT, Cursor(5, 1), 2, "concept"))
    expect(explained(page)).to_contain_text("W")
    with another_visitor(browser) as other:
        open_stage(other, page.url)
        assert moment(other) == (5, 1)
        expect(explained(other)).to_have_text(str(explained(page).text_content()))
        assert read(other) == read(page)


def _go_to_half(page: Page, server: str) -> Shown:
    """Open the page, go to the third iteration and change W there; return what it showed before the change."""
    open_stage(page, server)
    hold(page, "Shift+ArrowRight", 3)
    await_address(page, Moment(DEFAULT, Cursor(2, 4)))
    before = read(page)
    type_number(page, "W", "0.25")
    page.evaluate("() => document.activeElement.blur()")
    await_address(page, Moment(HALF, Cursor(2, 4)))
    return before


def _go_back(page: Page) -> None:
    with another_program(page):
        page.go_back()


def test_back_and_reload_restore_the_program_and_the_cursor(server: str, page: Page) -> None:
    before = _go_to_half(page, server)
    hold(page, "Shift+ArrowRight", 2)
    await_address(page, Moment(HALF, Cursor(4, 4)))
    after = read(page)
    _go_back(page)
    at(page, 2, 4)
    assert read(page) == before
    expect(number_field(page, "W")).to_have_value("-0.5")
    with another_program(page):
        page.go_forward()
    at(page, 4, 4)
    assert read(page) == after
    page.reload()
    page.locator(READY).wait_for()
    assert read(page) == after
    expect(number_field(page, "W")).to_have_value("0.25")
    assert address(page) == Moment(HALF, Cursor(4, 4))
    _go_back(page)
    at(page, 2, 4)
    assert read(page) == before


def test_a_change_after_going_back_begins_another_history(server: str, page: Page) -> None:
    sent: list[bytes | str] = []

    def note(frame: bytes | str) -> None:
        sent.append(frame)

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", listen)
    before = _go_to_half(page, server)
    page.reload()
    page.locator(READY).wait_for()
    _go_back(page)
    expect(number_field(page, "W")).to_have_value("-0.5")
    type_number(page, "W", "0.75")
    await_address(page, Moment(OTHER, Cursor(2, 4)))
    page.evaluate("() => document.activeElement.blur()")
    type_number(page, "b", "2")
    assert pack(OTHER) in str(sent[-1])  # what another server would need if this one had died
    await_address(page, Moment(OTHER.replace("b = torch.tensor([0.5]", "b = torch.tensor([2.0]"), Cursor(2, 4)))
    _go_back(page)
    expect(number_field(page, "b")).to_have_value("0.5")
    _go_back(page)
    at(page, 2, 4)
    assert read(page) == before


#: What the browser's history holds, and where in it the page is.
_HISTORY = "() => [navigation.entries().map((entry) => entry.url), navigation.currentEntry.index]"


def test_pressing_back_and_forward_fast_ends_at_the_right_entry_and_loses_none(server: str, page: Page) -> None:
    open_stage(page, server)
    for iteration, start in enumerate(("0.1", "0.2", "0.3", "0.4")):
        type_number(page, "W", start)
        page.evaluate("() => document.activeElement.blur()")
        press(page, "Shift+ArrowRight")
        expect(page).to_have_url(re.compile(rf"at={iteration}\."))
    entries, there = page.evaluate(_HISTORY)
    for steps in ((-1, 1, -1, -1), (1, 1), (-1, -1, 1, -1)):
        for step in steps:
            page.evaluate("step => history.go(step)", step)
            page.wait_for_timeout(80)
        there += sum(steps)
        expect(page).to_have_url(entries[there])
        moment_there = read_link(dict(parse_qsl(urlsplit(entries[there]).query)), default="")
        expect(number_field(page, "W")).to_have_value(_W.findall(moment_there.source)[0])
        await_address(page, moment_there)
        assert page.evaluate(_HISTORY) == [entries, there]


def test_a_reload_right_after_a_step_returns_to_it(server: str, page: Page) -> None:
    open_stage(page, server)
    page.wait_for_timeout(500)  # the address has the moment at which the page opened
    there = press(page, "Shift+ArrowRight")
    page.wait_for_timeout(100)
    page.reload()
    page.locator(READY).wait_for()
    at(page, *there)


def test_l_copies_a_link_to_this_moment(server: str, stage: Page) -> None:
    stage.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(stage.locator(f"{READY} [data-command=copy] kbd")).to_have_text("l")
    press(stage, "ArrowRight")
    stage.keyboard.press("l")
    expect(stage.locator(f"{READY} .viz-tell")).to_have_text("The link to this moment is copied.")
    copied = stage.evaluate("navigator.clipboard.readText()")
    assert copied == f"{server}/?{query_of(Moment(DEFAULT, Cursor(0, 0)))}"


def test_if_the_clipboard_is_refused_a_field_shows_the_link(server: str, stage: Page) -> None:
    stage.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    click(stage, "copy")
    field = stage.get_by_role("textbox", name="The browser does not let this page copy. Copy the link yourself:")
    expect(field).to_have_value(f"{server}/?{query_of(Moment(DEFAULT, Cursor(SETUP, 9)))}")
    expect(field).to_be_focused()
    assert stage.evaluate("getSelection().toString()") == field.input_value()
    stage.keyboard.press("Escape")
    expect(field).to_have_count(0)
    stage.evaluate("() => delete navigator.clipboard")


def test_a_damaged_link_opens_the_pages_own_program_at_its_start_and_says_so(server: str, page: Page) -> None:
    query = "p=<script>alert(1)</script>&at=5.2&node=2&level=concept"
    open_stage(page, f"{server}/?{query}")
    assert moment(page) == (SETUP, 9)
    expect(side_bar(page)).to_contain_text("This link is damaged. The page opens with its own program instead.")
    await_address(page, Moment(DEFAULT, Cursor(SETUP, 9)))
    expect(explained(page)).to_be_hidden()


def test_on_a_phone_a_damaged_link_says_so_above_the_program(server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_stage(page, f"{server}/?p=damaged")
    notice = page.locator(f"{READY} .viz-notice")
    expect(notice).to_have_text("This link is damaged. The page opens with its own program instead.")
    expect(notice).to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(side_bar(page)).to_contain_text("This link is damaged.")


def test_on_a_phone_the_field_with_the_link_fits_beside_its_button(server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_stage(page, server)
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    click(page, "copy")
    for part in ("input", "button"):
        expect(page.locator(f"{READY} .viz-link {part}")).to_be_in_viewport(ratio=1)


def test_a_link_far_into_a_long_run_shows_the_start_and_the_progress_of_the_recording(
    server: str, page: Page
) -> None:
    there = Moment(SLOW, Cursor(999, 1))
    open_stage(page, f"{server}/?{query_of(there)}")
    assert moment(page) == (SETUP, 1)
    expect(page.locator(f"{READY} .viz-progress")).to_be_visible()
    page.wait_for_timeout(500)
    assert address(page) == there  # a reload goes on to the same moment
    page.keyboard.press("Home")  # a visitor who does not want to wait goes elsewhere
    expect(page.locator(f"{READY} .viz-progress")).to_be_hidden()
    assert press(page, "ArrowRight") == (0, 0)


def test_a_program_that_is_too_long_for_a_link_says_so(server: str, page: Page) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, LONG)
    page.evaluate("() => document.activeElement.blur()")
    expect(side_bar(page)).to_contain_text("This program is too long for a link")
    page.keyboard.press("l")
    expect(page.locator(f"{READY} .viz-tell")).to_contain_text("This program is too long for a link")


def test_a_program_that_is_too_long_for_a_link_is_there_after_a_reload_and_after_going_back(
    server: str, page: Page
) -> None:
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, LONG)
    page.evaluate("() => document.activeElement.blur()")
    press(page, "Shift+ArrowRight")
    there = press(page, "ArrowRight")
    before = read(page)
    expect(page).to_have_url(re.compile(rf"at={there[0]}\.{there[1]}"))
    page.reload()
    page.locator(READY).wait_for()
    at(page, *there)
    assert read(page) == before
    expect(side_bar(page)).to_contain_text("This program is too long for a link")
    expect(side_bar(page)).not_to_contain_text("does not have it")
    type_number(page, "W", "0.25")
    at(page, *there)
    assert read(page) != before
    page.evaluate("() => document.activeElement.blur()")
    _go_back(page)
    expect(number_field(page, "W")).to_have_value("-0.5")
    at(page, *there)
    assert read(page) == before


def test_in_another_tab_the_address_of_a_long_program_opens_the_pages_own_and_says_so(
    server: str, page: Page
) -> None:
    open_stage(page, f"{server}/?p={left_out(LONG)}&at=2.1")
    assert moment(page) == (SETUP, 9)
    expect(side_bar(page)).to_contain_text("too long for a link, and this tab does not have it.")


#: Counts how often the page's script has run to its end.
_COUNT_RUNS = """() => {
    window.runs = 0;
    const app = document.querySelector("[data-test-script-state]");
    const state = () => app.dataset.testScriptState;
    let last = state();
    new MutationObserver(() => {
        window.runs += last === "running" && state() === "notRunning";
        last = state();
    }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
}"""


def test_when_the_server_dies_the_page_goes_on_at_the_same_moment_with_the_next_one(page: Page) -> None:
    port = free_port()
    with serve(port=port) as url:
        open_stage(page, url)
        open_group(page, "Program")
        type_number(page, "W", "0.25")
        page.evaluate("() => document.activeElement.blur()")
        hold(page, "Shift+ArrowRight", 5)
        expect(text_of_program(page)).to_have_value(HALF)
        text_of_program(page).fill("a = 1  # typed, not applied")
        page.evaluate("() => document.activeElement.blur()")
        expect(side_bar(page)).to_contain_text("Not applied yet.")
        await_address(page, Moment(HALF, Cursor(4, 4)))
        before = read(page)
        page.evaluate(_COUNT_RUNS)
    with serve(port=port):
        page.wait_for_function("() => window.runs > 0")
        assert read(page) == before
        expect(text_of_program(page)).to_have_value("a = 1  # typed, not applied")
        with another_program(page):
            number_field(page, "b").fill("2")
            page.keyboard.press("Enter")
        await_address(page, Moment(HALF.replace("b = torch.tensor([0.5]", "b = torch.tensor([2.0]"), Cursor(4, 4)))


def test_when_the_server_dies_a_program_too_long_for_a_link_goes_on_too(page: Page) -> None:
    port = free_port()
    with serve(port=port) as url:
        open_stage(page, url)
        open_group(page, "Program")
        put_on_stage(page, LONG)
        page.evaluate("() => document.activeElement.blur()")
        hold(page, "Shift+ArrowRight", 3)
        text_of_program(page).fill("a = 1  # typed, not applied")
        page.evaluate("() => document.activeElement.blur()")
        expect(side_bar(page)).to_contain_text("Not applied yet.")
        before = read(page)
        page.evaluate(_COUNT_RUNS)
    with serve(port=port):
        page.wait_for_function("() => window.runs > 0")
        expect(number_field(page, "W")).to_have_value("-0.5")
        expect(side_bar(page)).to_contain_text("Not applied yet.")
        expect(text_of_program(page)).to_have_value("a = 1  # typed, not applied")
        assert read(page) == before
        type_number(page, "b", "2")
        # The new server answers first the page that comes back, and then the field.
        expect(page.locator(f"{READY} .viz-sentence")).not_to_have_text(before.sentence)


@pytest.mark.parametrize("program", [HALF, LONG], ids=["in the address", "too long for it"])
def test_text_typed_before_a_new_server_has_drawn_the_page_reaches_it(page: Page, program: str) -> None:
    port = free_port()
    changed = program.replace("b = torch.tensor([0.5]", "b = torch.tensor([2.0]")
    changed = _W.sub("W = torch.tensor([3.0]", changed)
    with serve(port=port) as url:
        open_stage(page, url)
        open_group(page, "Program")
        put_on_stage(page, program)
        text_of_program(page).fill("a = 1  # typed, not applied")
        page.evaluate("() => document.activeElement.blur()")
        expect(side_bar(page)).to_contain_text("Not applied yet.")
        expect(page).to_have_url(_naming(program))
        number_field(page, "W").fill("3")  # and no Enter: the field loses the focus when it is disabled
    with serve(port=port):
        number_field(page, "b").fill(
            "2"
        )  # as soon as the field is enabled; W takes its number as it loses the focus
        number_field(page, "b").press("Enter")
        expect(page).to_have_url(_naming(changed), timeout=FIRST_GRAPH)
        expect(number_field(page, "b")).to_have_value("2")
        expect(number_field(page, "W")).to_have_value("3")
        expect(text_of_program(page)).to_have_value("a = 1  # typed, not applied")
        expect(side_bar(page)).to_contain_text("The program has changed since you typed this.")


def _naming(program: str) -> re.Pattern[str]:
    """An address that names a program."""
    try:
        link = pack(program)
    except TooLong:
        link = left_out(program)
    return re.compile(rf"[?&]p={re.escape(link)}(&|$)")
