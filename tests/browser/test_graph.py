"""The graph: Node by Node in time, two levels, a walk along its edges, and the whole value beside a Node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from tests.browser.plain import names_at, shown
from tests.browser.reading import Shown, read
from tests.browser.settings import open_group, put_on_stage
from tests.browser.stage import READY, click, open_stage, press, seek
from tests.browser.test_numbers import BACKWARD, LOSS, SOURCE, Y_HAT

#: A chain of forty multiplications, a line each.
LONG = "\n".join(
    ["import torch", "w = torch.tensor([0.9], requires_grad=True)", "h = torch.tensor([1.0])", *["h = h * w"] * 40]
)
#: `w` is used twice, and so is `h`; the second backward adds to what the first left.
MEETING = """import torch
w = torch.tensor([2.0], requires_grad=True)
h = w * 1.5
loss = h * 3 + h * 5 + w
loss.backward(retain_graph=True)
loss.backward()
"""
#: Two leaves have one `.grad`, and `y` keeps its own over two backwards.
SHARING = """import torch
W = torch.tensor([2.0], requires_grad=True)
V = torch.tensor([5.0], requires_grad=True)
W.grad = torch.zeros(1)
V.grad = W.grad
y = V * 3
y.retain_grad()
y.backward(retain_graph=True)
V.grad.zero_()
loss = W * 4 + y
loss.backward()
"""
#: More than two hundred operations: thirty lines of eight.
FOLDED = "\n".join([
    "import torch", "w = torch.tensor([0.9], requires_grad=True)", "h = torch.tensor([1.0])",
    *["h = h * w * w * w * w * w * w * w * w"] * 30, "h.backward()",
])  # fmt: skip
#: Doubles `h` until it has passed 1: three times in iteration 0, twice in iteration 1.
SHRINKING = """import torch
W = torch.tensor([0.15], requires_grad=True)
for iteration in range(2):
    h = W + 0.15 * iteration
    while h.item() < 1:
        h = h * 2
    loss = h.sum()
    loss.backward()
"""
GRAPH = f"{READY} .viz-graph"


def node_step(page: Page, key: str) -> Shown:
    """Press a key that goes Node by Node; return what the stage then shows."""
    place = page.locator(READY)
    before = place.evaluate(
        "stage => [stage.dataset.iteration, stage.dataset.statement, stage.dataset.node].join()"
    )
    page.keyboard.press(key)
    page.wait_for_function(
        "([place, before]) => { const { iteration, statement, node } = document.querySelector(place).dataset;"
        " return [iteration, statement, node].join() !== before; }",
        arg=[READY, before],
    )
    return read(page)


def box(page: Page, title: str) -> str:
    """The selector of the box with a title."""
    node = page.locator(f"{GRAPH} .viz-node", has=page.locator(f'.viz-title:text-is("{title}")')).first
    return f'{GRAPH} .viz-node[data-box="{node.get_attribute("data-box")}"]'


@pytest.fixture
def autograd(stage: Page) -> Iterator[Page]:
    """The default program on stage; what a test does to the graph's view is undone afterwards."""
    yield stage
    click(stage, "fit")
    stage.locator(f"{READY} [data-argument=autograd]").click()
    selected = stage.locator(f'{GRAPH} .viz-node[aria-pressed="true"]')
    if selected.count():
        selected.first.click()


def test_a_forward_line_builds_its_nodes_one_by_one(autograd: Page) -> None:
    seek(autograd, 0, Y_HAT - 1)
    inside = node_step(autograd, ".")
    assert (inside.boxes["W * x"].state, inside.boxes["y_hat"].state) == ("built now", "waiting")
    assert (inside.boxes["y_hat"].value, inside.statement) == ("", Y_HAT)
    whole = node_step(autograd, ".")
    assert whole.boxes["y_hat"].state == "built now"
    assert whole.boxes["y_hat"].value == shown(names_at(SOURCE, 0, Y_HAT)["y_hat"])


