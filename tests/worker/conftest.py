"""Fixtures for the worker's tests."""

from __future__ import annotations

import pytest

from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler


@pytest.fixture(scope="module")
def runs() -> RunCache:
    """A cache of runs that keeps all of them."""
    return RunCache(2**40, Scheduler())
