"""The stage on the page: which part of a tape each of its requests gets."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.programs import BACKWARD_TWICE, LINE
from viz.page import stage, state, visitors
from viz.worker import chunks, run_view
from viz.worker.jobs import Job, Result
from viz.worker.run_cache import RunCache
from viz.writing.numbers import flat

PAGE = Path(stage.__file__).with_name("page.py")
LONG = LINE.replace("range(20)", "range(400)")


pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture(autouse=True)
def idle(runs: RunCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other requests, and a fast enough machine: otherwise an opening is shorter."""
    monkeypatch.setattr(runs.scheduler, "is_busy", lambda: False)
    monkeypatch.setattr(run_view, "FIRST_BUDGET", 30.0)


def _fetch(runs: RunCache, name: str, query: str) -> Result:
    """The result of a request for part of a tape."""
    return chunks.chunk(runs, Job("chunk", name, dict(parse_qsl(query))))


def _fetched(runs: RunCache, source: str, query: str) -> Any:
    return json.loads(_fetch(runs, runs.open(source).id, query).body)


def _opening(source: str) -> dict[str, Any]:
    chunk: dict[str, Any] = json.loads(_sent(source))
    return chunk


def _sent(source: str) -> bytes:
    """The opening that a run of the page sends for its program."""
    chunk = stage._opening(source, visitors.current(), stage.LINKS)
    assert chunk is not None
    return chunk


