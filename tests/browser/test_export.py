"""Downloads: the offline page plays without a network, the picture looks as it did, each link has its file."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, Download, Page, expect

import viz
from tests.browser.plain import each_iteration, names_at, shown
from tests.browser.reading import read
from tests.browser.stage import READY, open_stage, press, seek
from tests.programs import LINE
from viz.catalog import DEFAULT_PROGRAM
from viz.export.offline_page import html_of
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of
from viz.presets import presets

DEFAULT = DEFAULT_PROGRAM.read_text()
SVG = "{http://www.w3.org/2000/svg}"
FORWARD, BACKWARD = 1, 3


def _save(page: Page, words: str) -> Download:
    """Choose something from the menu, and wait until the browser has it."""
    menu = page.locator(f"{READY} .viz-take")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    with page.expect_download() as waiting:
        menu.get_by_text(words, exact=True).click()
    return waiting.value


@pytest.fixture
def alone(page: Page, server: str, tmp_path: Path, browser: Browser, without_charts: None) -> Iterator[Page]:
    """The offline page of the program that the app opens with, from disk, in a browser without a network."""
    open_stage(page, server)
    file = tmp_path / "autograd.html"
    _save(page, "HTML").save_as(file)
    with browser.new_context(offline=True, viewport={"width": 1280, "height": 720}) as context:
        offline = context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        offline.on("pageerror", lambda error: errors.append(str(error)))
        offline.on("request", lambda request: asked.append(request.url))
        offline.goto(file.as_uri())
        offline.locator(READY).wait_for()
        yield offline
        assert errors == []
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [file.as_uri()]


def test_the_offline_page_steps_and_shows_torchs_numbers(alone: Page) -> None:
    seek(alone, 7, BACKWARD)
    names, stage = names_at(DEFAULT, 7, BACKWARD), read(alone)
    for name in ("W", "b"):
        assert (stage.boxes[name].value, stage.boxes[name].grad) == (shown(names[name]), shown(names[name].grad))
    assert stage.boxes["loss"].value == shown(names["loss"])
    assert stage.ledger["W"][".grad after"] == shown(names["W"].grad)
    press(alone, "ArrowLeft")
    assert read(alone).boxes["W"].grad == "None"


def test_the_offline_page_ends_with_its_last_iteration(alone: Page) -> None:
    alone.locator(".viz-slider").evaluate(
        "slider => { slider.value = 19; slider.dispatchEvent(new Event('input')); }"
    )
    assert read(alone).iteration == 19
    expect(alone.locator(".viz-excerpt")).to_have_text(
        "A recorded run of PyTorch, the first 20 iterations of 100."
    )
    alone.keyboard.press("Shift+ArrowRight")
    assert read(alone).iteration == 19


def test_the_offline_page_explains_a_node_as_the_app_does(stage: Page, alone: Page) -> None:
    said = []
    for page in (stage, alone):
        seek(page, 3, BACKWARD)
        page.locator(".viz-node", has_text="MulBackward0").click()
        expect(page.locator(".viz-inspector section").first).to_be_visible()
        said.append(page.locator(".viz-inspector").inner_text())
        page.locator(".viz-inspector").get_by_text("Close", exact=True).click()
    assert said[1] == said[0]
    assert len(said[0]) > 200


def test_the_offline_pages_menu_has_what_works_offline(alone: Page, tmp_path: Path) -> None:
    alone.locator(".viz-take summary").click()
    assert alone.locator(".viz-take .viz-tool:visible").all_inner_texts() == ["Download", "SVG", "PNG"]
    _save(alone, "SVG").save_as(tmp_path / "graph.svg")
    assert ET.parse(tmp_path / "graph.svg").getroot().tag == f"{SVG}svg"
    _save(alone, "PNG").save_as(tmp_path / "graph.png")
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_has_what_the_page_shows(stage: Page, tmp_path: Path) -> None:
    seek(stage, 0, BACKWARD)
    file = tmp_path / "graph.svg"
    _save(stage, "SVG").save_as(file)
    root = ET.parse(file).getroot()
    texts = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
    for box in read(stage).boxes.values():
        assert {box.title, box.kind, box.seen} <= texts
    assert not {"class", "style"} & {name for part in root.iter() for name in part.attrib}


_LOOKS = """root => [...root.querySelectorAll("text, tspan, rect[rx], path")]
    .filter((part) => part.checkVisibility())
    .map((part) => {
        const looks = getComputedStyle(part);
        const { fill, stroke, strokeWidth, strokeDasharray, paintOrder, opacity, textDecorationLine } = looks;
        const { fontSize, fontWeight, fontStyle, fontFamily, textAnchor } = looks;
        const drawn = [fill, stroke, strokeWidth, strokeDasharray, paintOrder, opacity, textDecorationLine];
        const own = [...part.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        const set = [fontSize, fontWeight, fontStyle, fontFamily, textAnchor];
        return [own.map((node) => node.data).join(""), ...drawn, ...set];
    })"""


@pytest.mark.parametrize("statement", [FORWARD, BACKWARD])
def test_the_picture_looks_the_same_outside_the_page(
    stage: Page, browser: Browser, tmp_path: Path, statement: int
) -> None:
    """Each visible text and line is there, with the colours, the strokes and the fonts of the page."""
    seek(stage, 0, statement)
    file = tmp_path / "graph.svg"
    _save(stage, "SVG").save_as(file)
    on_the_page = stage.locator(".viz-picture").evaluate(_LOOKS)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.locator("svg").evaluate(_LOOKS) == on_the_page
    assert len(on_the_page) > 20


#: The visible part of a drawing, in the drawing's units: x, y, width, height.
_IN_SIGHT = """svg => {
    const [place, all] = [svg.parentElement, svg].map((one) => one.getBoundingClientRect());
    const units = svg.viewBox.baseVal;
    const scale = all.width / units.width;
    const [x, y] = [units.x + (place.x - all.x) / scale, units.y + (place.y - all.y) / scale];
    return [x, y, place.width / scale, place.height / scale];
}"""


def test_the_visible_part_of_an_enlarged_graph_is_saved(stage: Page, tmp_path: Path) -> None:
    _save(stage, "SVG").save_as(tmp_path / "all.svg")
    stage.locator(f"{READY} [data-command=zoomIn]").click(click_count=3)
    in_sight = stage.locator(".viz-picture").evaluate(_IN_SIGHT)
    _save(stage, "SVG").save_as(tmp_path / "part.svg")
    stage.locator(f"{READY} [data-command=fit]").click()
    every, part = (
        [float(number) for number in _view(tmp_path / name).split()] for name in ("all.svg", "part.svg")
    )
    assert part == pytest.approx(in_sight, abs=0.5)
    assert part[2] * part[3] < every[2] * every[3]


def test_a_graph_that_opens_in_part_is_saved_whole_until_the_viewer_zooms(
    server: str, page: Page, without_charts: None, tmp_path: Path
) -> None:
    network = next(one for one in presets() if one.title == "A 2-8-1 network")
    open_stage(page, f"{server}/?{query_of(Moment(network.source, Cursor(0, 0)))}")
    every = page.locator(f"{READY} .viz-graph svg").get_attribute("viewBox")
    for name in ("opened.svg", "zoomed.svg"):
        _save(page, "SVG").save_as(tmp_path / name)
        page.locator(f"{READY} [data-command=zoomIn]").click()
    assert _view(tmp_path / "opened.svg") == every
    assert _view(tmp_path / "zoomed.svg") != every


def _view(file: Path) -> str:
    return ET.parse(file).getroot().attrib["viewBox"]


def test_a_png_has_two_pixels_for_each_unit_of_the_picture(stage: Page, tmp_path: Path) -> None:
    _save(stage, "SVG").save_as(tmp_path / "graph.svg")
    _save(stage, "PNG").save_as(tmp_path / "graph.png")
    root = ET.parse(tmp_path / "graph.svg").getroot()
    # A PNG's header: its width and height are the two big-endian numbers after the first 16 bytes.
    size = struct.unpack(">II", (tmp_path / "graph.png").read_bytes()[16:24])
    assert size == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))


def test_every_link_downloads_its_file(stage: Page, tmp_path: Path) -> None:
    seek(stage, 0, BACKWARD)
    saved = {words: _save(stage, words) for words in ("Python", "DOT", "CSV", "with charts")}
    for words, download in saved.items():
        download.save_as(tmp_path / words)
    assert [one.suggested_filename for one in saved.values()] == [
        "program.py",
        "graph.dot",
        "run.csv",
        "autograd-with-charts.html",
    ]
    assert (tmp_path / "Python").read_text() == DEFAULT
    assert f".grad {read(stage).boxes['W'].grad}" in (tmp_path / "DOT").read_text()
    rows = list(csv.DictReader((tmp_path / "CSV").read_text().splitlines()))
    assert [float(row["loss"]) for row in rows] == [one["loss"].item() for one in each_iteration(DEFAULT, 100)]


def test_the_offline_page_draws_its_charts(stage: Page, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "charts.html"
    _save(stage, "with charts").save_as(file)
    with browser.new_context(offline=True, viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        expect(page.locator('[data-chart="loss"] .main-svg').first).to_be_visible()


@pytest.mark.usefixtures("without_charts")
def test_without_a_graph_the_menu_says_that_there_is_no_picture_of_one(server: str, page: Page) -> None:
    source = "import torch\nx = torch.tensor(1.0)\n"
    open_stage(page, f"{server}/?{query_of(Moment(source, Cursor(-1, 1)))}")
    page.locator(f"{READY} .viz-take summary").click()
    for format in ("SVG", "PNG"):
        page.get_by_role("button", name=f"Picture: {format}").click()
        expect(page.locator(".viz-take-note")).to_have_text(
            "The picture could not be made: there is no graph here."
        )


def test_the_menu_closes_with_escape_and_with_a_press_outside(stage: Page) -> None:
    menu = stage.locator(f"{READY} .viz-take")
    item = menu.get_by_text("SVG", exact=True)
    menu.locator("summary").click()
    expect(item).to_be_visible()
    stage.keyboard.press("Escape")
    expect(item).to_be_hidden()
    menu.locator("summary").click()
    expect(item).to_be_visible()
    stage.locator(".viz-sentence").click()
    expect(item).to_be_hidden()


def test_the_menu_repeats_what_the_server_says_if_it_is_busy(stage: Page) -> None:
    stage.route("**/viz/take/**", lambda route: route.fulfill(status=429, body="It goes on in 5 s."))
    menu = stage.locator(f"{READY} .viz-take")
    menu.locator("summary").click()
    menu.get_by_text("CSV", exact=True).click()
    expect(menu.get_by_role("status")).to_have_text("It goes on in 5 s.")
    stage.unroute("**/viz/take/**")
    stage.keyboard.press("Escape")


def test_a_program_cannot_do_anything_in_the_offline_page(page: Page, tmp_path: Path) -> None:
    evil = "</script><script>window.done=1</script><!--<script><img src=x onerror=window.done=1></style></a>\u2028"
    file = tmp_path / "autograd.html"
    file.write_text(html_of(viz.run(f"# {evil}\n{LINE}"), 20), encoding="utf-8")
    page.goto(file.as_uri())
    page.locator(READY).wait_for()
    expect(page.locator(".viz-line-row").first).to_contain_text(
        "</script><script>window.done=1</script><!--<script>"
    )
    assert page.title().startswith("</script><script>window.done=1</script>")
    assert page.locator("img, iframe").count() == 0
    assert page.evaluate("window.done") is None
