"""Runs functions of the program that torch calls in the middle of a backward: their statements have no frames."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from viz.frames.changes import ChangeKind
from viz.language.runtime.flow import Stopped
from viz.language.runtime.problems import Refused
from viz.language.runtime.sizes import cut
from viz.language.runtime.state import State
from viz.watching.observer import Executed, Observer
from viz.watching.silent import Silent


class Muted(Silent):
    """Keeps what is printed, and passes on changes that outlast the call; everything else stays unreported."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.printed = ""

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Report a change of a list or a dict, which may have a name outside of the call."""
        if isinstance(thing, (list, dict)):
            return self._observer.changing(thing, what)
        return super().changing(thing, what)

    def frame(self, done: Executed) -> None:
        """Keep what was printed."""
        self.printed += done.printed


def silently(state: State, function: Callable[..., Any], *args: Any) -> Any:
    """Return what a function of the program returns, run without frames: its statements belong to the one that
    called torch. Raises Refused with the error's words if it raises.
    """
    observer, was_silent, muted = state.observer, state.silent, Muted(state.observer)
    state.observer, state.silent = muted, True
    try:
        return function(*args)
    except Stopped as stopped:  # the error is not reported yet
        raise Refused(stopped.problem) from None
    finally:
        state.observer, state.silent = observer, was_silent
        state.printed = cut(muted.printed + state.printed)
