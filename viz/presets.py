"""The programs that the page offers to start from: a file each, which begins with its title and two sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

FOLDER = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Preset:
    """A program with the title and the sentences of the comment that it begins with."""

    title: str
    about: str
    source: str


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Every program, in the order of their files' names: the number that these begin with is there for it.

    Raises ValueError where a file does not begin with a title and a text in comments.
    """
    return tuple([_preset(path) for path in sorted(FOLDER.glob("*.py"))])


def preset_of(source: str) -> Preset | None:
    """The preset that a program still is, None for any other."""
    return next((preset for preset in presets() if preset.source == source), None)


def _preset(path: Path) -> Preset:
    source = path.read_text(encoding="utf-8")
    comments = [line[1:].strip() for line in takewhile(lambda line: line.startswith("#"), source.splitlines())]
    if len(comments) < 2:
        raise ValueError(f"{path.name} does not begin with its title and a text about it, in comments")
    return Preset(comments[0], " ".join(comments[1:]), source)
