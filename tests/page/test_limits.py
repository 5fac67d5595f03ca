"""Each limit of a server is enforced, explained in a sentence, and ends when it should."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from tests.programs import LINE
from viz.operating.settings import Settings
from viz.page import endpoints, server, stage, state, visitors, waiting, worker_pool
from viz.page.metrics import metrics
from viz.page.visitors import AT_ONCE, Busy, Visitor
from viz.worker.jobs import run_id
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import LONG_SOURCE, Scheduler

PAGE = Path(stage.__file__).with_name("page.py")


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def work_for(visitor: Visitor, seconds: float, fails: bool = False) -> None:
    """Charge `seconds` of work to a visitor; then raise ZeroDivisionError if `fails`."""
    with visitor.work() as work:
        work.seconds += seconds
        if fails:
            raise ZeroDivisionError


def test_the_servers_own_work_for_a_session_counts() -> None:
    visitor = Visitor(seconds=0.02)
    with visitor.turn(Scheduler()):
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass
    assert visitor.recent_seconds >= 0.03
    assert visitor.wait > 0


pytestmark = pytest.mark.usefixtures("session")


def _ask(kind: str, name: str, query: str = "") -> Response:
    """The server's response to the stage of the session that knows this name."""
    path = {"name": name, "kind": "program"}
    scope = {"type": "http", "query_string": query.encode(), "path_params": path, "headers": []}
    return asyncio.run(_answer(endpoints.endpoint(kind)(Request(scope, _nothing_more))))


async def _answer(said: Awaitable[Response]) -> Response:
    return await said


async def _nothing_more() -> dict[str, str]:
    return {"type": "http.request"}


def _tape(name: str, query: str = "from=0&to=3") -> Response:
    return _ask("chunk", name, query)


def _fetched(name: str, query: str) -> Any:
    """The chunk that ends with iteration 11, requested as often as necessary, as the stage does."""
    for _ in range(100):
        chunk = json.loads(bytes(_tape(name, query).body))
        if chunk["to"] == 12:
            return chunk
    raise AssertionError("the tape does not grow")


def _opened(source: str) -> tuple[Visitor, str]:
    """A visitor whose page has put a program on stage, and the stage's name for the run."""
    visitor = visitors.current()
    chunk = stage._opening(source, visitor, stage.LINKS)
    assert chunk is not None
    return visitor, json.loads(chunk)["tape"]


def _refusals(limit: str) -> float:
    lines = [stat.to_metric_str() for stat in metrics.get_stats()["viz_refusals"]]
    (line,) = [line for line in lines if f'limit="{limit}"' in line]
    return float(line.split()[-1])


def test_a_session_gets_its_seconds_in_any_minute_and_a_sentence_beyond_that() -> None:
    clock, before = Clock(), _refusals("recording")
    visitor = Visitor(0.1, clock)
    work_for(visitor, 0.06)
    clock.now += 20
    work_for(visitor, 0.06)
    with pytest.raises(
        Busy,
        match=r"^The server computes at most 0\.1 s in a minute for each page, .* It continues in 40 s\.$",
    ):
        work_for(visitor, 0.01)
    assert _refusals("recording") == before + 1
    clock.now += 39.9
    assert visitor.wait == pytest.approx(0.1)
    clock.now += 0.2
    assert visitor.wait == 0
    work_for(visitor, 0.05)
    assert visitor.wait == pytest.approx(19.9)  # work at second 20 counts until second 80


def test_work_in_progress_is_bounded_too() -> None:
    visitor = Visitor(60.0)
    under_way = [visitor.work() for _ in range(AT_ONCE)]
    for one in under_way:
        one.__enter__()
    with pytest.raises(Busy, match="made too many requests at once"):
        work_for(visitor, 0.0)
    under_way[0].__exit__(None, None, None)
    work_for(visitor, 0.0)


def test_a_failure_is_charged_too() -> None:
    visitor = Visitor(0.05, Clock())
    with pytest.raises(ZeroDivisionError):
        work_for(visitor, 0.06, fails=True)
    assert visitor.wait == pytest.approx(60)


@pytest.mark.parametrize("kind", server.JOBS.values())
def test_a_session_within_its_share_gets_a_response_to_every_request_about_a_run(
    kind: str, monkeypatch: pytest.MonkeyPatch, session: dict[str, Any]
) -> None:
    def ask(name: str) -> Response:
        return _ask(kind, name, "from=0&to=1&iteration=0&statement=0&node=0&open=0&slot=n0.v")

    _, name = _opened(LINE)
    assert ask(run_id(LINE)).status_code == ask(f"{name}x").status_code == 404
    assert ask(name).status_code == 200
    session.clear()
    monkeypatch.setattr(visitors, "settings", lambda: Settings(recording_seconds_per_minute=0.1))
    visitor, name = _opened(LINE)
    work_for(visitor, 0.1 if not visitor.wait else 0)
    refused = ask(name)
    assert refused.status_code == 429
    assert 50 < int(refused.headers["retry-after"]) <= 60
    assert bytes(refused.body).decode().startswith("The server computes at most 0.1 s in a minute for each page")


