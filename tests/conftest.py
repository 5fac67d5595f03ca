"""Every test leaves torch as it found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


def _shared() -> dict[str, object]:
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
    """Fails the test that changes what the next one would start with."""
    before = _shared()
    yield
    assert _shared() == before
