"""Reads the programs that the page offers: each file begins with a title and two sentences, as comments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

FOLDER = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Preset:
    """A program, with the title and the sentences of its first comment."""

    title: str
    about: str
    source: str


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Return every program in the order of the file names, which begin with a number.

    Raises ValueError if a file does not begin with a title and a description in comments.
    """
    return tuple([_preset(path) for path in sorted(FOLDER.glob("*.py"))])


def preset_of(source: str) -> Preset | None:
    """Return the preset with this source, None for an edited or other program."""
    return next((preset for preset in presets() if preset.source == source), None)


def _preset(path: Path) -> Preset:
    source = path.read_text(encoding="utf-8")
    comments = [line[1:].strip() for line in takewhile(lambda line: line.startswith("#"), source.splitlines())]
    if len(comments) < 2:
        raise ValueError(f"{path.name} does not begin with a title and a description in comments")
    return Preset(comments[0], " ".join(comments[1:]), source)
