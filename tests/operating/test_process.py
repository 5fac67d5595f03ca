"""What a process does for its visitors: it looks for garbage seldom, finds it, and what is ready goes on."""

from __future__ import annotations

import gc
import socket
import sys
import weakref
from collections.abc import Iterator

import pytest

import viz
from tests.programs import LINE
from viz.operating import process
from viz.operating.process import Garbage


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


def test_an_answer_that_is_ready_waits_less_than_a_millisecond_for_whoever_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_to: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", set_to.append)
    process.share_the_interpreter()
    assert set_to and set_to[-1] < 0.001


def test_what_listens_sends_at_once_and_so_does_what_it_accepts() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        process.send_at_once()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
