"""Downloads of a run are right, have fixed names and stay within limits; other requests are refused."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qsl

import pytest

from tests.programs import BACKWARD_TWICE, LINE
from viz.export import explanations
from viz.export.offline_page import EXPLAINED
from viz.frames.frame import SETUP
from viz.presets import presets
from viz.worker import downloads, explain
from viz.worker.jobs import Job, Result
from viz.worker.run_cache import RunCache
from viz.writing.part_drawing import available, part_drawing


def _download(runs: RunCache, name: str, kind: str, query: str = "") -> Result:
    return downloads.download(
        runs, Job("download", name, {**dict(parse_qsl(query, keep_blank_values=True)), "kind": kind})
    )


def _text(runs: RunCache, source: str, kind: str, query: str = "") -> str:
    result = _download(runs, runs.open(source).id, kind, query)
    assert result.status == 200
    return bytes(result.body).decode()


def test_the_program_runs_under_plain_python_and_has_the_same_loss(runs: RunCache, tmp_path: Path) -> None:
    run = runs.open(LINE)
    file = tmp_path / "program.py"
    file.write_text(_text(runs, run.tape.source, "program"), encoding="utf-8")
    script = f"import runpy; print(repr(runpy.run_path({str(file)!r})['loss'].item()))"
    printed = subprocess.check_output([sys.executable, "-I", "-c", script], text=True, cwd=tmp_path)
    assert float(printed) == run.tape.iteration(19)[-1].variables["loss"].value


def test_the_program_is_the_source_character_by_character(runs: RunCache, tmp_path: Path) -> None:
    source = LINE + '\n# "</script>" − ü\n'
    file = tmp_path / "program.py"
    file.write_text(_text(runs, source, "program"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == source
    assert runpy.run_path(str(file))["W"].shape == (1,)


def test_the_numbers_are_those_of_the_run_as_far_as_requested(runs: RunCache) -> None:
    run = runs.open(LINE)
    rows = list(csv.DictReader(io.StringIO(_text(runs, run.tape.source, "numbers", "to=1000"))))
    assert len(rows) == 20
    assert float(rows[-1]["loss"]) == run.tape.iteration(19)[-1].variables["loss"].value
    assert len(_text(runs, run.tape.source, "numbers", "to=3").splitlines()) == 4


def test_the_graph_is_that_of_the_moment(runs: RunCache) -> None:
    run = runs.open(LINE)
    forward, backward = (
        _text(runs, run.tape.source, "graph", f"iteration=2&statement={number}") for number in (2, 3)
    )
    grad = run.tape.iteration(2)[3].variables["W"].grad
    assert isinstance(grad, list)
    assert f".grad {grad[0]:.3f}".replace("-", "−") in backward
    assert ".grad None" in forward
    assert "MseLossBackward0" in _text(runs, run.tape.source, "graph", "iteration=-1&statement=0")


def test_after_the_loop_the_graph_is_that_of_the_last_iteration_until_a_line_builds_one(runs: RunCache) -> None:
    run = runs.open(LINE + "\nlast = W + b\n")
    boxes = re.findall(r'\[label="(\w+)', _text(runs, run.tape.source, "graph", "iteration=20&statement=0"))
    assert boxes == ["W", "b", "last"]
    run = runs.open(LINE + "\nprint(W.item())\n")
    assert _text(runs, run.tape.source, "graph", "iteration=20&statement=0") == _text(
        runs, run.tape.source, "graph", "iteration=19&statement=4"
    )


@pytest.mark.parametrize("source", [BACKWARD_TWICE, "import torch\nx = torch.tensor([1.0])\nx.backward()\n"])
@pytest.mark.parametrize("kind", sorted(downloads.FORMATS))
def test_a_run_that_stopped_with_an_error_can_be_downloaded_too(runs: RunCache, source: str, kind: str) -> None:
    assert _text(runs, source, kind)


def test_the_page_has_as_many_iterations_as_requested(runs: RunCache) -> None:
    run = runs.open(LINE)
    assert "the first 7 iterations of 20." in _text(runs, run.tape.source, "page", "to=7")
    assert len(_text(runs, run.tape.source, "page")) <= 400_000


def test_the_page_with_charts_has_plotly_in_it(runs: RunCache) -> None:
    text = _text(runs, LINE, "page-with-charts", "to=5")
    assert "plotly.js v" in text
    assert '"figures":[{' in text


@pytest.mark.parametrize("kind", sorted(downloads.FORMATS))
def test_a_browser_saves_it_under_a_fixed_name_and_does_not_display_it(runs: RunCache, kind: str) -> None:
    result = _download(runs, runs.open(LINE).id, kind)
    assert result.headers["Content-Disposition"] == f'attachment; filename="{downloads.FORMATS[kind].file}"'
    assert result.media_type == downloads.FORMATS[kind].media_type


@pytest.mark.parametrize(
    "query",
    [
        *("to=0", "to=100001", "to=-1", "to=x", "to=1.5", "to=", "to=9999999999"),
        *("iteration=-2", "iteration=100001", "iteration=1e3", "statement=-1"),
        "statement=\u0663",  # an Arabic three: a digit, but not an ASCII one
    ],
)
def test_invalid_and_excessive_parameters_are_refused(runs: RunCache, query: str) -> None:
    assert _download(runs, runs.open(LINE).id, "page", query).status == 400


def test_an_unknown_run_or_kind_is_not_found(runs: RunCache) -> None:
    assert _download(runs, "0" * 32, "page").status == 404
    assert _download(runs, runs.open(LINE).id, "passwd").status == 404
    assert _download(runs, runs.open(LINE).id, "__class__").status == 404


def test_a_recording_that_takes_too_long_is_abandoned_with_a_sentence(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "BUDGET", 0.0)
    run = runs.open(LINE.replace("range(20)", "range(999)"))
    result = _download(runs, run.id, "numbers", "to=900")
    assert result.status == 503
    assert bytes(result.body) == b"Recording this run takes too long. Ask for fewer iterations."


def _unpacked(html: str) -> Any:
    found = re.search(r'id="answers">([\w+/=]+)</script>', html)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])), parse_constant=_no_number)


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


#: A graph in each part, one that the loop's lines continue, a stored `.grad`, and steps of an optimizer.
PARTS = (
    LINE.replace("for iter", "c = (W * x).sum()\nfor iter")
    .replace("    loss.back", "    y_hat.retain_grad()\n    (loss + c).backward(retain_graph=True)\n    loss.back")
    .replace("loss.backward()", "loss.backward(retain_graph=True)")
    + "last = (W + b).sum() * c\nlast.backward()\n"
)
EVERY_PART = [LINE, PARTS, LINE + "print(W)\n", BACKWARD_TWICE, *(preset.source for preset in presets()[-6:])]


def _held_at(pairs: list[int], statement: int) -> int:
    """The value at a statement, from pairs of a statement and the value from there on."""
    return [number for at, number in zip(pairs[::2], pairs[1::2], strict=True) if at <= statement][-1]


def _last_explained(unpacked: dict[str, Any]) -> int:
    """The last iteration that the page explains, from what it says if another one is selected."""
    (section,) = unpacked["missing"]["sections"]
    found = re.search(r"iterations up to (\d+);", section["blocks"][0]["text"])
    return int(found[1]) if found else SETUP


@pytest.mark.parametrize("source", EVERY_PART)
def test_the_page_has_what_the_app_says_about_every_node_at_every_moment(runs: RunCache, source: str) -> None:
    source = source.replace("range(100)", "range(2)").replace("range(20)", "range(2)")
    run = runs.open(source)
    unpacked = _unpacked(_text(runs, run.tape.source, "page", "to=2"))
    answers, of = unpacked["answers"], unpacked["of"]
    after = run.tape.complete and bool(run.tape.after)
    last = _last_explained(unpacked)
    assert sorted(map(int, of)) == list(range(-1, last + 1 + after))
    assert last == available(run.tape) - 1 or not run.tape.complete
    for iteration in map(int, of):
        part = part_drawing(run.tape, iteration)
        assert len(of[str(iteration)]) == len(part.graph.nodes)
        for statement in range(-1, len(part.frames)):
            for node, pairs in enumerate(of[str(iteration)]):
                asked = {"iteration": str(iteration), "statement": str(statement), "node": str(node)}
                said = json.loads(explain.explain(runs, Job("explain", run.id, asked)).body)
                del said["later"]
                assert answers[_held_at(pairs, statement)] == said, (iteration, statement, node)


def test_the_explanations_in_the_page_are_small_and_end_where_it_says(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = LINE.replace("range(20)", "range(80)")
    html = _text(runs, long, "page", "to=60")
    assert _last_explained(_unpacked(html)) == EXPLAINED - 1 < 59
    assert len(html) <= 400_000
    monkeypatch.setattr(explanations, "MOST", 100)
    assert 0 < _last_explained(_unpacked(_text(runs, long, "page", "to=60"))) < 10


#: A program with `count` passes of a loop inside one iteration.
INNER = """
import torch
w = torch.tensor(0.9, requires_grad=True)
for iteration in range(2):
    h = torch.tensor(1.0)
    i = 0
    while i < {count}:
        a = h * w
        h = a + 1.0
        i = i + 1
    h.backward()
"""


def test_a_page_explains_each_node_when_it_changed_and_not_at_every_statement(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = Mock(wraps=explain.describe_node)
    monkeypatch.setattr(explain, "describe_node", describe)

    def described(count: int) -> int:
        describe.reset_mock()
        _text(runs, INNER.format(count=count), "page", "to=1")
        return int(describe.call_count)

    few, many = described(20), described(40)
    assert few > 40 * 3  # each of some forty Nodes while it waits, when it is built, and when backward reaches it
    assert many < 2.2 * few
