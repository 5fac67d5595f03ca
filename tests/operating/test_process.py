"""The settings of a process: it rarely collects garbage but finds it, and ready threads soon continue."""

from __future__ import annotations

import gc
import socket
import sys
import weakref
from collections.abc import Iterator

import pytest
import torch

import viz
from tests.programs import LINE
from viz.operating import process
from viz.operating.process import Garbage, SeldomCollected


@pytest.fixture
def collections() -> Iterator[list[int]]:
    """Yield a list of the generation of each collection from now on; restore everything in the end."""
    seen: list[int] = []
    before, threshold = list(gc.callbacks), gc.get_threshold()
    gc.callbacks.append(lambda phase, info: seen.append(info["generation"]) if phase == "start" else None)
    yield seen
    gc.callbacks[:] = before
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_a_recording_is_not_searched_for_garbage_again_and_again(collections: list[int]) -> None:
    source = LINE.replace("range(20)", "range(200)")
    viz.run(source, 200)
    usual = len(collections)
    Garbage().begin()
    collections.clear()
    viz.run(source, 200)
    assert len(collections) < usual / 5


@pytest.mark.usefixtures("collections")
def test_an_object_that_refers_to_itself_is_freed_in_the_end() -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

    Garbage().begin()
    gone = weakref.ref(Ring())
    gc.collect()
    assert gone() is None


def test_a_block_that_is_recorded_is_seldom_searched_for_garbage(collections: list[int]) -> None:
    w = torch.ones(1, requires_grad=True)
    threshold = gc.get_threshold()
    with viz.record() as recording:
        collections.clear()
        for _ in range(300):
            w = w * 2
        assert not collections
    assert len(recording.graph.nodes) > 300
    assert gc.get_threshold() == threshold


@pytest.mark.usefixtures("collections")
def test_the_last_of_several_contexts_restores_how_often_garbage_is_collected() -> None:
    gc.set_threshold(600, 7, 8)
    first, second = SeldomCollected(), SeldomCollected()
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert gc.get_threshold()[0] > 600
    second.__exit__()
    assert gc.get_threshold() == (600, 7, 8)


@pytest.mark.parametrize("own", [0, 50_000])
@pytest.mark.usefixtures("collections")
def test_code_that_decides_itself_how_often_garbage_is_collected_is_obeyed(own: int) -> None:
    gc.set_threshold(own)
    with SeldomCollected():
        assert gc.get_threshold()[0] == own
    with SeldomCollected():
        gc.set_threshold(900)
    assert gc.get_threshold()[0] == 900


def test_a_response_that_is_ready_waits_less_than_a_millisecond_for_computing_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_to: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", set_to.append)
    process.share_the_interpreter()
    assert set_to and set_to[-1] < 0.001


def test_a_listening_socket_and_its_connections_send_at_once() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        process.send_at_once()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
