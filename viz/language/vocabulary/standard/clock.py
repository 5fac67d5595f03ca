"""`time`: a run has a clock of its own, which does not run, so that every recording of a program is the same."""

from __future__ import annotations

from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Library
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import NUMBERS


def _time(state: State, span: Span) -> float:
    """The seconds of the run's clock."""
    return state.clock.read()


def _sleep(state: State, span: Span, secs: Any, /) -> None:
    """Set the clock on, and wait for nothing."""
    if not isinstance(secs, NUMBERS):
        raise NotHere("`time.sleep` takes a number")
    seconds = float(secs)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    state.clock.set_on(seconds)


_READINGS = ("time", "perf_counter", "monotonic", "process_time")
TIME = Library(
    "time",
    {
        **{name: by_signature(f"time.{name}", _time) for name in _READINGS},
        "sleep": by_signature("time.sleep", _sleep),
    },
)
