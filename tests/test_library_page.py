"""The Python code on the library's page runs, and prints what the page shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "library.md"
#: A block of Python, and the block of text after it, which is its output.
_EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def test_each_example_runs_and_prints_what_the_page_shows() -> None:
    names: dict[str, Any] = {}
    compared = 0
    for source, expected in _EXAMPLE.findall(PAGE.read_text(encoding="utf-8")):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, names)
        if expected:
            assert [line.rstrip() for line in printed.getvalue().splitlines()] == expected.splitlines()
            compared += 1
    assert compared > 0
    assert names["frame"].variables["W"].grad == [6.0]