def test_the_page_runs_without_an_exception(runs: RunCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception


def test_for_a_new_program_the_first_iteration_and_every_series_are_sent_whole() -> None:
    chunk = _opening(LONG)
    assert (chunk["from"], chunk["to"], len(chunk["iterations"]), "head" in chunk) == (0, 1, 1, True)
    assert (chunk["series"]["from"], len(chunk["series"]["of"])) == (0, 100)


def test_the_iteration_at_the_cursor_is_sent_with_the_first() -> None:
    st.query_params["at"] = "37.2"
    assert list(_opening(LONG)["alone"]) == ["37", "38", "39", "40", "41", "42", "43"]


@pytest.mark.parametrize("at", ["", "-1.0", "x", "3e2", "99999999999.1", "١.0", "1;drop"])
def test_an_address_that_no_stage_writes_opens_at_the_beginning_or_at_the_end(at: str) -> None:
    st.query_params["at"] = at
    chunk = _opening(LONG)
    assert chunk["from"] == 0
    assert list(chunk["alone"]) == ["1", "2", "3", "4", "5", "6"]


def test_every_run_of_the_page_sends_the_same_bytes_until_the_program_changes(runs: RunCache) -> None:
    first = _sent(LONG)
    st.query_params["at"] = "50.0"
    _fetch(runs, runs.open(LONG).id, "from=1&to=9")
    assert _sent(LONG) is first
    assert _sent(LINE) != first


def test_returning_to_a_program_sends_bytes_that_no_message_before_had() -> None:
    first = _sent(LINE)
    assert _sent(LONG) != first
    again = _sent(LINE)
    assert again != first
    assert json.loads(again) | {"sent": ""} == json.loads(first) | {"sent": ""}


def test_a_program_that_ends_before_the_cursor_is_sent_whole() -> None:
    st.query_params["at"] = "37.2"
    chunk = _opening(LINE)
    assert (chunk["to"], chunk["complete"]) == (20, True)


def test_the_rest_is_fetched_and_nothing_is_sent_twice(runs: RunCache) -> None:
    st.query_params["at"] = "3.0"
    opening = _opening(LONG)
    runs.open(LONG).tape.record(10)  # the amount that is sent must not depend on this machine's speed
    chunk = _fetched(runs, LONG, "from=1&to=10&drawn=100&alone=3&till=8")
    assert (chunk["from"], chunk["to"], "head" in chunk) == (1, 10, False)
    assert [one is None for one in chunk["iterations"]] == [3 <= number < 8 for number in range(1, 10)]
    assert chunk["series"] == {"from": 100, "of": []}
    assert not set(chunk["pictures"]) & set(opening["pictures"])
    assert not set(chunk["marks"]) & set(opening["marks"])


def test_a_busy_server_sends_the_rest_of_the_series_later(runs: RunCache, monkeypatch: pytest.MonkeyPatch) -> None:
    source = LONG.replace("lr=0.1", "lr=0.0678")
    st.query_params["at"] = "5.0"
    monkeypatch.setattr(runs.scheduler, "is_busy", lambda: True)
    short = _opening(source)
    drawn = len(short["series"]["of"])
    assert (drawn, short["path"]) == (15, 100)
    rest = _fetched(runs, source, f"from=1&to=1&drawn={drawn}&path=1")
    assert (rest["from"], rest["to"], rest["iterations"], rest["path"]) == (1, 1, [], 100)
    monkeypatch.setattr(runs.scheduler, "is_busy", lambda: False)
    whole = _opening(source.replace("lr=0.0678", "lr=0.06780"))
    assert short["series"]["of"] + rest["series"]["of"] == whole["series"]["of"]
    assert whole["path"] == 100


@pytest.mark.parametrize(("iterations", "path"), [(400, 100), (40, 40)])
def test_the_stage_asks_again_for_series_while_another_thread_records_the_program(
    runs: RunCache, iterations: int, path: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = LONG.replace("lr=0.1", "lr=0.0789").replace("range(400)", f"range({iterations})")
    monkeypatch.setattr(runs.scheduler, "is_busy", lambda: True)
    drawn = len(_opening(source)["series"]["of"])
    assert drawn < path
    with ThreadPoolExecutor(1) as other, runs.open(source)._recording_lock:
        rest = other.submit(_fetched, runs, source, f"from=1&to=1&drawn={drawn}&path=1").result(timeout=20)
    assert (rest["series"]["of"], rest["path"]) == ([], path)


def test_the_number_of_iterations_is_final_after_the_set_up(runs: RunCache) -> None:
    source = LONG.replace("for iteration in range(400)", "n = 400\nfor iteration in range(n)")
    assert _opening(source)["total"] == 400
    assert not runs.open(source).tape.recorded
    assert _fetched(runs, source, "from=1&to=1&drawn=100&path=1")["total"] == 400


def test_series_that_are_not_available_are_not_requested_again(runs: RunCache) -> None:
    runs.open(BACKWARD_TWICE)
    rest = _fetched(runs, BACKWARD_TWICE, "from=0&to=0&drawn=0&path=1")
    assert rest["path"] == len(rest["series"]["of"])


def test_a_request_beyond_the_end_of_the_tape_ends_with_the_tape(runs: RunCache) -> None:
    runs.open(LONG).tape.record(400)
    chunk = _fetched(runs, LONG, "from=999999999&to=999999999")
    assert (chunk["from"], chunk["to"], chunk["complete"]) == (400, 400, True)


@pytest.mark.parametrize(
    "query", ["", "from=1", "from=-1&to=3", "from=1&to=x", "from=1&to=2&alone=q", "from=1&to=1e3"]
)
def test_a_request_that_no_stage_sends_is_refused(runs: RunCache, query: str) -> None:
    assert _fetch(runs, runs.open(LONG).id, query).status == 400


@pytest.mark.parametrize("name", ["0" * 32, "..%2fapp.py", "%00", "x"])
def test_a_tape_that_nobody_put_on_stage_is_not_found(runs: RunCache, name: str) -> None:
    assert _fetch(runs, name, "from=0&to=1").status == 404


def test_the_loss_surface_has_room_for_the_whole_path_however_little_was_requested(runs: RunCache) -> None:
    source = LINE.replace("range(20)", "range(99)")
    data = runs.open(source).chunk(0, 1)
    surface = next(one for one in json.loads(data)["head"]["figures"] if one["id"] == "surface")
    (last,) = flat(runs.open(source).tape.iteration(98)[-1].variables["W"].value or [])
    assert surface["data"][0]["x"][0] < last < surface["data"][0]["x"][-1]


@pytest.mark.parametrize("text", ["", "# nothing\n", "import torch\nfor i in range(3):\n    'only words'\n"])
def test_a_program_without_a_statement_to_step_through_is_not_put_on_stage(text: str) -> None:
    (problem,) = state.check(text)
    assert "no statement" in problem.message
