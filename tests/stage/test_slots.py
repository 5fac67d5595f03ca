"""Python and JavaScript give a slot the same name, and no other module builds or reads one."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.stage.test_modules import node_js
from viz.slots import box_mark, cell_of, cell_slot, edge_slot, gradient_slot, line_slot, node_of, value_slot
from viz.writing.ledger import LEDGER

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NUMBERS = [0, 1, 7, 10, 123, 4000]
#: Names of the graph: for each Node its slots and marks.
OF_NODES = {
    node: [value_slot(node), gradient_slot(node), box_mark(node), *(edge_slot(node, at) for at in (0, 12))]
    for node in NUMBERS
}
CELLS = [(row, column.key) for row in NUMBERS for column in LEDGER]
OF_LINES = [line_slot(line) for line in NUMBERS]
OF_CELLS = [cell_slot(*cell) for cell in CELLS]


def test_javascript_has_the_names_that_python_has() -> None:
    of_nodes = [name for names in OF_NODES.values() for name in names]
    asked = {"lines": NUMBERS, "cells": CELLS, "names": [*of_nodes, *OF_LINES, *OF_CELLS]}
    ran = subprocess.run(
        [node_js(), str(HERE / "slots.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    others = len(OF_LINES) + len(OF_CELLS)
    assert json.loads(ran.stdout) == {
        "lines": OF_LINES,
        "cells": OF_CELLS,
        "nodes": [*(node for node, names in OF_NODES.items() for _ in names), *[None] * others],
        "ofLines": [*[False] * len(of_nodes), *[True] * len(OF_LINES), *[False] * len(OF_CELLS)],
    }


def test_a_name_can_be_parsed_back_into_its_parts() -> None:
    for node, names in OF_NODES.items():
        assert {node_of(name) for name in names} == {node}
    assert {node_of(name) for name in (*OF_LINES, *OF_CELLS)} == {None}
    assert [cell_of(name) for name in OF_CELLS] == CELLS


def test_no_two_slots_have_the_same_name() -> None:
    names = [*(name for names in OF_NODES.values() for name in names), *OF_LINES, *OF_CELLS]
    assert len(set(names)) == len(names)


#: Code that builds such a name, in each language, and code that looks at its first letter.
_BUILT = {
    ".py": re.compile(r"""\bf["'][necl]\{|\b(slot|mark)\[0\] (==|in|not in)"""),
    ".js": re.compile(r"""`[necl]\$\{|\b(slot|mark|name)\[0\]|\.startsWith\(["'`][necl]["'`]\)"""),
}


@pytest.mark.parametrize("suffix", sorted(_BUILT))
def test_only_one_module_builds_or_reads_a_name(suffix: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("viz", "benchmarks")
        for path in (ROOT / folder).rglob(f"*{suffix}")
        if _BUILT[suffix].search(path.read_text(encoding="utf-8"))
    }
    assert found == {"viz/slots.py" if suffix == ".py" else "viz/stage/slots.js"}
