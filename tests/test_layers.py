"""Imports point down, each layer knows its own libraries only, and the small modules stay cheap to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.layers import ROOM, circle, crowded, violations

ROOT = Path(__file__).parent.parent


def test_imports_point_down_and_layers_use_only_their_own_libraries() -> None:
    assert violations(ROOT) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(ROOT) == []


def test_no_folder_has_more_files_than_a_reader_can_take_in() -> None:
    assert crowded(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("viz/drawing/dot.py", "from torch import nn, optim", "viz.drawing may not know torch"),
        ("viz/recording/tape.py", "import streamlit as st", "viz.recording may not know streamlit"),
        ("viz/page/page.py", "from plotly import graph_objects", "viz.page may not know plotly"),
        ("viz/frames/frame.py", "from viz.recording import Tape", "viz.frames imports viz.recording"),
        ("viz/frames/frame.py", "from ..recording.tape import Tape", "viz.frames imports viz.recording"),
        ("viz/recording/tape.py", "def late():\n    from viz import run", "viz.recording imports viz,"),
        ("viz/rules.py", "import viz.editing", "viz.rules imports viz.editing"),
        ("viz/frames/frame.py", "import importlib\nimportlib.import_module('app')", "viz.frames imports app"),
        ("viz/page/page.py", "import app", "viz.page imports app"),
        (
            "viz/language/runtime/state.py",
            "from viz.language.vocabulary import kinds",
            "viz.language.runtime imports",
        ),
        ("viz/language/compiler/calls.py", "from viz.language import parse", "viz.language.compiler imports"),
        ("viz/language/interpreter.py", "from viz.recording import Tape", "they meet in viz.language.again and"),
        ("viz/language/compiler/calls.py", "import plotly", "viz.language.compiler may not know plotly"),
        (
            "viz/worker/jobs.py",
            "from viz.scripts import recording",
            "viz.worker imports viz.scripts, which runs code",
        ),
        ("viz/page/page.py", "from viz.own_file import server", "viz.page imports viz.own_file, which runs code"),
        ("app.py", "import viz.own_file.server", "app imports viz.own_file, which runs code"),
        ("viz/helpers.py", "import json", "viz/helpers.py has no place in the house"),
    ],
)
def test_a_wrong_import_is_caught(tmp_path: Path, file: str, line: str, complaint: str) -> None:
    packages = ("viz/scripts/recording.py", "viz/own_file/server.py")
    files = ("viz/recording/tape.py", "viz/editing.py", "viz/page/page.py", *packages)
    _write(tmp_path, dict.fromkeys(files, "") | {file: line})
    (found,) = violations(tmp_path)
    assert found.startswith(f"{file}:{len(line.splitlines())}: ")
    assert complaint in found


@pytest.mark.parametrize(
    "second",
    [
        "from viz.frames.frame import Frame",
        "def late():\n    import viz.frames.frame",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from viz.frames.frame import Frame",
    ],
)
def test_a_circle_is_caught(tmp_path: Path, second: str) -> None:
    _write(tmp_path, {"viz/frames/frame.py": "from viz import limits", "viz/limits.py": second})
    found = circle(tmp_path)
    assert found[0] == found[-1]
    assert set(found) == {"viz.frames.frame", "viz.limits"}


def test_a_crowded_folder_is_caught(tmp_path: Path) -> None:
    files = [f"viz/page/part_{number}.py" for number in range(ROOM)]
    files += [f"viz/stage/part_{number}.js" for number in range(ROOM)]
    _write(tmp_path, dict.fromkeys(files, ""))
    assert crowded(tmp_path) == []
    _write(tmp_path, {"viz/page/one_more.py": "", "viz/stage/one_more.css": ""})
    assert crowded(tmp_path) == [f"viz/{room} has {ROOM + 1} source files" for room in ("page", "stage")]


def test_lower_layers_may_be_imported(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "app.py": "import streamlit\nfrom viz.page import page",
            "viz/page/page.py": "import streamlit\nimport viz\nfrom viz.writing.ledger import rows",
            "viz/__init__.py": "def run():\n    from .language import run",
            "viz/writing/ledger.py": "import json\nfrom ..frames.frame import Frame\nfrom . import numbers",
            "viz/writing/numbers.py": "",
            "viz/language/running.py": "import torch\nfrom viz.recording.tape import Tape",
            "viz/recording/tape.py": "import torch.nn.functional as F\nfrom viz.frames.frame import Frame",
            "viz/frames/frame.py": "import dataclasses",
            "viz/programs/lesson.py": "import torch",
        },
    )
    assert violations(tmp_path) == []


def test_javascript_outside_the_stage_is_caught(tmp_path: Path) -> None:
    _write(tmp_path, {"viz/stage/stage.js": "", "viz/page/extra.js": ""})
    assert violations(tmp_path) == ["viz/page/extra.js: the browser's side lives in viz/stage only"]


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("viz", ["streamlit", "plotly", "pandas", "graphviz", "torch"]),
        ("viz.frames.tape", ["streamlit", "plotly", "graphviz", "torch"]),
        ("viz.catalog", ["streamlit", "plotly", "graphviz", "torch"]),
        ("viz.editing", ["streamlit", "plotly", "graphviz", "torch"]),
        ("viz.export", ["streamlit", "torch"]),
        ("viz.writing", ["streamlit", "torch"]),
        ("viz.drawing", ["streamlit", "torch"]),
        ("viz.language", ["streamlit", "plotly", "graphviz"]),
        ("viz.worker.run_cache", ["streamlit", "starlette"]),
        ("viz.page.server", ["torch"]),
        ("app", ["torch", "viz.scripts", "viz.own_file"]),
        ("viz.worker.__main__", ["viz.scripts", "viz.own_file", "streamlit"]),
        ("viz.own_file.server", ["torch", "viz.scripts"]),
        ("viz.own_file.script_process", ["streamlit", "starlette"]),
        ("viz.recording", ["streamlit", "plotly", "graphviz"]),
        ("viz.recording.tracing", ["streamlit", "plotly", "pandas", "graphviz"]),
    ],
)
def test_importing_a_module_does_not_import_what_it_should_leave_out(module: str, kept_out: list[str]) -> None:
    """The imports of a module show only in a process that has imported nothing else."""
    script = f"import sys, {module}; print([name for name in {kept_out!r} if name in sys.modules])"
    printed = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)
    assert printed.strip() == "[]"


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
