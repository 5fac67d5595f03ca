"""What public PyTorch code uses besides operations runs line by line as in Python."""

from __future__ import annotations

import pytest

from tests.language.compared import same_as_python
from tests.language.torch_programs import HEAD, PROGRAMS


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_runs_as_in_python(name: str) -> None:
    same_as_python(HEAD + PROGRAMS[name])