def test_backward_visits_the_nodes_in_the_engines_order_and_back_again(autograd: Page) -> None:
    seek(autograd, 0, LOSS)
    states = [read(autograd)]
    order = []
    for _ in range(5):
        states.append(node_step(autograd, "."))
        order += [title for title, one in states[-1].boxes.items() if one.state.endswith("now")][:1]
    assert order[0] == "loss"
    assert order[1] == "y_hat"
    assert set(order[2:4]) == {"b", "W * x"}
    assert states[-1].statement == BACKWARD
    assert states[-1].boxes["W"].grad == shown(names_at(SOURCE, 0, BACKWARD)["W"].grad)
    for earlier in reversed(states[:-1]):
        now = node_step(autograd, ",")
        assert (now.boxes, now.slots, now.marks) == (earlier.boxes, earlier.slots, earlier.marks)


def test_what_a_node_received_and_sent_are_autograds_numbers(autograd: Page) -> None:
    seek(autograd, 0, LOSS)
    node_step(autograd, ".")
    inside = node_step(autograd, ".")
    names = names_at(SOURCE, 0, LOSS)
    y_hat = names["W"] * names["x"] + names["b"]
    (arrived,) = torch.autograd.grad(names["criterion"](y_hat, names["y"]), y_hat)
    assert inside.sentence.startswith(f"AddBackward0 of y_hat received {shown(arrived)} and sent ")
    assert f"{shown(arrived.sum().reshape(1))} to b" in inside.sentence
    assert (inside.boxes["W"].grad, inside.boxes["W * x"].grad) == ("None", "")


def test_the_statement_key_finishes_a_statement_that_is_shown_in_part(autograd: Page) -> None:
    seek(autograd, 0, LOSS)
    node_step(autograd, ".")
    node_step(autograd, ".")
    autograd.keyboard.press("ArrowRight")
    autograd.wait_for_function("place => document.querySelector(place).dataset.node === ''", arg=READY)
    assert read(autograd).moment == (0, BACKWARD)
    assert read(autograd).boxes["W"].grad == shown(names_at(SOURCE, 0, BACKWARD)["W"].grad)


def test_concepts_have_words_and_autograd_has_pytorchs_names(autograd: Page) -> None:
    seek(autograd, 0, BACKWARD)
    before = read(autograd).boxes
    autograd.locator(f"{READY} [data-argument=concept]").click()
    concepts = read(autograd).boxes
    assert {title: one.kind for title, one in concepts.items()} == {
        "W": "parameter [1]", "b": "parameter [1]", "x": "data [24]", "y": "data [24]",
        "W * x": "mul [24]", "y_hat": "add [24]", "loss": "mse loss",
    }  # fmt: skip
    assert {title: (one.value, one.grad) for title, one in concepts.items()} == {
        title: (one.value, one.grad) for title, one in before.items()
    }
    expect(autograd.locator(f"{GRAPH} .viz-saved")).to_have_count(0)
    autograd.locator(f"{READY} [data-argument=autograd]").click()
    assert read(autograd).boxes == before
    assert autograd.locator(f"{GRAPH} .viz-saved").all_text_contents() == ["saved x", "saved y_hat, y"]


def test_arrow_keys_walk_the_nodes_along_the_edges(autograd: Page) -> None:
    moment = read(autograd).moment
    title = "() => document.activeElement.querySelector('.viz-title').textContent"
    autograd.locator(box(autograd, "y_hat")).focus()
    autograd.keyboard.press("ArrowUp")
    reached = autograd.evaluate(title)
    assert reached in {"W * x", "b"}
    autograd.keyboard.press("ArrowDown")
    assert autograd.evaluate(title) == "y_hat"
    autograd.keyboard.press("ArrowDown")
    assert autograd.evaluate(title) == "loss"
    assert read(autograd).moment == moment, "the arrows of the graph do not step"


def test_tab_reaches_one_node_of_the_graph_and_each_has_a_name_in_words(autograd: Page) -> None:
    seek(autograd, 0, BACKWARD)
    assert autograd.locator(f'{GRAPH} .viz-node[tabindex="0"]').count() == 1
    names = names_at(SOURCE, 0, BACKWARD)
    product = autograd.locator(box(autograd, "W * x"))
    value = shown((names["W"] * names["x"]).detach())
    grad = shown(names["W"].grad)
    received = read(autograd).boxes["W * x"].grad
    words = f"W * x, Node MulBackward0, value {value}, gradient received {received}, backward went through, "
    expect(product).to_have_attribute("aria-label", f"{words}at work now, sent {grad} to W")


