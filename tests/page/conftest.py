"""What the tests of the page share."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session and an address of this test's own in place of Streamlit's."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(st, "query_params", {})
    return session
