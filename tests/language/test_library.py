"""Programs that use Python's own library run line by line as in Python, with the same numbers to the last bit."""

from __future__ import annotations

import pytest

from tests.language.compared import same_as_python
from tests.language.library_programs import HEAD, PROGRAMS


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_every_line_runs_as_in_python(lines: str) -> None:
    same_as_python(HEAD + lines)


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_every_line_runs_as_in_python_inside_the_loop_of_the_iterations_too(lines: str) -> None:
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    same_as_python(f"{HEAD}for step in range(3):\n{body}    (W * b).sum().backward()\n    b.grad.zero_()\n")
