"""An operation, a layer, a method and a kind of value are one entry each: adds them to a copy of the tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import viz

ROOT = Path(__file__).parent.parent
VOCABULARY = "viz/language/vocabulary"


@dataclass(frozen=True)
class Addition:
    """An entry, the table that it goes into (a file, and the line that opens it), and lines that use it.

    `places` is the number of places in CONTRIBUTING, including cases, a rule, and a function that makes the value.
    """

    file: str
    table: str
    entry: str
    program: str = ""
    places: str = ""


#: The additions, by the row of CONTRIBUTING's table that describes them.
ADDITIONS = {
    "an operation": Addition(
        f"{VOCABULARY}/tensors.py",
        "OPERATIONS: tuple[Operation, ...] = (",
        '    Operation("logaddexp", "other", grows=True),',
        "y = torch.logaddexp(x, 2 * x)\nz = x.logaddexp(other=x)\ny.sum().backward()",
        "2 or 3",
    ),
    "a layer": Addition(
        f"{VOCABULARY}/layer_table.py",
        "LAYERS: dict[str, Layer] = {",
        '    "Conv3d": Layer("in_channels out_channels kernel_size", readable="weight",'
        " output_size=_convolved(F.conv3d)),",
        "layer = nn.Conv3d(1, 2, kernel_size=2)\nnet = nn.Sequential(layer, nn.Flatten())\nw = layer.weight\n"
        "print(layer)\ny = net(torch.ones(1, 1, 2, 3, 3))\nfor p in net.parameters(): y = y + p.sum()",
        "2 or 3",
    ),
    "a value's method": Addition(
        f"{VOCABULARY}/numpy/functions.py",
        "_ARRAY_METHODS: dict[str, Function] = {",
        '    "swapaxes": Function("ndarray.swapaxes", np.ndarray.swapaxes, 3),',
        "y = np.array([[2.0, 1.0]]).swapaxes(0, 1)",
        "1",
    ),
    "a kind of value": Addition(
        f"{VOCABULARY}/numpy/functions.py",
        "KINDS: dict[type, Kind] = {",
        '    np.broadcast: Kind(says="a broadcast", inside=nothing, attributes=_ARRAY_ATTRIBUTES,'
        " iterate=lambda state, span, thing: thing),",
        "b = np.broadcast(np.ones(2), 3.0)\nn = b.size\npairs = [p for p in b]\nheld = [b]",
        "1 or 2",
    ),
}
#: The function that makes a value of the new kind: the second place, where a function of a library makes one.
MAKES = Addition(
    f"{VOCABULARY}/numpy/functions.py",
    "FUNCTIONS: dict[str, Function] = {",
    '    "broadcast": Function("numpy.broadcast", np.broadcast, 2),',
)

HEAD = """\
import torch
import numpy as np
from torch import nn
x = torch.ones(2, requires_grad=True)
"""
#: Runs the programs that it reads, and prints how each ended and what has no case.
_TRY = """\
import json, sys
from tests.test_additions import ended
from tests.test_rules import missing_cases
print(json.dumps([[ended(program) for program in json.load(sys.stdin)], missing_cases()]))
"""


def ended(program: str) -> str | None:
    """Why a program stops; None if it runs to its end."""
    try:
        problem = viz.run(HEAD + program).error
    except viz.Refused as refused:
        problem = refused.problem
    return None if problem is None else problem.message


def _add(folder: Path, addition: Addition) -> None:
    path = folder / addition.file
    before, head, after = path.read_text(encoding="utf-8").partition(f"\n{addition.table}\n")
    assert head, f"{addition.file} has no table that opens with `{addition.table}`"
    path.write_text(f"{before}{head}{addition.entry}\n{after}", encoding="utf-8")


def test_one_entry_each_is_enough_and_the_tests_name_the_cases_that_are_missing(tmp_path: Path) -> None:
    programs = [one.program for one in ADDITIONS.values()]
    assert all(ended(program) for program in programs)
    for name in ("viz", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    for addition in (*ADDITIONS.values(), MAKES):
        _add(tmp_path, addition)
    done = subprocess.run(
        [sys.executable, "-c", _TRY],
        cwd=tmp_path,
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    messages, missing = json.loads(done.stdout)
    assert messages == [None] * len(programs)
    assert {"logaddexp", "Conv3d"} <= set(missing)


@pytest.mark.parametrize("name", ADDITIONS)
def test_contributing_says_how_many_places_each_takes_and_where(name: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {name} \| (.+?) \| (.+?) \| .*\|$", text, re.MULTILINE)
    places, where = row
    assert places == ADDITIONS[name].places
    assert ADDITIONS[name].file in where or f"{VOCABULARY}/`" in where
