"""Whatever a program uses, recording it neither ends nor changes it; most is recorded whole."""

from __future__ import annotations

import linecache
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.scripts.odd_programs import HEAD, ODD
from tests.scripts.test_script_run import everything
from viz.blocks.recording import Recording
from viz.export.offline_page import html_of
from viz.scripts.recording import record_file

pytestmark = pytest.mark.filterwarnings("ignore")
#: Most run in a block; a few of them, and what is slow to compile, in a file. `make fuzz` runs all in both.
IN_A_FILE = list(ODD)
IN_A_BLOCK = list(ODD)
if "EXAMPLES" not in os.environ:
    IN_A_FILE = [*list(ODD)[::5], "compile breaks", "compile train"]
    IN_A_BLOCK = [name for name in ODD if name not in ("compile train", "compile in sequential")]


def _plain(program: str) -> torch.Tensor:
    names: dict[str, Any] = {}
    exec(compile(HEAD + program, "<plain>", "exec"), names)
    result: torch.Tensor = names["R"]
    return result


def _block(program: str) -> tuple[torch.Tensor, Recording]:
    """Run a program in a block, with a source that `linecache` knows."""
    inside = "".join(f"        {line}\n" for line in program.strip().splitlines())
    source = (
        f"{HEAD}import viz\ndef run():\n    with viz.record() as recording:\n{inside}    return R, recording\n"
    )
    name = f"<{hash(program)}>"
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    made: tuple[torch.Tensor, Recording] = names["run"]()
    return made


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.equal(one.detach().to_dense(), other.detach().to_dense())


@pytest.mark.parametrize("name", IN_A_BLOCK)
def test_in_a_block(name: str) -> None:
    alone = _plain(ODD[name])
    before = everything()
    recorded, recording = _block(ODD[name])
    assert everything() == before
    assert recording.problem is None and all(frame.error is None for frame in recording.frames)
    assert _same(alone, recorded)
    assert html_of(recording.tape, 1)


@pytest.mark.parametrize("name", IN_A_FILE)
def test_in_a_file(name: str, tmp_path: Path) -> None:
    alone = _plain(ODD[name])
    file = tmp_path / "script.py"
    file.write_text(f"{HEAD}{ODD[name]}import sys\nsys._result = R\n", encoding="utf-8")
    before = torch.get_rng_state()
    try:
        tape = record_file(file)
        tape.record(1000)
    finally:
        torch.set_rng_state(before)
    assert tape.error is None
    assert _same(alone, sys.__dict__.pop("_result"))
    assert html_of(tape, 1)
