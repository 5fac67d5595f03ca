"""Fixtures of the tests of explanations."""

from __future__ import annotations

import pytest

from viz.explaining import check

#: Seconds, enough for any gradient in the tests on any machine; the page's limit is shorter, as a visitor waits.
SECONDS = 120.0


@pytest.fixture(autouse=True)
def a_check_has_time_on_a_slow_machine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give checks enough time, so that their results do not depend on how fast the machine is."""
    monkeypatch.setattr(check, "SECONDS", SECONDS)
