"""`viz.record()`: a context manager that records what runs inside it."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from inspect import CO_GENERATOR
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from torch import overrides

from viz import limits
from viz.blocks.block_tape import BlockTape
from viz.blocks.steps import Steps
from viz.frames.frame import Frame
from viz.frames.graph import Graph
from viz.frames.plain import Problem
from viz.intercepting.call_sites import CallSites
from viz.intercepting.calls import Calls
from viz.intercepting.guarded import BYTES, Guarded, full, why
from viz.intercepting.hooks import hooks
from viz.intercepting.statements import Statements
from viz.operating.process import SeldomCollected
from viz.recording import Recorder
from viz.recording.reading.summaries import Summaries
from viz.syntax import tree_of

#: Calls of torch after which the size of the recording is looked at.
_UNCHECKED = 50
#: The modules whose frames are passed over in the search for the code around a block.
_AROUND = ("contextlib", "viz.blocks.")


def record(*, whole: int = limits.WHOLE) -> Recording:
    """Return a context manager that records what runs inside it, in any script, test or notebook:

        with viz.record() as recording:
            loss = criterion(net(x), y)
            loss.backward()
        recording.graph, recording.frames, recording.save("step.html")

    Nothing that runs inside changes: no bit of a tensor, no hook that stays. Each statement that calls torch is a
    step, in the block itself or in a function of the same file (or notebook cell); everything else that it calls
    belongs to that step. Tensors of up to `whole` numbers are kept whole, of others a Summary. If something cannot
    be recorded, the recording ends with a sentence (`problem`), and the code goes on. Raises RuntimeError inside
    another recording.
    """
    return Recording(whole)


class Recording:
    """What ran inside a block. `frames` has one Frame for each step, plain data that holds no tensor."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self.problem: Problem | None = None
        self._source = ""
        self._recorder: Recorder | None = None
        self._frames: tuple[Frame, ...] = ()
        self._block: _Block | None = None

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames so far, in order."""
        return self._frames if self._recorder is None else tuple(self._recorder.frames)

    @property
    def graph(self) -> Graph:
        """The graph that autograd built inside the block, with its values and gradients."""
        frames = self.frames
        return frames[-1].graph if frames else Graph()

    @property
    def tape(self) -> BlockTape:
        """The frames as a tape, as the offline page and the other exports need it."""
        return BlockTape(self._source, self.frames)

    def save(self, file: str | Path) -> None:
        """Write the page that plays the recording in a browser, offline. Raises OSError."""
        from viz.export.offline_page import html_of  # needs Graphviz, which recording does not

        tape = self.tape
        Path(file).write_text(html_of(tape, tape.recorded), encoding="utf-8")

    def __enter__(self) -> Recording:
        if self._recorder is not None or self._frames:
            raise RuntimeError("this recording has run; call viz.record() again for another one")
        modes: Any = overrides._get_current_function_mode_stack  # torch has no type for it
        if any(isinstance(one, Calls) for one in modes()):
            raise RuntimeError("a recording is running in this thread already; viz.record() cannot be nested")
        base = _caller()
        self._source = _source_of(base)
        self._recorder = Recorder(Summaries(self._whole))
        self._block = _Block(self._source, base, self._recorder, self)
        self._block.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        block, recorder = self._block, self._recorder
        assert block is not None and recorder is not None, "entered"
        self.problem = block.leave(error)
        recorder.release()
        self._frames = tuple(recorder.frames)
        self._block = self._recorder = None


class _Block:
    """A block that runs, with all that hears what it does."""

    def __init__(self, source: str, base: FrameType, recorder: Recorder, hidden: object) -> None:
        self._observer = Guarded(recorder)
        self._sites, statements = _read(source, base.f_code.co_filename)
        self._calls = Calls(self._observer, self._sites)
        self._steps = Steps(statements, base, self._observer, hidden)
        self._context = ExitStack()
        self._problem: Problem | None = None
        self._heard_since = 0

    def enter(self) -> None:
        """Begin to hear."""
        with ExitStack() as stack:
            stack.enter_context(SeldomCollected())
            stack.enter_context(hooks(self._observer, self._calls))
            self._steps.begin()
            self._calls.begins = self._heard
            stack.enter_context(self._calls)
            self._context = stack.pop_all()

    def leave(self, error: BaseException | None) -> Problem | None:
        """Hear no more, and finish the recording; return why it ended early, if it did."""
        self._context.close()
        self._calls.begins = _nothing
        if self._problem is None:
            if error is None:
                self._steps.end()
            else:
                self._steps.fail(error, self._sites)
            self._check()
        self._steps.close()
        return self._problem

    def _heard(self) -> None:
        self._steps.heard()
        self._heard_since += 1
        if self._observer.failure is not None or self._heard_since > _UNCHECKED:
            self._heard_since = 0
            self._check()

    def _check(self) -> None:
        """End the recording if it is full, or has failed."""
        observer = self._observer
        if observer.failure is None and observer.bytes > BYTES:
            observer.failure = full()
        if observer.failure is not None and self._problem is None:
            text = f"{why(observer.failure)} The code goes on without it."
            self._problem = self._steps.stop(Problem(text, 0, 0, "Limit"))
            self._calls.silent += 1


def _caller() -> FrameType:
    """Return the frame of the code that enters the block; a generator is a context manager of that code."""
    frame = sys._getframe(2)
    while frame.f_back is not None and (
        frame.f_code.co_flags & CO_GENERATOR or str(frame.f_globals.get("__name__", "")).startswith(_AROUND)
    ):
        frame = frame.f_back
    return frame


def _source_of(frame: FrameType) -> str:
    """Return the text of the file or the cell that a frame's code is from; empty if Python does not have it."""
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        tree_of(text)
    except (SyntaxError, ValueError):
        return ""
    return text


@lru_cache(maxsize=8)
def _read(source: str, filename: str) -> tuple[CallSites, Statements]:
    """Return what finds expressions and statements in a file: a loop may run the same block again and again."""
    return CallSites(source, filename), Statements(source)


def _nothing() -> None:
    """Do nothing."""
