"""A traceback for the stage: Python's lines about each call, and what was raised."""

from __future__ import annotations

from typing import Any

from viz.frames.plain import Problem, TracedCall


def traceback_json(error: Problem) -> dict[str, Any] | None:
    """Return the calls of an error, each as its place and its line's text, and `raised`; None without any call."""
    if not error.traceback:
        return None
    calls = [row for call in error.traceback for row in _rows(call)]
    raised = error.kind if error.message == error.kind else f"{error.kind}: {error.message}"
    return {"calls": calls, "raised": raised}


def _rows(call: TracedCall) -> list[list[str]]:
    left_out = [[f"{call.omitted} calls are left out here.", ""]] if call.omitted else []
    return [*left_out, [f"{call.file}, line {call.line}, in {call.function}", call.text]]
