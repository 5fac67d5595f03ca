"""Graphviz is found and held to its time limit, and its absence is reported with what to do."""

from __future__ import annotations

import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from viz.drawing import engine
from viz.drawing.engine import LayoutError, find_engine, lay_out


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    yield
    find_engine.cache_clear()
    lay_out.cache_clear()


def _use(monkeypatch: pytest.MonkeyPatch, path: str | None) -> None:
    monkeypatch.setattr(engine, "find_engine", lambda: path)
    lay_out.cache_clear()


def test_the_origin_is_at_the_top_left_and_edges_start_at_their_tail() -> None:
    layout = lay_out(
        "digraph { node [shape=box fixedsize=true width=1 height=0.5] a -> b [id=ab arrowhead=none] }"
    )
    assert layout.nodes["a"][1] < layout.nodes["b"][1]
    assert (layout.width, layout.height) == (72, 108)
    start, *_, end = layout.edges["ab"]
    assert start[1] < end[1]
    assert len(layout.edges["ab"]) % 3 == 1


def test_equal_dot_sources_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out.cache_clear()
    first = lay_out("digraph { a -> b [id=e] }")
    monkeypatch.setattr(subprocess, "run", None)
    assert lay_out("digraph { a -> b [id=e] }") is first


def test_without_graphviz_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, None)
    with pytest.raises(LayoutError, match="pip install graphviz-pure"):
        lay_out("digraph { a }")


def test_a_layout_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use(monkeypatch, _script(tmp_path, "exec sleep 30"))
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.1)
    with pytest.raises(LayoutError, match=r"longer than 0\.1 seconds"):
        lay_out("digraph { a }")


def test_a_graphviz_that_fails_is_said_to_have_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use(monkeypatch, _script(tmp_path, "exit 3"))
    with pytest.raises(LayoutError, match="Graphviz failed"):
        lay_out("digraph { a }")


def test_dot_on_the_path_is_used_if_the_package_has_no_binary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dot = tmp_path / "dot"
    dot.write_text("#!/bin/sh\n")
    dot.chmod(dot.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    find_engine.cache_clear()
    assert find_engine() == str(dot)


def _script(folder: Path, body: str) -> str:
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)
