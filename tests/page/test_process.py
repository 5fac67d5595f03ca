"""What the process does for its visitors: it looks for garbage seldom, and finds it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

import viz
from tests.programs import LINE
from viz.page.process import Garbage


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """The generation of each collection from now on; everything is as before in the end."""
    seen: list[int] = []
    before, threshold = list(gc.callbacks), gc.get_threshold()
    gc.callbacks.append(lambda phase, info: seen.append(info["generation"]) if phase == "start" else None)
    yield seen
    gc.callbacks[:] = before
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_a_recording_is_not_looked_through_for_garbage_again_and_again(collections: list[int]) -> None:
    source = LINE.replace("range(20)", "range(200)")
    viz.run(source, 200)
    usual = len(collections)
    Garbage().begin()
    collections.clear()
    viz.run(source, 200)
    assert len(collections) < usual / 5


@pytest.mark.usefixtures("collections")
def test_what_refers_to_itself_is_freed_in_the_end() -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

    Garbage().begin()
    gone = weakref.ref(Ring())
    gc.collect()
    assert gone() is None
