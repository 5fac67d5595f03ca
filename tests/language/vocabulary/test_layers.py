"""Layers of torch.nn: the numbers are plain Python's, and the sizes of results are known before they are made."""

from __future__ import annotations

import pytest

from tests.language.compared import same_as_python
from tests.language.layer_programs import HEAD, PROGRAMS


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_of_layers_runs_as_in_python(lines: str) -> None:
    same_as_python(HEAD + lines)
