"""The page that plays a run offline is small, complete and the stage's own; a program is only text in it."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from posixpath import dirname, relpath
from typing import Any
from urllib.parse import unquote

import pytest
import torch

import viz
from tests.programs import BACKWARD_TWICE, LINE
from viz.catalog import DEFAULT_PROGRAM
from viz.drawing.charts import charts, series
from viz.export.offline_page import TITLE, html_of, title_of
from viz.export.stage_modules import STAGE, data_url, modules

DEFAULT = DEFAULT_PROGRAM.read_text()
#: Strings in a program that could end or begin an element, or break a line of JavaScript.
HOSTILE = "</script><script>alert(1)</script><!--<script>]]></style></title>\u2028\u2029&lt;{tape}{start}\\u003c"


@dataclass
class _Page(HTMLParser):
    """A parsed page: its elements with their attributes and texts."""

    html: str
    elements: list[tuple[str, dict[str, str | None], list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.elements[-1][2].append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [
            "".join(texts).strip("\n")
            for name, found, texts in self.elements
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]

    @property
    def tape(self) -> dict[str, Any]:
        (text,) = self.texts("script", id="tape")
        read: dict[str, Any] = json.loads(text)
        return read


def _page(source: str, iterations: int = 20) -> _Page:
    return _Page(html_of(viz.run(source, iterations=iterations), iterations))


def test_twenty_iterations_of_the_linear_model_take_at_most_400_kb() -> None:
    html = html_of(viz.run(DEFAULT, iterations=20), 20)
    assert len(html.encode()) <= 400_000
    assert len(_Page(html).tape["iterations"]) == 20


def test_the_tape_in_it_is_complete_in_itself() -> None:
    tape = _page(LINE, 7).tape
    assert (tape["from"], tape["to"], tape["total"], tape["complete"]) == (0, 7, 7, True)
    assert tape["head"]["parameters"] == ["W", "b"]
    assert {str(one["p"]) for one in tape["iterations"]} <= set(tape["pictures"])
    assert {str(frame["m"]) for one in tape["iterations"] for frame in one["f"]} <= set(tape["marks"])


def test_the_code_after_the_loop_is_there_if_the_whole_loop_is() -> None:
    source = f"{LINE}\nlast = W + b\n"
    assert "after" not in _page(source, 19).tape
    tape = _page(source, 50).tape
    assert (tape["total"], len(tape["after"]["f"])) == (20, 1)


def test_a_run_that_stopped_with_an_error_ends_with_it() -> None:
    frames = _page(BACKWARD_TWICE).tape["iterations"][0]["f"]
    assert frames[-1]["e"] == 1


def test_it_says_how_much_of_the_run_it_has() -> None:
    assert "the first 7 iterations of 20." in _page(LINE, 7).html
    assert "of PyTorch, 20 iterations." in _page(LINE, 20).html


def test_the_stages_own_modules_are_in_it_line_by_line_without_comments() -> None:
    (text,) = _page(LINE, 1).texts("script", type="importmap")
    for name, url in json.loads(text)["imports"].items():
        kind, _, body = url.partition(",")
        assert kind == "data:text/javascript;charset=utf-8"
        path = name.removeprefix("stage/")
        text = (STAGE / path).read_text(encoding="utf-8")
        assert _with_relative_imports(unquote(body), dirname(path)) == _without_comments(text)


def _without_comments(text: str) -> str:
    """The lines of a module that are no comment."""
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        begins, ends = line.strip().startswith("/**"), line.strip().endswith("*/")
        inside = inside or begins
        if not inside and not line.strip().startswith("//"):
            kept.append(line)
        inside = inside and not ends
    return "".join(kept)


def _with_relative_imports(text: str, folder: str) -> str:
    """The text of a module in the page, with its imports written as in a file in `folder`."""

    def relative(match: re.Match[str]) -> str:
        path = relpath(match[1], folder or ".")
        return f'"{path if path.startswith(".") else f"./{path}"}"'

    return re.sub(r'"stage/([^"]+\.js)"', relative, text)


@pytest.mark.parametrize("text", ["a % b", "'%41'", "#x", "a\nb\r\n\tc", 'say("− ü")', "a\\b", "%25 %0A"])
def test_a_data_address_decodes_to_its_text(text: str) -> None:
    kind, _, body = data_url(text).partition(",")
    assert kind == "data:text/javascript;charset=utf-8"
    assert unquote(body) == text
    # A browser drops line breaks and tabs from an address, and ends it at a number sign.
    assert not set("\n\r\t#") & set(body)


def test_every_imported_module_is_in_it() -> None:
    known = modules()
    assert {"stage/offline.js", "stage/stage.js", "stage/views/graph.js", "stage/playback/tape.js"} <= set(known)
    for text in known.values():
        assert set(re.findall(r'(?:from|import)\s*\(?\s*"([^"]+)"', text)) <= set(known)
        assert "import.meta" not in text


def test_every_rule_of_the_style_sheets_is_in_it() -> None:
    (text,) = _page(LINE, 1).texts("style")
    for path in STAGE.rglob("*.css"):
        assert path.read_text().strip() in text


def test_nothing_in_it_refers_to_an_address() -> None:
    page = _page(LINE, 1)
    assert [name for _, attributes, _ in page.elements for name in attributes if name in {"src", "href"}] == []
    (policy,) = [a["content"] for _, a, _ in page.elements if "http-equiv" in a]
    assert policy is not None and policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_a_program_is_text_in_it_whatever_it_says() -> None:
    source = LINE + f"# {HOSTILE}\n"
    plain, hostile = _page(LINE, 2), _page(source, 2)
    assert [tag for tag, _, _ in hostile.elements] == [tag for tag, _, _ in plain.elements]
    code = hostile.tape["head"]["code"]
    assert any(HOSTILE.partition("\u2028")[0] in "".join(text for _, text in line) for line in code)
    assert "alert(1)</script>" not in hostile.html and "\u2028" not in hostile.html


def test_a_title_is_text_in_it_whatever_it_says() -> None:
    page = _page(f"# </title><script>alert(1)</script>\n{LINE}", 1)
    assert page.texts("title") == ["</title><script>alert(1)</script>"]
    assert len(page.texts("script")) == 3


@pytest.mark.parametrize(
    ("source", "title"),
    [
        (DEFAULT, "Linear regression"),
        (LINE, TITLE),
        ("", TITLE),
        ("#\nimport torch\n", TITLE),
        ("\n\n##  two   words\n", "two words"),
        (f"# {'a' * 300}\n", "a" * 100),
    ],
)
def test_the_title_is_the_programs_first_comment(source: str, title: str) -> None:
    assert title_of(source) == title


def test_the_charts_come_with_plotly_and_their_series() -> None:
    tape = viz.run(LINE, iterations=20)
    figures = charts(tape, lambda *_: [])
    page = _Page(html_of(tape, 20, series(tape), figures, "window.Plotly = {};"))
    assert "window.Plotly = {};" in page.texts("script")
    assert page.tape["head"]["figures"] == json.loads(json.dumps(figures)) != []
    points = page.tape["series"]["of"]
    assert len(points) == 20
    for number, point in enumerate(points):
        assert torch.tensor(point["loss"]).item() == tape.iteration(number)[-1].variables["loss"].value


@pytest.mark.parametrize("text", ["'</SCRIPT>'", "a<!--b"])
def test_a_library_that_would_end_its_element_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be put into a script element"):
        html_of(viz.run(LINE, iterations=1), 1, plotly=text)


def test_the_colours_are_those_of_the_app() -> None:
    theme = tomllib.loads((STAGE.parent.parent / ".streamlit" / "config.toml").read_text())["theme"]
    light, dark = (STAGE / "offline.css").read_text().split("@media")
    for colour in ("blue", "orange", "green", "gray"):
        assert f"--st-{colour}-text-color: {theme['light'][f'{colour}TextColor']};" in light
        assert f"--st-{colour}-text-color: {theme['dark'][f'{colour}TextColor']};" in dark
