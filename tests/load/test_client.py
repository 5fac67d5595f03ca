"""The load generator behaves like the page in a browser: what it sends, what it waits for, what it counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from benchmarks.load import crowd
from benchmarks.load.held import SETUP, Held
from benchmarks.load.http import Http
from benchmarks.load.session import Session
from tests.browser.harness import Server, free_port, start
from viz.frames.tape import Cursor
from viz.linking import Moment, query_of, unpack
from viz.presets import presets
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = start(free_port())
    try:
        asyncio.run(crowd.warm(one.url))
        yield one
    finally:
        one.stop()


def test_learners_are_answered_without_an_error_or_a_lost_step(server: Server) -> None:
    links = [*crowd.the_same(1), *crowd.different(2)]
    load = asyncio.run(crowd.gather(server.url, links, 3.0, [server.process.pid]))
    assert load.answers.errors == []
    assert load.answers.lost == 0
    assert load.answers.steps >= 12
    assert len(load.answers.opened) == 3
    assert 0 < load.generator < load.server


def test_a_new_learning_rate_is_on_stage_at_the_same_cursor_and_in_the_address(server: Server) -> None:
    async def move() -> tuple[Session, str, str]:
        session = Session(server.url, crowd.the_same(1)[0])
        await session.open()
        for _ in range(9):
            await session.step()
        assert session.tape is not None
        before = session.tape.link
        await session.move_rate("0.08")
        await session.close()
        return session, before, session.tape.link

    session, before, after = asyncio.run(move())
    source = unpack(after)
    assert "lr=0.08" in source
    assert source == unpack(before).replace("lr=0.1", "lr=0.08")
    assert session.place == (1, 4)  # five statements per iteration
    assert session.errors == []


def test_the_explanation_is_of_the_selected_node_at_the_cursor(server: Server) -> None:
    async def explain() -> list[str]:
        session = Session(server.url, query_of(Moment(presets()[0].source, Cursor(2, 3))))
        await session.open()
        assert session.tape is not None
        for node in session.tape.nodes:
            session.selected = node
            await session.explain()
        session.selected = 999
        await session.explain()
        await session.close()
        return session.errors

    assert asyncio.run(explain()) == ["/viz/node answered 404", "no explanation arrived"]


def test_a_missing_server_is_an_error() -> None:
    with pytest.raises(OSError, match=r"refused|failed"):
        asyncio.run(Http(f"http://127.0.0.1:{free_port()}").get("/"))


@pytest.mark.parametrize("at", [0, 3])
def test_the_client_holds_the_part_of_the_tape_that_the_server_sent(at: int) -> None:
    run = RunCache(2**40, Scheduler()).open(presets()[0].source)
    held = Held(run.id)
    held.add(json.loads(run.opening(at, 100)))
    assert (held.setup, held.drawn) == (len(run.tape.setup), 100)
    assert held.frames(at) == held.frames(at + 1) == len(run.tape.iteration(at))
    while held.have < 30:
        held.add(json.loads(run.chunk(held.have, 30, held.drawn, held.alone)))
    assert all(held.frames(number) == len(run.tape.iteration(number)) for number in range(30))
    assert held.nodes == tuple(node.id for node in run.tape.iteration(0)[-1].graph.nodes)


def test_a_step_goes_through_the_set_up_every_iteration_and_what_follows_the_loop() -> None:
    held = Held("", setup=2, iterations={0: 2, 1: 1}, have=2, after=1, complete=True)
    place, walk = held.start, [held.start]
    while (following := held.following(place)) is not None:
        place = following
        walk.append(place)
    assert walk == [(SETUP, 1), (0, 0), (0, 1), (1, 0), (2, 0)]
