"""What README, CONTRIBUTING and docs/ say of the code is so: its rooms and their order, paths, commands."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import pytest

from tests.layers import ROWS

ROOT = Path(__file__).parent.parent
PAPERS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted((ROOT / "docs").rglob("*.md"))]

#: A path of the repository between backticks or in a link: its first part is one of these.
_TOP = r"(?:viz|tests|docs|deploy|benchmarks|tools)"
_PATH = re.compile(rf"(?<![\w./-])({_TOP}/[\w./*-]*)")
_LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")
#: What the commands make, or what stands for any name.
_MADE = ("NN_", "*")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _place(layer: str) -> str:
    """The path of a layer as the map has it: `viz/page/`, `viz/frames.py`."""
    if layer == "viz":
        return "viz/__init__.py"
    path = ROOT.joinpath(*layer.split("."))
    return f"{_name(path)}/" if path.is_dir() else f"{_name(path)}.py"


def _map() -> list[str]:
    """The rooms of CONTRIBUTING's map from the top down: the first column of its first block."""
    _, _, text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are\n")
    lines = takewhile(lambda line: line.startswith("    "), text.lstrip("\n").splitlines())
    return [line.split()[0] for line in lines]


def test_the_map_of_contributing_is_the_list_of_layers_from_the_top_down() -> None:
    assert _map() == [_place(layer) for row in ROWS for layer in row]


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
