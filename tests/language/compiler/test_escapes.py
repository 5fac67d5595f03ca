"""Every way out that we know of ends in its own sentence, where it stands, and none of it reaches Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import viz
from tests.language.escapes import ESCAPES, HEAD, MARK
from viz.frames.plain import Problem

ROWS = [
    pytest.param(program, named, *(kind or ["Refused"]), id=f"{item}: {program[:40]}")
    for item, rows in ESCAPES.items()
    for program, named, *kind in rows
]
#: What Python says of itself when it leaves the program's text for files, code, other processes and memory.
_DOORS = ("open", "os.", "exec", "import", "marshal", "pickle", "socket", "subprocess", "ctypes", "sys.", "code")
_listening: list[list[str]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    # An audit hook stays for as long as the process does: it listens only inside of `doors`.
    if _listening and event.startswith(_DOORS) and event not in ("sys._getframe", "code.__new__"):
        _listening[-1].append(f"{event} {str(arguments)[:80]}")


sys.addaudithook(_hook)


@contextmanager
def doors() -> Iterator[list[str]]:
    """The events of Python's audit that happen inside, of those that no program may set off."""
    _listening.append([])
    try:
        yield _listening[-1]
    finally:
        _listening.pop()


@pytest.fixture(autouse=True, scope="module")
def _everything_is_imported() -> None:
    """What torch imports when it is first used is not the program's."""
    loop = "s = LambdaLR(optimizer, lambda n: 1.0)\noptimizer.step()\nx.numpy()\nnp.zeros(1)"
    assert viz.run(HEAD + loop).error is None
    assert viz.run(f"{HEAD}y = torch.stack([x, x]) + [f]").error is not None


def problem_of(source: str) -> Problem:
    """Why a program ends, before it runs or while it does."""
    try:
        problem = viz.run(source).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None, "the program ran to its end"
    return problem


@pytest.mark.parametrize(("program", "named", "kind"), ROWS)
def test_an_escape_is_refused_where_it_stands(program: str, named: str, kind: str) -> None:
    source = HEAD + program
    before, _, _ = source.partition(MARK)
    with doors() as heard:
        problem = problem_of(source.replace(MARK, ""))
    assert named in problem.message
    assert problem.kind == kind
    assert (problem.line, problem.column) == (before.count("\n") + 1, len(before.rpartition("\n")[2]))
    assert problem.message.count("\n") == 0
    assert heard == []


def test_the_doors_are_heard() -> None:
    with doors() as heard:
        exec("import json.tool")
        Path(os.devnull).read_bytes()
    assert any(one.startswith("exec") for one in heard)
    assert any(one.startswith("open") for one in heard)


def test_no_value_of_a_program_is_shown_by_the_name_of_a_class_of_ours() -> None:
    """A sentence speaks of what was typed."""
    for rows in ESCAPES.values():
        for program, *_ in rows:
            message = problem_of(HEAD + program.replace(MARK, "")).message
            assert not any(word in message for word in ("viz.", "Defined", "Library", "Custom", "object at"))