def test_the_card_shows_every_number_of_a_tensor(autograd: Page) -> None:
    seek(autograd, 0, LOSS)
    autograd.locator(box(autograd, "y_hat")).hover()
    card = autograd.locator(f"{READY} .viz-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("shape [24], float32")
    numbers = [text for text in card.locator("td").all_inner_texts() if text]
    expected = names_at(SOURCE, 0, LOSS)["y_hat"]
    assert numbers == [shown(one.detach()) for one in expected]
    autograd.locator(f"{READY} .viz-sentence").hover()
    expect(card).to_be_hidden()


def test_the_wheel_zooms_where_the_pointer_is_and_fit_shows_all_again(autograd: Page) -> None:
    drawing = autograd.locator(f"{GRAPH} svg")
    before = drawing.bounding_box()
    assert before is not None
    target = autograd.locator(box(autograd, "loss"))
    target.hover()
    place = target.bounding_box()
    assert place is not None
    autograd.mouse.wheel(0, -300)
    autograd.wait_for_function(
        "([place, width]) => document.querySelector(place).getBoundingClientRect().width > width",
        arg=[f"{GRAPH} svg", before["width"]],
    )
    larger = target.bounding_box()
    assert larger is not None
    assert larger["width"] > 1.5 * place["width"]
    click(autograd, "fit")
    assert drawing.bounding_box() == before


def test_the_page_scrolls_if_there_is_nothing_to_zoom_out_of(autograd: Page) -> None:
    size = "svg => svg.getAttribute('width')"
    before = autograd.locator(f"{GRAPH} svg").evaluate(size)
    autograd.locator(box(autograd, "loss")).hover()
    autograd.mouse.wheel(0, 200)
    autograd.wait_for_timeout(200)
    assert autograd.locator(f"{GRAPH} svg").evaluate(size) == before
    autograd.mouse.wheel(0, -2000)
    autograd.keyboard.press("0")


def test_a_gradient_is_seen_moving_unless_motion_is_unwanted(server: str, browser: Browser) -> None:
    moving = "() => document.querySelector('.viz-graph').getAnimations({ subtree: true }).length"
    for wish, seen in (("no-preference", True), ("reduce", False)):
        with browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion=wish) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.route("**/plotly.js", lambda route: route.abort())
            open_stage(page, server)
            for _ in range(3):
                press(page, "ArrowRight")
            page.wait_for_timeout(600)
            node_step(page, ".")
            assert (page.evaluate(moving) > 0) is seen
            page.wait_for_timeout(900)  # the moving gradient, then the mark of what changed, at most 400 ms each
            assert page.evaluate(moving) == 0


@pytest.mark.usefixtures("without_charts")
def test_a_graph_too_large_to_read_shows_and_follows_the_part_at_work(server: str, page: Page) -> None:
    put_on(page, server, LONG)
    place = page.locator(GRAPH).bounding_box()
    assert place is not None
    for _ in range(12):
        press(page, "ArrowRight")
        at_work = page.locator(f'{GRAPH} .viz-node[data-state~="now"]')
        for box in [at_work.first.bounding_box()] if at_work.count() else []:
            assert box is not None
            assert box["width"] > 120
            assert place["x"] <= box["x"] and box["x"] + box["width"] <= place["x"] + place["width"]
    click(page, "fit")
    small = page.locator(f"{GRAPH} .viz-node").first.bounding_box()
    assert small is not None
    assert small["width"] < 60


def put_on(page: Page, server: str, source: str) -> None:
    """Open a program at its start."""
    open_stage(page, server)
    open_group(page, "Program")
    put_on_stage(page, source)
    page.evaluate("() => document.activeElement.blur()")
    click(page, "start")


