"""What the server says about a Node and a moment's gradients, and which requests it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import viz
from tests.programs import AT_KINK, BACKWARD_TWICE, LINE
from viz.worker.explain import explain
from viz.worker.gradient_checks import check_gradients
from viz.worker.jobs import Job, Result
from viz.worker.run_cache import RunCache
from viz.worker.tensors import cells
from viz.writing.numbers import brief

Handler = Callable[[RunCache, Job], Result]
BACKWARD, STEP = 3, 4


def _run(runs: RunCache, handler: Handler, name: str, **parameters: Any) -> Result:
    return handler(runs, Job("", name, {key: str(value) for key, value in parameters.items()}))


def _said(runs: RunCache, handler: Handler, source: str, **parameters: Any) -> Any:
    result = _run(runs, handler, runs.open(source).id, **parameters)
    assert result.status == 200
    return json.loads(result.body)


def _node(source: str, name: str) -> int:
    return next(
        node.id for node in viz.run(source, 1).iteration(0)[-1].graph.nodes if name in (node.name, node.variable)
    )


def _words(said: Any) -> str:
    return json.dumps(said["sections"], ensure_ascii=False)


def test_the_value_alone_comes_without_an_explanation(runs: RunCache) -> None:
    said = _said(runs, explain, LINE, iteration=0, statement=1, node=_node(LINE, "y_hat"), part="value")
    assert said["value"]["rows"] == [["0.5000", "1.000"]]
    assert (said["title"], said["value"]["about"]) == ("y_hat: AddBackward0", "shape [2], float32")
    assert "sections" not in said


def test_an_iteration_that_is_not_recorded_yet_is_recorded(runs: RunCache) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0123")
    said = _said(runs, explain, source, iteration=7, statement=STEP, node=_node(source, "W"))
    expected = viz.run(source, 8).iteration(7)[STEP].variables["W"].value
    assert said["value"]["rows"] == [[brief(expected)]]


def test_a_moment_of_an_opening_is_explained_before_the_tape_reaches_it(runs: RunCache) -> None:
    run, other = (runs.open(LINE.replace("lr=0.1", f"lr={rate}")) for rate in ("0.0456", "0.04560"))
    run.opening(11, 20)
    asked = {"statement": STEP, "node": _node(LINE, "W")}
    for iteration in (11, 12):
        said = _said(runs, explain, run.tape.source, iteration=iteration, **asked)
        assert run.tape.recorded == 0
        assert said == _said(runs, explain, other.tape.source, iteration=iteration, **asked)
    assert other.tape.recorded == 13


def test_a_repeated_request_gets_the_cached_response(runs: RunCache, monkeypatch: pytest.MonkeyPatch) -> None:
    source = LINE.replace("lr=0.1", "lr=0.0345")
    asked = {"iteration": 2, "statement": STEP, "node": _node(source, "W")}
    first = _said(runs, explain, source, **asked)
    monkeypatch.setattr("viz.worker.explain.describe_node", lambda *args: pytest.fail("it was explained again"))
    assert _said(runs, explain, source, **asked) == first


def test_the_response_includes_those_at_the_next_statements(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.worker.explain._LATER_SECONDS", 60)
    asked = {"iteration": 1, "node": _node(LINE, "W")}
    known = _said(runs, explain, LINE, statement=0, **asked)
    later = known.pop("later")
    assert list(later) == ["1", "2", "3", "4"]
    for statement, said in later.items():
        answer = _said(runs, explain, LINE, statement=int(statement), **asked)
        del answer["later"]
        assert answer == (known if said is None else said)
        assert (said is None) == (answer == known)
        known = answer
    assert None in later.values() and any(later.values())


def test_a_slow_response_does_not_wait_for_those_at_the_next_statements(
    runs: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.worker.explain._LATER_SECONDS", -1)
    said = _said(runs, explain, LINE, iteration=1, statement=0, node=_node(LINE, "W"))
    assert said["sections"] and said["later"] == {}


def test_a_node_that_is_not_built_yet_has_no_value_and_says_what_builds_it(runs: RunCache) -> None:
    said = _said(runs, explain, LINE, iteration=0, statement=0, node=_node(LINE, "y_hat"))
    assert "value" not in said
    assert "Not built yet" in _words(said)
    assert (said["span"]["line"], said["title"]) == (13, "y_hat: AddBackward0")


def test_a_leaf_is_explained_with_the_step_and_with_every_path_from_the_loss(runs: RunCache) -> None:
    words = _words(_said(runs, explain, LINE, iteration=0, statement=STEP, node=_node(LINE, "W")))
    assert "SGD" in words
    before = _words(_said(runs, explain, LINE, iteration=0, statement=BACKWARD, node=_node(LINE, "W")))
    assert "SGD" not in before


def test_every_gradient_of_a_moment_is_checked(runs: RunCache) -> None:
    said = _said(runs, check_gradients, LINE, iteration=0, statement=BACKWARD)
    assert (said["verdict"], said["agrees"], len(said["nodes"])) == ("All 5 gradients agree", True, 5)


def test_a_moment_of_an_opening_is_checked_before_the_tape_reaches_it(runs: RunCache) -> None:
    run = runs.open(LINE.replace("lr=0.1", "lr=0.0789"))
    run.opening(11, 20)
    assert run.glimpsed(11) is not None
    result = _run(runs, check_gradients, run.id, iteration=11, statement=BACKWARD)
    assert json.loads(result.body)["verdict"] == "All 5 gradients agree"


def test_a_gradient_at_a_kink_cannot_be_judged_and_the_verdict_says_so(runs: RunCache) -> None:
    said = _said(runs, check_gradients, AT_KINK, iteration=0, statement=1)
    assert (said["verdict"], said["agrees"]) == ("2 agree, 1 cannot be judged", None)


def test_before_a_backward_it_says_that_there_is_nothing_to_check(runs: RunCache) -> None:
    said = _said(runs, check_gradients, LINE, iteration=0, statement=1)
    assert "problem" in said


def test_a_program_that_stopped_with_an_error_is_explained_up_to_it(runs: RunCache) -> None:
    said = _said(runs, explain, BACKWARD_TWICE, iteration=0, statement=3, node=_node(BACKWARD_TWICE, "w"))
    assert said["sections"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"iteration": "x", "statement": 0, "node": 0}, 400),
        ({"iteration": "0", "statement": "1e3", "node": 0}, 400),
        ({"iteration": "-2", "statement": 0, "node": 0}, 400),
        ({"iteration": 0, "statement": 0, "node": 999}, 404),
        ({"iteration": 0, "statement": 99, "node": 0}, 404),
        ({"iteration": 999999, "statement": 0, "node": 0}, 404),
    ],
)
def test_a_request_that_no_stage_sends_is_refused(runs: RunCache, query: dict[str, Any], status: int) -> None:
    assert _run(runs, explain, runs.open(LINE).id, **query).status == status


@pytest.mark.parametrize("handler", [explain, check_gradients])
def test_a_program_that_nobody_put_on_stage_is_not_explained(runs: RunCache, handler: Handler) -> None:
    assert _run(runs, handler, "0" * 32, iteration=0, statement=0, node=0).status == 404


def test_the_cells_of_a_picture_are_answered_for_a_slot(runs: RunCache) -> None:
    said = _said(runs, cells, LINE, iteration=0, statement=1, slot=f"n{_node(LINE, 'y_hat')}.v")
    assert said == {"cells": [["[0]", "0.5000"], ["[1]", "1.000"]]}


@pytest.mark.parametrize("slot", ["", "n1", "n1.v ", "c3", "e1.0", "l0.__class__", "n1.v/../x", "n99999999999.v"])
def test_what_is_no_slot_of_a_picture_is_refused(runs: RunCache, slot: str) -> None:
    assert _run(runs, cells, runs.open(LINE).id, iteration=0, statement=1, slot=slot).status == 400


def test_the_cells_at_a_statement_that_is_not_there_are_not_found(runs: RunCache) -> None:
    assert _run(runs, cells, runs.open(LINE).id, iteration=0, statement=99, slot="n0.v").status == 404
