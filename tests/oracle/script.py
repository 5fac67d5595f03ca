"""Runs a file with Python itself, and records it a part at a time."""

from __future__ import annotations

import io
import sys
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any

import torch

from tests.oracle.calls import Calls
from tests.oracle.markers import NAME, marked
from tests.oracle.patches import functions, modules, optimizers, schedulers
from tests.oracle.spans import CallSites
from viz.editing.spans import Source
from viz.frames.events import Assigned, Decided, Entered, Event, Passed, Returned
from viz.frames.frame import SETUP
from viz.recording import Recorder
from viz.watching.observer import Executed
from viz.watching.warnings_heard import heard_by, listen_afresh


class Script:
    """One run of a file to its end."""

    def __init__(self, text: str, filename: str, recorder: Recorder) -> None:
        self._found = marked(text, filename)
        self._code = compile(self._found.tree, filename, "exec")
        self._sites = CallSites({filename: Source(text)})
        self._recorder = recorder
        self._calls = Calls(recorder, self._sites)
        self._names: dict[str, Any] = {}
        self._visible: Mapping[str, Any] = self._names
        self._module: dict[str, Any] = {"__name__": "__main__", "__file__": filename, NAME: self}
        self._own: set[str] = set(self._module) | {"__builtins__"}
        self._passes: tuple[int, ...] = ()
        self._base = 0
        self._counts: list[int] = []
        self._start = 0.0
        self._printed = io.StringIO()
        self._done = 0

    def run(self) -> None:
        listen_afresh()
        if self._found.loop is None:
            self._begin(0, "loop")
        else:
            self._begin(SETUP, "setup")
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(self._printed))
            stack.enter_context(heard_by(self._recorder.warned))
            for one in (optimizers, schedulers, modules, functions):
                stack.enter_context(one(self._recorder, self._calls))
            stack.enter_context(self._calls)
            self._start = time.perf_counter()
            exec(self._code, self._module)

    # what the markers call

    def done(self, number: int) -> None:
        self._tell(number, self._found.events[number])

    def iterations(self, entries: Any) -> Iterator[Any]:
        for entry in entries:
            with torch._C.DisableTorchFunction():
                self._begin(self._done, "loop")
                self._names[self._found.loop.target.id] = entry  # type: ignore[union-attr]
            yield entry
            self._done += 1

    def after(self) -> None:
        with torch._C.DisableTorchFunction():
            self._begin(self._done, "after")

    def decided(self, keyword: str, number: int, test: Any) -> bool:
        holds = bool(test)
        self._tell(number, Decided(keyword, self._found.texts[number], holds))  # type: ignore[arg-type]
        return holds

    def enter(self, depth: int) -> None:
        self._counts.append(-1)

    def again(self, number: int, depth: int, test: Any) -> bool:
        self._counts[-1] += 1
        self._within((*self._passes[: self._base + depth], self._counts[-1]))
        holds = bool(test())
        if not holds:
            self._within(self._passes[: self._base + depth])
        self._tell(number, Decided("while", self._found.texts[number], holds), 1)
        return holds

    def passes(self, depth: int, entries: Any) -> Iterator[Any]:
        self._counts.append(-1)
        yield from entries

    def passed(self, number: int, depth: int) -> None:
        self._counts[-1] += 1
        self._within((*self._passes[: self._base + depth], self._counts[-1]))
        event = self._found.events[number]
        assert isinstance(event, Assigned)
        self._tell(number, Passed(event.names, self._found.texts[number], self._counts[-1]))

    def over(self, number: int, depth: int) -> None:
        event = self._found.events[number]
        assert isinstance(event, Assigned)
        self._within(self._passes[: self._base + depth])
        self._tell(number, Passed(event.names, self._found.texts[number], self._counts[-1] + 1, over=True))

    def leave(self, depth: int) -> None:
        self._counts.pop()
        self._within(self._passes[: self._base + depth])

    def entered(self, number: int) -> None:
        self._tell(number, Entered(self._found.texts[number], torch.is_grad_enabled()))

    def returned(self, number: int, value: Any) -> Any:
        with torch._C.DisableTorchFunction():
            shown = self._recorder.read(value) if isinstance(value, torch.Tensor) else None
            if isinstance(value, (bool, int, float)):
                shown = value
        name = sys._getframe(1).f_code.co_name
        self._tell(number, Returned(name, self._found.texts[number], shown))
        return value

    @property
    def called(self) -> Any:
        return self._calling()

    @contextmanager
    def _calling(self) -> Iterator[None]:
        if self._calls.backwards:
            yield
            return
        base, passes, visible, counts = self._base, self._passes, self._visible, self._counts
        self._base, self._counts = len(passes), []
        with self._recorder.calling(visible):
            yield
        self._base, self._counts, self._visible = base, counts, visible
        self._within(passes)

    # telling

    def _begin(self, iteration: int, phase: Any) -> None:
        self._passes, self._base, self._counts = (), 0, []
        self._recorder.begin(iteration, phase)

    def _within(self, passes: tuple[int, ...]) -> None:
        if passes != self._passes:
            self._passes = passes
            self._recorder.within(passes)

    def _tell(self, number: int, event: Event, depth: int = 0) -> None:
        if self._calls.backwards:
            return
        frame = sys._getframe(2)
        with torch._C.DisableTorchFunction():
            if frame.f_locals is self._module:
                self._names.update((name, one) for name, one in self._module.items() if name not in self._own)
                self._visible = self._names
            else:
                held = frame.f_locals
                if not isinstance(self._visible, ChainMap) or self._visible.maps[0] is not held:
                    self._visible = ChainMap(held, self._names)
            printed = self._printed.getvalue()
            self._printed.seek(0)
            self._printed.truncate()
            seconds = time.perf_counter() - self._start
            self._recorder.frame(Executed(self._found.lines[number], self._visible, event, seconds, None, printed))
            self._start = time.perf_counter()


def recorded(text: str) -> Recorder:
    recorder = Recorder()
    Script(text, "<script>", recorder).run()
    return recorder
