"""What the tests of explanations share."""

from __future__ import annotations

import pytest

from viz.explaining import check

#: Enough for any gradient of the tests on any machine; on the page a visitor waits.
SECONDS = 120.0


@pytest.fixture(autouse=True)
def a_check_has_time_on_a_slow_machine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check finds out follows from the program, not from how fast the machine is."""
    monkeypatch.setattr(check, "SECONDS", SECONDS)
