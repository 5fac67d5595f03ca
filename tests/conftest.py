"""Every test leaves torch as it found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings

# No deadline, because the time of an example depends on how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def _shared() -> dict[str, Any]:
    """torch's global state, which all tests in the process share."""
    return {
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "anomalies": torch.is_anomaly_enabled(),
        "dtype": torch.get_default_dtype(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "threads": torch.get_num_threads(),
    }


@pytest.fixture(autouse=True)
def torch_is_left_as_it_was() -> Iterator[None]:
    """Fail a test that changes the shared state, and restore the state for the next test."""
    before = _shared()
    yield
    after = _shared()
    if after != before:
        _restore(before)
    assert after == before


def _restore(state: dict[str, Any]) -> None:
    torch.set_grad_enabled(state["gradients"])
    torch.set_anomaly_enabled(state["anomalies"])
    torch.set_default_dtype(state["dtype"])
    torch.use_deterministic_algorithms(state["deterministic"])
    torch.set_num_threads(state["threads"])
