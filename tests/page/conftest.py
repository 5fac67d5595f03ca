"""Fixtures for the tests of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st

from viz.page import worker_pool
from viz.page.worker_pool import WorkerPool
from viz.worker.dispatcher import Dispatcher
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session and an address for this test alone, in place of Streamlit's."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(st, "query_params", {})
    return session


@pytest.fixture
def pool_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], RunCache]]:
    """A function that installs a pool for this test alone, and returns its cache, which has the given size."""
    pools: list[WorkerPool] = []

    def use(max_bytes: int) -> RunCache:
        scheduler = Scheduler()
        runs = RunCache(max_bytes, scheduler)
        pools.append(WorkerPool([Dispatcher(runs)], scheduler))
        monkeypatch.setattr(worker_pool, "pool", lambda: pools[-1])
        return runs

    yield use
    for pool in pools:
        pool.close()


@pytest.fixture
def runs(pool_with: Callable[[int], RunCache]) -> RunCache:
    """The cache of a pool for this test alone; it keeps every run."""
    return pool_with(2**40)
