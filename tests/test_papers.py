"""README, CONTRIBUTING and docs/ agree with the code: its layers and their order, paths, commands."""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import takewhile
from pathlib import Path
from types import FrameType

import pytest
from PIL import Image, ImageSequence

from tests.layers import ROWS
from viz.language.running import record
from viz.writing.stage_json import StageWriter

ROOT = Path(__file__).parent.parent
PAPERS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted((ROOT / "docs").rglob("*.md"))]

#: The characters of a line; a row of a table and a picture have to be one line.
LONGEST = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["line-length"]

#: A path of the repository between backticks or in a link: its first part is one of these.
_TOP = r"(?:viz|tests|docs|deploy|benchmarks|tools)"
_PATH = re.compile(rf"(?<![\w./-])({_TOP}/[\w./*-]*)")
_LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")
#: Parts of a path that is a pattern for other paths.
_MADE = ("NN_", "*")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _place(layer: str) -> str:
    """The path of a layer as the map has it: `viz/page/`, `viz/slots.py`."""
    if layer == "viz":
        return "viz/__init__.py"
    path = ROOT.joinpath(*layer.split("."))
    return f"{_name(path)}/" if path.is_dir() else f"{_name(path)}.py"


def _map() -> list[str]:
    """The layers of CONTRIBUTING's map from the top down: the first column of its first block."""
    _, _, text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are\n")
    lines = takewhile(lambda line: line.startswith("    "), text.lstrip("\n").splitlines())
    return [line.split()[0] for line in lines]


def test_the_map_of_contributing_is_the_list_of_layers_from_the_top_down() -> None:
    assert _map() == [_place(layer) for row in ROWS for layer in row]


def test_the_architecture_has_every_folder_of_the_layers_from_the_top_down() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [name.replace("/", ".") for name in re.findall(r"\*\*`(viz/\w+)(?:\.py)?`\*\*", text)]
    rows = {layer: number for number, row in enumerate(ROWS) for layer in row}
    assert [rows[room] for room in rooms] == sorted(rows[room] for room in rooms)
    folders = {layer for layer in rows if layer.count(".") == 1 and _place(layer).endswith("/")}
    assert folders <= {*rooms}
    (language,) = re.findall(r"\*\*`viz/language`\*\*.*?from the top down:(.*?)\.\n", text, re.DOTALL)
    assert re.findall(r"`(\w+)`", language) == [
        layer.removeprefix("viz.language.") for layer in rows if layer.startswith("viz.language.")
    ]


def test_the_readme_opens_with_a_moving_picture_of_ten_seconds() -> None:
    first = re.search(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert first is not None
    file = ROOT / first[1]
    assert file.stat().st_size < 1_500_000
    with Image.open(file) as picture:
        # Pillow knows the duration of a frame once it has read the frame.
        seconds = sum(frame.copy().info["duration"] for frame in ImageSequence.Iterator(picture)) / 1000
    assert 9 < seconds < 11


#: A step of a gradient's way in the README: the function that is called, and its file.
_STEP = re.compile(r"`([\w.]+)`\s+\(`(viz/[\w./-]+)`\)")
_WAY = (ROOT / "README.md").read_text(encoding="utf-8").partition("## How a gradient gets onto the page\n")[2]
STEPS = re.findall(r"^\d+\. (.+?)(?=^\d+\. |^\n)", _WAY.partition("\n## ")[0], re.MULTILINE | re.DOTALL)


def test_a_gradient_s_way_has_ten_steps_at_most_and_each_names_its_code() -> None:
    assert 5 <= len(STEPS) <= 10
    assert all(_STEP.search(step) for step in STEPS)


def test_python_takes_these_steps_in_this_order() -> None:
    steps = [found for step in STEPS for found in _STEP.findall(step) if found[1].endswith(".py")]
    called: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            path = Path(frame.f_code.co_filename)
            called.append((frame.f_code.co_qualname, _name(path) if path.is_relative_to(ROOT) else ""))

    tape = record((ROOT / "viz" / "programs" / "01_linear_regression.py").read_text(encoding="utf-8"))
    sys.setprofile(note)
    try:
        tape.record(1)
        StageWriter(tape, "tape").chunk(0, 1)
    finally:
        sys.setprofile(None)
    calls = iter(called)
    assert [step for step in steps if step not in calls] == []


def test_the_browser_has_the_steps_that_are_its_own() -> None:
    steps = [found for step in STEPS for found in _STEP.findall(step) if found[1].endswith(".js")]
    assert len(steps) >= 2
    for name, file in steps:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(?:export )?(?:async )?(?:function )?\s*{name}\(.*\{{$", text, re.MULTILINE), name


def test_the_glossary_has_ten_words_at_most() -> None:
    _, _, text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Words of our own\n")
    words = re.findall(r"^\| (\w+) \| .+ \|$", text.partition("\n## ")[0], re.MULTILINE)
    assert words[0] == "word"
    assert 5 <= len(words[1:]) <= 10


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("0*.md")]
    assert sorted(numbers) == sorted(set(numbers))


@pytest.mark.parametrize("paper", [*PAPERS, ROOT / "CHANGELOG.md"], ids=_name)
def test_no_line_of_prose_is_longer_than_a_line_of_code(paper: Path) -> None:
    lines = paper.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > LONGEST and not line.startswith(("|", "!["))] == []


@pytest.mark.parametrize("paper", PAPERS, ids=_name)
def test_every_path_that_a_paper_names_exists(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    named = {found.rstrip(".") for found in _PATH.findall(text) if not any(one in found for one in _MADE)}
    missing = [path for path in sorted(named) if not (ROOT / path).exists()]
    linked = {found for found, _ in _LINK.findall(text) if not found.startswith(("http", "mailto:"))}
    missing += [link for link in sorted(linked) if not (paper.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("paper", PAPERS, ids=_name)
def test_every_command_of_make_that_a_paper_names_exists(paper: Path) -> None:
    commands = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = paper.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^    |[A-Z]+=\S+ )make ([a-z]+)", text, re.MULTILINE))
    assert named <= commands
