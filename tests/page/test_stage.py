"""The stage on the page: what it is sent of a tape, for what it asked, however it asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.programs import LINE
from viz.page import stage, state
from viz.page.shows import show_of
from viz.writing.numbers import flat

PAGE = Path(stage.__file__).with_name("page.py")
LONG = LINE.replace("range(20)", "range(400)")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session of this test's own in place of Streamlit's."""
    show_of(LONG).tape.record(400)  # how much is sent must not depend on how fast this machine records
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    return session


def _next(source: str) -> dict[str, Any]:
    chunk: dict[str, Any] = json.loads(stage._next_chunk(show_of(source)))
    return chunk


def _ask(session: dict[str, Any], **want: Any) -> None:
    session[stage.KEY] = {"want": want}


def test_the_page_runs_without_an_exception() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception


@pytest.mark.usefixtures("session")
def test_a_new_program_is_sent_from_its_beginning() -> None:
    chunk = _next(LONG)
    assert (chunk["from"], "head" in chunk) == (0, True)
    assert chunk["to"] > 0


@pytest.mark.usefixtures("session")
def test_a_run_of_the_page_that_changed_nothing_sends_nothing_new() -> None:
    sent = _next(LONG)["to"]
    again = _next(LONG)
    assert (again["from"], again["to"], again["iterations"]) == (sent, sent, [])
    assert "head" not in again


def test_the_stage_gets_what_it_asks_for_once(session: dict[str, Any]) -> None:
    have = _next(LONG)["to"]
    _ask(session, tape=show_of(LONG).name, have=have, upto=have + 7, request=1)
    chunk = _next(LONG)
    assert (chunk["from"], chunk["to"]) == (have, have + 7)
    assert _next(LONG)["iterations"] == []


def test_a_stage_that_lost_what_it_had_gets_it_again(session: dict[str, Any]) -> None:
    _next(LONG)
    _ask(session, tape=show_of(LONG).name, have=0, upto=5, request=1)
    chunk = _next(LONG)
    assert (chunk["from"], chunk["to"], "head" in chunk) == (0, 5, True)


def test_a_request_for_a_program_that_left_the_stage_is_ignored(session: dict[str, Any]) -> None:
    _next(LONG)
    _ask(session, tape=show_of(LONG).name, have=100, upto=200, request=1)
    chunk = _next(LINE)
    assert (chunk["from"], chunk["tape"]) == (0, show_of(LINE).name)


def test_after_a_change_as_much_is_sent_as_the_stage_had(session: dict[str, Any]) -> None:
    _next(LONG)
    _ask(session, tape=show_of(LONG).name, have=100, upto=300, request=1)
    assert _next(LONG)["to"] == 300
    changed = LONG.replace("lr=0.1", "lr=0.05")
    show_of(changed).tape.record(400)
    assert _next(changed)["to"] == 300


@pytest.mark.parametrize(
    "want",
    [
        None,
        "more",
        [],
        {},
        {"tape": 3, "have": 0, "upto": 1, "request": 1},
        {"tape": "HERE", "have": -1, "upto": 1, "request": 1},
        {"tape": "HERE", "have": 0.5, "upto": 1, "request": 1},
        {"tape": "HERE", "have": "0", "upto": 1, "request": 1},
        {"tape": "HERE", "have": 0, "upto": None, "request": 1},
        {"tape": "HERE", "have": 0, "upto": 1},
    ],
)
def test_a_request_that_no_stage_makes_is_ignored(session: dict[str, Any], want: Any) -> None:
    sent = _next(LONG)["to"]
    if isinstance(want, dict) and want.get("tape") == "HERE":
        want = want | {"tape": show_of(LONG).name}
    session[stage.KEY] = {"want": want}
    assert _next(LONG)["from"] == sent


def test_a_request_for_more_than_there_is_ends_with_the_tape(session: dict[str, Any]) -> None:
    _next(LONG)
    _ask(session, tape=show_of(LONG).name, have=10**12, upto=10**15, request=1)
    chunk = _next(LONG)
    assert (chunk["from"], chunk["to"], chunk["complete"]) == (400, 400, True)


@pytest.mark.usefixtures("session")
def test_the_loss_surface_has_room_for_the_path_however_little_was_asked_for() -> None:
    source = LINE.replace("range(20)", "range(99)")
    data, _ = show_of(source).chunk(0, 1)
    surface = next(one for one in json.loads(data)["head"]["figures"] if one["id"] == "surface")
    (last,) = flat(show_of(source).tape.iteration(98)[-1].variables["W"].value or [])
    assert surface["data"][0]["x"][0] < last < surface["data"][0]["x"][-1]


@pytest.mark.parametrize("text", ["", "# nothing\n", "import torch\nfor i in range(3):\n    'only words'\n"])
def test_a_program_without_a_statement_to_step_through_does_not_come_on_stage(text: str) -> None:
    problem = state.check(text)
    assert problem is not None
    assert "no statement" in problem.message
