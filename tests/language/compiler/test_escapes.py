"""Every escape that we know of is refused at its place with its own sentence, and none reaches Python."""

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

pytestmark = pytest.mark.usefixtures("small_limits")

ROWS = [
    pytest.param(program, named, *(kind or ["Refused"]), id=f"{item}: {program[:40]}")
    for item, rows in ESCAPES.items()
    for program, named, *kind in rows
]
#: Python's audit events for access to files, code, other processes and memory.
_DOORS = ("open", "os.", "exec", "import", "marshal", "pickle", "socket", "subprocess", "ctypes", "sys.", "code")
_listening: list[list[str]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    # An audit hook stays as long as the process does, so it records only inside `doors`.
    if _listening and event.startswith(_DOORS) and event not in ("sys._getframe", "code.__new__"):
        _listening[-1].append(f"{event} {str(arguments)[:80]}")


sys.addaudithook(_hook)


@contextmanager
def doors() -> Iterator[list[str]]:
    """Collect the audit events within the context that no program may cause."""
    _listening.append([])
    try:
        yield _listening[-1]
    finally:
        _listening.pop()


@pytest.fixture(autouse=True, scope="module")
def _everything_is_imported() -> None:
    """Import what torch imports on first use, so that it is not attributed to a program."""
    loop = "s = LambdaLR(optimizer, lambda n: 1.0)\noptimizer.step()\nx.numpy()\nnp.zeros(1)\nprint(W)"
    assert viz.run(HEAD + loop).error is None
    assert viz.run(f"{HEAD}y = torch.stack([x, x]) + [f]").error is not None
    assert viz.run(f"{HEAD}y = [].__init__()").error is not None  # looks for a similar name
    assert viz.run(f"{HEAD}y = f'{{x:{{W}}}}'").error is not None


def problem_of(source: str) -> Problem:
    """Return why a program ends, before or while it runs."""
    try:
        problem = viz.run(source).error
    except viz.Refused as refused:
        problem = refused.problem
    assert problem is not None, "the program ran to its end"
    return problem


@pytest.mark.parametrize(("program", "named", "kind"), ROWS)
def test_an_escape_is_refused_at_its_place(program: str, named: str, kind: str) -> None:
    source = HEAD + program
    before, _, _ = source.partition(MARK)
    with doors() as heard:
        problem = problem_of(source.replace(MARK, ""))
    assert named in problem.message
    assert problem.kind == kind
    assert (problem.line, problem.column) == (before.count("\n") + 1, len(before.rpartition("\n")[2]))
    assert problem.message.count("\n") == 0
    assert heard == []


def test_audit_events_are_collected() -> None:
    with doors() as heard:
        exec("import json.tool")
        Path(os.devnull).read_bytes()
    assert any(one.startswith("exec") for one in heard)
    assert any(one.startswith("open") for one in heard)


def test_no_value_of_a_program_is_shown_as_an_internal_class() -> None:
    """A sentence uses the words of the program."""
    for rows in ESCAPES.values():
        for program, *_ in rows:
            message = problem_of(HEAD + program.replace(MARK, "")).message
            assert not any(word in message for word in ("viz.", "Defined", "Library", "Custom", "object at"))
