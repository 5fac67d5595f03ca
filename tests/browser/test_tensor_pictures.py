"""Tensors are painted: strong where they are large, each sign in its own hue, and empty where they are zero."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, cast

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import viz
from tests.browser.stage import READY, click, moment, open_stage, press
from viz.frames.frame import Frame
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.presets import presets
from viz.slots import gradient_slot, value_slot
from viz.writing.numbers import brief, flat, number

pytestmark = pytest.mark.usefixtures("without_charts")

DEAD = """\
import torch

torch.manual_seed(0)
x = torch.randn(6, 3)
W = torch.randn(3, 4, requires_grad=True)
b = torch.tensor([0.0, -9.0, 0.5, -9.0], requires_grad=True)
for iteration in range(2):
    h = torch.relu(x @ W + b)
    loss = (h - 1.0).square().mean()
    loss.backward()
    W.grad = b.grad = None
"""
BACKWARD = 2

Colour = tuple[int, int, int]


def _open(server: str, page: Page, source: str, iteration: int, statement: int) -> Frame:
    """Put a moment of a program on the stage, and return its frame."""
    open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(iteration, statement)))}")
    return viz.run(source, iterations=iteration + 1).iteration(iteration)[statement]


def _cells(page: Page, slot: str, rows: int, columns: int) -> list[list[Colour]]:
    """The colour of each cell of a tensor as it is painted, beside the place for a dash."""
    ground = page.locator(f'{READY} .viz-graph [data-picture="{slot}"] .viz-ground')
    ground.locator("xpath=ancestor::*[@data-box]").focus()  # brings the box into view
    place = ground.bounding_box()
    assert place is not None
    image = Image.open(io.BytesIO(page.screenshot(clip=cast(Any, place)))).convert("RGB")
    scale = image.width / place["width"]
    width, height = place["width"] * scale / columns, place["height"] * scale / rows
    return [
        [_pixel(image, int((column + 0.22) * width), int((row + 0.5) * height)) for column in range(columns)]
        for row in range(rows)
    ]


def _pixel(image: Image.Image, x: int, y: int) -> Colour:
    return cast(Colour, image.getpixel((x, y)))


def _difference(one: Colour, other: Colour) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _node(frame: Frame, name: str) -> int:
    return next(node.id for node in frame.graph.nodes if name in (node.variable, node.name))


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, page: Page) -> Page:
    page.emulate_media(color_scheme=request.param)
    return page


def test_a_weight_of_the_network_is_painted_in_the_hue_of_its_sign_and_stronger_if_it_is_larger(
    server: str, themed: Page
) -> None:
    network = next(one for one in presets() if one.title == "A 2-8-1 network")
    frame = _open(server, themed, network.source, 22, 3)
    node = frame.graph.nodes[_node(frame, "net[2].weight")]
    weights = flat(node.value or [])
    ((*painted,),) = _cells(themed, value_slot(node.id), 1, len(weights))
    background = themed.locator(f"{READY} .viz-graph .viz-ground").first.evaluate(
        "ground => getComputedStyle(ground).fill.match(/[0-9]+/g).slice(0, 3).map(Number)"
    )
    for sign in (1, -1):
        sized = sorted((abs(one), colour) for one, colour in zip(weights, painted, strict=True) if one * sign > 0)
        strengths = [_difference(colour, tuple(background)) for _, colour in sized]
        assert len(strengths) > 1
        assert strengths[0] > 5 and strengths[-1] > 1.5 * strengths[0]
    reds = {sign: _redness(weights, painted, sign) for sign in (1, -1)}
    assert min(reds[-1]) > max(reds[1]), "purple has more red than green, blue has less"


def _redness(weights: Sequence[float], painted: Sequence[Colour], sign: int) -> list[int]:
    return [red - green for one, (red, green, _) in zip(weights, painted, strict=True) if one * sign > 0]


def test_a_dead_relu_is_empty_where_its_gradient_is_zero_and_only_there(server: str, themed: Page) -> None:
    frame = _open(server, themed, DEAD, 0, BACKWARD)
    node = _node(frame, "AddBackward0")
    gradient = flat(frame.graph.nodes[node].received[0] or [])
    assert not any(gradient[1::4]) and not any(gradient[3::4])
    painted = [colour for row in _cells(themed, gradient_slot(node), 6, 4) for colour in row]
    for one, colour in zip(gradient, painted, strict=True):
        assert (_difference(colour, painted[1]) < 30) is (one == 0)


def test_beside_a_picture_is_its_number_of_largest_size_and_none_where_there_is_no_tensor(
    server: str, page: Page
) -> None:
    frame = _open(server, page, DEAD, 0, BACKWARD)
    w = _node(frame, "W")
    column = page.locator(f'{READY} .viz-graph [data-picture="{gradient_slot(w)}"]')
    largest = max(flat(frame.variables["W"].grad or []), key=abs)
    expect(column.locator(".viz-largest")).to_have_text(f"…{number(largest)}")
    expect(column.locator(".viz-number")).to_be_hidden()
    press(page, "ArrowRight")
    expect(column.locator(".viz-number")).to_have_text("None")
    expect(column.locator(".viz-number")).to_be_visible()
    expect(column.locator(".viz-largest")).to_have_text("")


def test_nothing_moves_while_the_cursor_steps(server: str, page: Page) -> None:
    _open(server, page, DEAD, 0, 0)
    click(page, "fit")  # an enlarged drawing follows the cursor
    places = set()
    for _ in range(5):
        places.add(
            page.locator(READY).evaluate(
                """stage => JSON.stringify([...stage.querySelectorAll(".viz-node, .viz-ledger tr, .viz-figure")]
                    .map((one) => { const { x, y, width, height } = one.getBoundingClientRect();
                                    return [x, y, width, height].map(Math.round); }))"""
            )
        )
        press(page, "ArrowRight")
    assert len(places) == 1


def test_the_ledger_shows_the_sum_as_pictures_and_on_demand_as_numbers(server: str, page: Page) -> None:
    frame = _open(server, page, DEAD, 0, BACKWARD)
    cell = page.locator(f'{READY} .viz-ledger [data-picture="l0.contribution"]')
    expect(cell.locator("svg")).to_be_visible()
    expect(cell.locator(".viz-cell-text")).to_be_hidden()
    gradient = flat(frame.variables["W"].grad or [])
    told = f"shape [3, 4], from {number(min(gradient))} to {number(max(gradient))}, 6 zero"
    expect(cell.locator("svg")).to_have_attribute("aria-label", told)
    page.get_by_role("button", name="Numbers", exact=True).click()
    expect(cell.locator("svg")).to_be_hidden()
    expect(cell.locator(".viz-cell-text")).to_have_text(brief(frame.variables["W"].grad))
    page.get_by_role("button", name="Numbers", exact=True).click()
    expect(cell.locator("svg")).to_be_visible()


def test_pointing_at_a_cell_shows_its_place_and_number_and_lights_the_element_everywhere(
    server: str, page: Page
) -> None:
    frame = _open(server, page, DEAD, 0, BACKWARD)
    ground = page.locator(f'{READY} .viz-ledger [data-picture="l0.contribution"] .viz-ground')
    box = ground.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 2.5 / 4, box["y"] + box["height"] * 1.5 / 3)
    gradient = flat(frame.variables["W"].grad or [])
    expect(page.locator(f"{READY} .viz-cell-note")).to_have_text(f"[1, 2]  {number(gradient[4 + 2])}")
    lit = page.locator(f"{READY} .viz-lit").evaluate_all(
        "all => all.map((one) => one.closest('[data-picture]').dataset.picture)"
    )
    leaf = _node(frame, "W")
    assert sorted(lit) == sorted(
        ["l0.value", "l0.contribution", "l0.after", value_slot(leaf), gradient_slot(leaf)]
    )
    page.mouse.move(box["x"] - 40, box["y"] - 40)
    expect(page.locator(f"{READY} .viz-lit")).to_have_count(0)
    expect(page.locator(f"{READY} .viz-cell-note")).to_be_hidden()


def test_arrow_keys_go_from_cell_to_cell_and_on_to_the_next_picture_and_escape_ends_that(
    server: str, page: Page
) -> None:
    frame = _open(server, page, DEAD, 0, BACKWARD)
    here = moment(page)
    note = page.locator(f"{READY} .viz-cell-note")
    picture = page.locator(f'{READY} .viz-ledger [data-picture="l0.value"] svg')
    picture.focus()
    weights = flat(frame.variables["W"].value or [])
    expect(note).to_have_text(f"[0, 0]  {number(weights[0])}")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(note).to_have_text(f"[0, 1]  {number(weights[1])}")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    gradient = flat(frame.variables["W"].grad or [])
    expect(note).to_have_text(f"[0, 0]  {number(gradient[0])}")
    assert moment(page) == here
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    assert press(page, "ArrowRight") > here
