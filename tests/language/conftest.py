"""Small limits for the tests of what checks them: short programs meet them, and their sentences say them."""

from __future__ import annotations

import pytest

from viz import limits

#: Limits that the language reads as it runs, small enough for short lists and fast loops.
SMALL = {
    "ELEMENTS": 1_000,
    "ENTRIES": 5_000,
    "SHOWN": 1_000,
    "EXECUTED": 2_000,
    "ITERATIONS": 1_000,
    "PARAMETER_ELEMENTS": 10_000,
    "DEPTH": 20,
    "TEXT": 1_000,
    "PRINTED": 2_000,
}


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace limits of the language by SMALL ones; `test_what_a_user_meets.py` has the real ones."""
    for name, small in SMALL.items():
        monkeypatch.setattr(limits, name, small)
