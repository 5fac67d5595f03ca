"""The inspector: the selected node explained with this moment's numbers, and its place in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.plain import names_at, shown
from tests.browser.settings import type_number
from tests.browser.stage import READY, moment, open_stage, press, seek
from tests.browser.test_graph import GRAPH, box, node_step
from tests.browser.test_numbers import BACKWARD, LOSS, SOURCE, STEP, Y_HAT
from tests.programs import AT_KINK
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of


@pytest.fixture
def select(stage: Page) -> Iterator[object]:
    """Select the box with a title by a click; return the inspector."""

    def click(title: str) -> Locator:
        stage.locator(box(stage, title)).click()
        inspector = stage.locator(f"{READY} .viz-inspector")
        expect(inspector).to_be_visible()
        return inspector

    yield click
    selected = stage.locator(f'{GRAPH} .viz-node[aria-pressed="true"]')
    if selected.count():
        selected.first.click()


def _section(inspector: Locator, heading: str) -> Locator:
    return inspector.locator("section", has=inspector.page.get_by_role("heading", name=heading, exact=True))


def test_a_node_shows_its_rule_its_numbers_and_what_it_saved(stage: Page, select) -> None:
    seek(stage, 0, BACKWARD)
    inspector = select("W * x")
    expect(inspector.locator("h3")).to_have_text("MulBackward0")
    expect(_section(inspector, "Rule").locator("math").first).to_be_visible()
    names = names_at(SOURCE, 0, BACKWARD)
    expect(_section(inspector, "Undoing the broadcast")).to_contain_text(shown(names["W"].grad))
    expect(_section(inspector, "Saved tensors")).to_contain_text("freed")
    expect(_section(inspector, "Origin")).to_contain_text("W * x")


def test_what_backward_has_not_reached_yet_is_explained_without_its_numbers(stage: Page, select) -> None:
    seek(stage, 0, LOSS)
    node_step(stage, ".")
    inspector = select("W * x")
    expect(inspector).to_contain_text("In this graph, no backward pass has reached this Node yet")
    expect(_section(inspector, "Saved tensors")).to_contain_text("alive")


def test_a_node_that_is_not_built_yet_says_which_line_builds_it(stage: Page, select) -> None:
    seek(stage, 0, Y_HAT - 1)
    expect(select("y_hat")).to_contain_text("PyTorch builds this Node for W * x + b in line")


def test_a_leaf_shows_the_step_that_moved_it_to_torchs_value(stage: Page, select) -> None:
    seek(stage, 0, STEP)
    inspector = select("W")
    names = names_at(SOURCE, 0, STEP)
    expect(inspector).to_contain_text(shown(names["W"].detach()))


def test_code_is_set_as_code_in_every_sentence(stage: Page, select) -> None:
    seek(stage, 0, BACKWARD)
    path = _section(select("W"), "Along each path").locator("table")
    expect(path.locator("td code")).to_contain_text(["loss", "y_hat", "y_hat", "W * x", "W * x", "W"])
    texts = stage.evaluate("() => [document.body.innerText, ...[...document.querySelectorAll('*')].flatMap("
                           "(one) => [one.title ?? '', one.ariaLabel ?? ''])]")  # fmt: skip
    assert [text for text in texts if "`" in text] == []


def test_the_explanation_follows_the_cursor_until_it_is_closed(stage: Page, select) -> None:
    seek(stage, 0, BACKWARD)
    inspector = select("loss")
    first = _section(inspector, "Numbers").inner_text()
    press(stage, "Shift+ArrowRight")
    expect(_section(inspector, "Numbers")).not_to_have_text(first)
    inspector.get_by_role("button", name="Close").click()
    expect(inspector).to_be_hidden()


def test_the_expression_of_the_selected_node_is_marked_in_the_source(stage: Page, select) -> None:
    seek(stage, 0, BACKWARD)
    select("W * x")
    marked = "(text) => [...(CSS.highlights.get('viz-source') ?? [])].map(String).join() === text"
    stage.wait_for_function(marked, arg="W * x")
    stage.locator(box(stage, "loss")).click()
    stage.wait_for_function(marked, arg="criterion(y_hat, y)")


def test_enter_selects_the_node_that_has_the_focus_and_escape_lets_it_go(stage: Page, select) -> None:
    seek(stage, 0, BACKWARD)
    stage.locator(box(stage, "y_hat")).focus()
    stage.keyboard.press("Enter")
    inspector = stage.locator(f"{READY} .viz-inspector")
    expect(inspector.locator("h3")).to_have_text("y_hat: AddBackward0")
    stage.keyboard.press("Escape")
    expect(inspector).to_be_hidden()


def test_the_badge_says_how_many_gradients_were_checked_and_agree(stage: Page, select) -> None:
    badge = stage.locator(f"{READY} .viz-check")
    seek(stage, 0, LOSS)
    expect(badge).to_be_hidden()
    press(stage, "ArrowRight")
    expect(badge).to_have_text("Check gradients")
    inspector = select("W")
    badge.click()
    expect(badge).to_have_text("All 5 gradients agree")
    expect(stage.locator(f"{READY} .viz-unchecked")).to_be_hidden()
    gradient = shown(names_at(SOURCE, 0, BACKWARD)["W"].grad)
    expect(_section(inspector, "Checked")).to_contain_text(
        f"torch: {gradient}; central differences in float64: {gradient}"
    )
    press(stage, "ArrowRight")
    expect(badge).to_have_text("Check gradients")


@pytest.mark.usefixtures("without_charts")
def test_a_check_is_not_shown_for_another_program_at_the_same_cursor(server: str, page: Page) -> None:
    open_stage(page, server)
    seek(page, 0, BACKWARD)
    badge = page.locator(f"{READY} .viz-check")
    badge.click()
    expect(badge).to_have_text("All 5 gradients agree")
    type_number(page, "W", "0.25")
    expect(badge).to_have_text("Check gradients")
    assert moment(page) == (0, BACKWARD)


@pytest.mark.usefixtures("without_charts")
def test_a_check_that_fails_says_why_beside_its_button_until_the_next_step(server: str, page: Page) -> None:
    open_stage(page, server)
    page.route("**/check/**", lambda route: route.abort())
    seek(page, 0, BACKWARD)
    page.locator(f"{READY} .viz-check").click()
    expect(page.locator(f"{READY} .viz-check")).to_have_text("Not checked")
    why = page.locator(f"{READY} .viz-unchecked")
    expect(why).to_have_text("The gradients could not be checked: the server gave no answer. Try again.")
    press(page, "ArrowRight")
    expect(why).to_be_hidden()


def test_the_badge_has_no_verdict_if_one_gradient_cannot_be_judged(server: str, page: Page) -> None:
    open_stage(page, f"{server}/?{query_of(Moment(AT_KINK, Cursor(0, 1)))}")
    badge = page.locator(f"{READY} .viz-check")
    badge.click()
    expect(badge).to_have_text("2 agree, 1 cannot be judged")
    expect(badge).not_to_have_attribute("data-agree", re.compile(""))
    assert "Select a box to read why" in (badge.get_attribute("title") or "")
    expect(page.locator(f"{READY} .viz-unchecked")).to_contain_text("Select a box to read why")