@pytest.mark.usefixtures("without_charts")
def test_gradients_that_meet_are_seen_being_added_and_a_leaf_adds_to_its_grad(server: str, page: Page) -> None:
    put_on(page, server, MEETING)
    sums: list[str] = []
    while len(sums) < 4:
        node_step(page, ".")
        sums += page.locator(f"{GRAPH} .viz-sum").all_text_contents()
    assert sums == [
        "3.000 + 5.000 = 8.000", "12.00 + 1.000 = 13.00",
        "3.000 + 5.000 = 8.000", "13.00 + 12.00 + 1.000 = 26.00",
    ]  # fmt: skip


@pytest.mark.usefixtures("without_charts")
def test_no_sum_is_written_where_the_box_also_shows_what_another_leaf_added(server: str, page: Page) -> None:
    put_on(page, server, SHARING)
    said: list[str] = []
    sums: list[str] = []
    while not said or not said[-1].startswith("loss.backward()"):
        node_step(page, ".")
        said.append(page.locator(f"{READY} .viz-sentence").text_content() or "")
        sums += page.locator(f"{GRAPH} .viz-sum").all_text_contents()
    assert sums == ["0 + 3.000 = 3.000"], "the first backward comes to V alone"
    # The last node of a statement has the statement's own sentence.
    assert "AccumulateGrad of W added 4.000 to W.grad, which shares its memory with another (3 of 5)." in said
    assert any("of y received 1.000 and sent" in one for one in said), "what arrived, not the .grad that it keeps"


@pytest.mark.usefixtures("without_charts")
def test_a_large_graph_is_folded_line_by_line_and_a_box_opens_when_it_is_chosen(server: str, page: Page) -> None:
    put_on(page, server, FOLDED)
    boxes, folded = page.locator(f"{GRAPH} .viz-node.operation"), page.locator(f"{GRAPH} .viz-node.folded")
    expect(folded).to_have_count(30)
    expect(boxes).to_have_count(30)
    seek(page, 0, 3)
    first = folded.first
    assert first.locator(".viz-number.value").text_content() == shown(torch.tensor([0.9]) ** 8)
    cells = first.locator(".viz-cell")
    node_step(page, ".")
    second = folded.nth(1).locator(".viz-cell").evaluate_all("all => all.map((one) => one.dataset.state)")
    assert second == ["built now"] + ["waiting"] * 7
    expect(cells).to_have_count(8)
    moment = read(page).moment
    first.click()
    expect(folded).to_have_count(29)
    expect(boxes).to_have_count(29 + 8)
    values = [shown(torch.tensor([0.9]) ** power) for power in range(1, 9)]
    assert boxes.locator(".viz-number.value").all_text_contents()[:8] == values
    assert read(page).moment == moment
    click(page, "fold")
    expect(folded).to_have_count(30)
    expect(page.locator(f"{READY} .viz-fold")).to_be_hidden()
    folded.nth(2).press("Enter")
    expect(folded).to_have_count(29)


@pytest.mark.usefixtures("without_charts")
def test_if_an_iteration_builds_another_graph_the_page_says_so_and_shows_both(server: str, page: Page) -> None:
    put_on(page, server, SHRINKING)
    note, before = page.locator(f"{READY} .viz-differs"), page.locator(f"{READY} .viz-before")
    press(page, "Shift+ArrowRight")
    expect(note).to_be_hidden()
    press(page, "Shift+ArrowRight")
    said = "This graph differs from the one in iteration 0: 4 operations here, 5 operations there."
    expect(note).to_contain_text(said)
    expect(before).to_be_hidden()
    note.get_by_role("button").click()
    values = [shown(torch.tensor([0.15]) * factor) for factor in (1, 2, 4, 8, 8)]
    numbers = before.locator(".viz-node.operation .viz-number.value")
    assert sorted(numbers.all_text_contents()) == sorted(values)
    assert before.locator('[role=button], [tabindex="0"]').count() == 0, "it is only shown"
    values = [shown(torch.tensor([0.3]) * factor) for factor in (1, 2, 4, 4)]
    numbers = page.locator(f"{GRAPH} .viz-node.operation .viz-number.value")
    assert sorted(numbers.all_text_contents()) == sorted(values)
    note.get_by_role("button").click()
    expect(before).to_be_hidden()
