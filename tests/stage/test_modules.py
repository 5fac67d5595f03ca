"""The logic of the stage's modules, tested in JavaScript with the Node.js that Playwright ships."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable  # no public name leads to its Node.js

from viz.writing.stage_words import STAGE_WORDS

HERE = Path(__file__).parent
STAGE = HERE.parent.parent / "viz" / "stage"
#: The suffixes of the browser's files, and the longest line in them, as ruff has it for Python.
SUFFIXES = frozenset({".js", ".mjs", ".css"})
LONGEST = 115


def node_js() -> str:
    """The path of Node.js."""
    return str(compute_driver_executable()[0])


def test_lines_have_at_most_115_characters() -> None:
    files = [path for folder in (STAGE, HERE) for path in folder.rglob("*") if path.suffix in SUFFIXES]
    assert len(files) > 40
    long = [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []


#: A string of several words that ends in a full stop, and the modules whose strings visitors read.
_SENTENCE = re.compile(r"""["`][^"`]*[a-z] [^"`]*\.["`]""")
LABELS = {"labels.js", "skeleton.js"}


def test_sentences_come_from_the_server_or_are_among_the_labels() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in STAGE.rglob("*.js")}
    code = {path: re.sub(r"/\*.*?\*/|//.*", "", text, flags=re.DOTALL) for path, text in texts.items()}
    assert {path.name for path, text in code.items() if _SENTENCE.search(text)} == LABELS


@pytest.mark.parametrize("script", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_a_module_passes_its_own_tests(script: Path) -> None:
    ran = subprocess.run(
        [node_js(), "--test", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"STAGE_WORDS": json.dumps(STAGE_WORDS)},  # as in a chunk
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "\n# pass 0\n" not in ran.stdout