def test_a_page_beyond_its_share_keeps_its_stage_and_its_new_program(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch, session: dict[str, Any]
) -> None:
    said: list[str] = []
    monkeypatch.setattr(visitors, "settings", lambda: Settings(recording_seconds_per_minute=0.1))
    monkeypatch.setattr(waiting, "explain_wait", lambda visitor, busy: said.append(str(busy)))
    other = LINE.replace("lr=0.1", "lr=0.2")
    visitor, name = _opened(LINE)
    work_for(visitor, 0.1 if not visitor.wait else 0)
    chunk = stage._opening(other, visitor, stage.LINKS)
    assert json.loads(chunk or b"")["tape"] == name
    assert said[0].startswith("The server computes at most 0.1 s in a minute")
    assert runs.get(run_id(other)) is None
    monkeypatch.setattr(visitor, "_clock", lambda: time.monotonic() + 61)
    assert _opened(other)[1] == f"{run_id(other)}.{visitor.token}"


def test_a_token_goes_with_its_session(session: dict[str, Any]) -> None:
    name = _opened(LINE)[1]
    assert _tape(name).status_code == 200
    session.clear()
    assert _tape(name).status_code == 404


def test_two_sessions_share_a_run_but_not_their_seconds(session: dict[str, Any]) -> None:
    one, first = _opened(LINE)
    session.clear()
    other, second = _opened(LINE)
    assert first != second
    assert first.partition(".")[0] == second.partition(".")[0]
    before = other._total
    work_for(one, 0.02)
    assert other._total == before


def test_the_least_recently_used_runs_are_evicted_first_when_all_take_too_much(
    pool_with: Callable[[int], RunCache],
) -> None:
    runs = pool_with(2**40)
    sources = [LINE.replace("lr=0.1", f"lr=0.{number}") for number in range(1, 5)]
    for source in sources:
        runs.open(source).record(5, 5.0)
    assert runs.size == sum(runs.open(source).size for source in sources)
    most = runs.size
    runs = pool_with(most)
    for source in sources:
        runs.open(source).record(5, 5.0)
    runs.open(sources[0])
    runs.open(sources[3]).record(8, 5.0)
    assert [runs.get(run_id(source)) is not None for source in sources] == [True, False, True, True]
    assert 0 < runs.size <= most


def test_one_run_is_kept_whatever_its_size(pool_with: Callable[[int], RunCache]) -> None:
    runs = pool_with(1)
    runs.open(LINE).record(2, 5.0)
    assert len(runs) == 1
    runs.open(LINE + "\n")
    assert len(runs) == 1
    assert runs.get(run_id(LINE)) is None


def test_an_evicted_run_continues_where_the_page_is(pool_with: Callable[[int], RunCache]) -> None:
    runs = pool_with(1)
    _, name = _opened(LINE)
    whole = _fetched(name, "from=0&to=12")
    runs.open(LINE + "\n")  # someone else's
    assert runs.get(run_id(LINE)) is None
    rest = _fetched(name, "from=7&to=12&drawn=12")
    assert rest["iterations"] == whole["iterations"][7:]


def test_a_stage_may_ask_about_the_previous_program_until_it_has_the_new_one(
    pool_with: Callable[[int], RunCache],
) -> None:
    runs = pool_with(1)
    _, before = _opened(LINE)
    _opened(LINE + "\n")
    assert runs.get(run_id(LINE)) is None
    assert _tape(before).status_code == 200


def test_a_program_may_come_on_stage_while_an_earlier_one_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(60.0)
    for source in ("a", "b"):
        visitor.puts_on_stage(source)

    def slow(source: str, attempt: int = 0) -> str:
        visitor.puts_on_stage("c")  # as the script's thread may, while this one hashes a long source
        return run_id(source)

    monkeypatch.setattr(visitors, "run_id", slow)
    assert visitor.source_of(run_id("b")) == "b"


def test_a_program_that_a_session_has_left_is_not_recorded_again(pool_with: Callable[[int], RunCache]) -> None:
    pool_with(1)
    _, left = _opened(LINE)
    _opened(LINE + "\n")
    _opened(LINE + "\n\n")
    assert _tape(left).status_code == 404


def test_parsing_a_text_is_work_for_the_session_that_sent_it() -> None:
    visitor = visitors.current()
    assert state.check("\n".join(f"a{number} = {number}" for number in range(1_000))) == ()
    assert visitor.recent_seconds > 0.001
    assert visitor._total == pytest.approx(visitor.recent_seconds, rel=0.1)


def test_a_page_with_a_turn_releases_it_while_it_waits_for_a_job() -> None:
    answered = Event()

    def draw() -> None:
        with visitors.current().turn(worker_pool.pool().scheduler):
            state.check("# a\n" * LONG_SOURCE)  # reading this takes a turn of the same process here
        answered.set()

    Thread(target=draw, daemon=True).start()
    assert answered.wait(20.0)


def test_the_side_bar_is_drawn_during_a_turn_of_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    visitor = page.session_state["visitor"]
    before = visitor._total
    asked = []
    monkeypatch.setattr(stage, "draw_stage", lambda: asked.append(visitor._total))
    page.run()
    assert not page.exception
    assert asked == [before]
    assert visitor._total > before


def test_a_file_is_treated_as_csv_whatever_a_browser_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> None:
        from viz.page import data

        data.draw_data()

    monkeypatch.undo()
    for name, refused in [("data.csv", False), ("data.exe", True), ("data.csv.py", True), ("data.csv\0.py", True)]:
        run = AppTest.from_function(page, default_timeout=60).run()
        run.file_uploader[0].upload(name, b"x,y\n1,2\n3,4\n", "text/csv").run()
        assert bool(run.exception) == refused
        assert any(button.label == "Use these 2 rows" for button in run.button) != refused
