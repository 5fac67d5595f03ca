"""Every test leaves torch as it found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is; a test fails for what is wrong alone.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def _shared() -> dict[str, Any]:
    """The state that everything in the process shares."""
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
    """Fails the test that changes what the next one would start with, and that test alone."""
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
