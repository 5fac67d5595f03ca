"""A run as the page plays it: the tape of a program, and the chunks of it that the stage receives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import Any, TypeAlias

from viz.budget import work_time
from viz.drawing.charts import PATH, Surface, charts, series, series_of
from viz.drawing.figures import Rows
from viz.frames.frame import Frame
from viz.language import Program, outline, record, surface
from viz.recording.tape import Tape
from viz.worker.scheduler import Scheduler
from viz.writing.part_drawing import available
from viz.writing.stage_json import StageWriter

#: Seconds that a chunk may spend on recording; the stage asks again for what is still missing. The first chunk may
#: take longer, as it decides what the charts show.
BUDGET = 0.05
FIRST_BUDGET = 0.6
#: Seconds that running ahead may take, to an iteration that a visitor waits for.
SKIP_BUDGET = 0.3
#: Iterations that an opening sends whole, starting at the cursor: most visitors step no further before they change
#: something, or before more has arrived.
NEAR = 7
#: How far a stage's cursor has to be from the iterations it has for it to skip some; as in playhead.js.
FAR = 300
#: How many times longer recording an iteration takes than running it for the charts.
_RECORDED_TO_RUN = 3
#: Bytes that a parsed program takes for each of its characters, as measured.
_BYTES_PER_CHARACTER = 200

#: Called after work on a run: with the run, the seconds of work, the number of iterations that it added, and
#: whether they are the run's first.
OnWork: TypeAlias = "Callable[[RunView, float, int, bool], None]"


@dataclass(slots=True)
class _Outlined:
    """How many iterations were run for the charts, besides those on the tape."""

    iterations: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class RunView:
    """A tape, and the chunks of it that the stage receives."""

    id: str
    tape: Tape[Any]
    #: What can run lines of the program again, with other numbers; None if only the whole program can run.
    program: Program | None
    writer: StageWriter
    _scheduler: Scheduler
    _on_work: OnWork
    #: The frames of iterations that an opening recorded ahead of the tape.
    _glimpsed: dict[int, Sequence[Frame]] = field(default_factory=dict)
    #: Taken before a turn: of the threads that record this run, one has a turn, and the others wait without one.
    _recording_lock: RLock = field(default_factory=RLock)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return _BYTES_PER_CHARACTER * len(self.tape.source) + self.tape.bytes + self.writer.size

    def record(self, until: int, seconds: float) -> int:
        """Record up to `until` iterations, or as many as `seconds` allow; return how many are recorded then."""
        if self.tape.complete or self.tape.recorded >= until:
            return self.tape.recorded
        with self._recording():
            return self.tape.record(until, seconds)

    def glimpsed(self, iteration: int) -> Sequence[Frame] | None:
        """Return the frames of an iteration that an opening recorded and the tape has not; None for any other."""
        return self._glimpsed.get(iteration) if iteration >= self.tape.recorded else None

    def opening(self, at: int, until: int, address: str | None = None) -> bytes:
        """Return the first chunk: a few iterations from the cursor `at` on, and the first `until` of the series.

        `address` is what the stage calls this run. The stage asks for the other frames afterwards: recording them
        all takes too long to wait for.
        """
        at, until = max(0, at), max(until, at + 1, PATH)
        near = range(at, at + NEAR)
        if self.writer.can_open(at, until):
            with self._scheduler.turn():  # short, but visitors with much recent work wait here too
                return self.writer.opening(self.tape, near, address, until)
        with self._recording() as outlined:
            tape: Tape[Any] | None = self.tape
            missing = near.stop - self.tape.recorded
            if self.writer.knows(until) and missing * _RECORDED_TO_RUN < until:
                self.tape.record(near.stop, FIRST_BUDGET)
            # The thread that had the turn before may have made the same opening.
            known = self.writer.can_open(at, until)
            if not (known or self.tape.complete or self.tape.recorded >= until):
                tape = self._outline(near, until, outlined, self._scheduler.is_busy)
            if tape is None or (tape.recorded <= at and not known):
                until = until if at < FAR else PATH  # the stage asks for a far cursor's iterations next
                self.tape.record(max(until, PATH), seconds=FIRST_BUDGET)
                return self.writer.chunk(0, until, name=address)[0]
            if tape is not self.tape:
                # The stage asks about the iterations that it shows, and need not wait until the tape has them.
                self._glimpsed.update({one: tape.iteration(one) for one in near if one < tape.recorded})
            return self.writer.opening(tape, near, address, until)

    def path(self, have: int, drawn: int) -> bytes:
        """Return what an opening on a busy server left out of the series, as far as it can be computed now.

        The stage has `have` iterations and the series of `drawn`; no visitor waits for the rest.
        """
        with self._in_background() as outlined:
            if outlined is not None and not self.writer.knows(PATH):
                tape = self._outline(range(1), PATH, outlined)
                if tape is not None:
                    self.writer.extend(tape)
            return self.writer.path(have, drawn, more=PATH if outlined is None else 0)

    def chunk(
        self, start: int, stop: int, drawn: int | None = None, alone: range = range(0), background: bool = False
    ) -> bytes:
        """Record up to iteration `stop` as the budget allows, and return the iterations from `start` on.

        `drawn` and `alone` say which of them the stage has: see `StageWriter.chunk`. `background` says that no
        visitor waits for the chunk. A stage that another server served before may begin far ahead of this tape.
        """
        if background and start:
            with self._in_background() as outlined:
                if outlined is not None:
                    self._record_on(stop, start, background)
                return self.writer.chunk(start, stop, drawn, alone)[0]
        with self._recording():
            if start:
                self._record_on(stop, start)
            else:
                self.tape.record(max(stop, PATH), FIRST_BUDGET)
            return self.writer.chunk(start, stop, drawn, alone)[0]

    def _record_on(self, stop: int, needed: int, background: bool = False) -> None:
        """Record up to iteration `stop` as the budget allows; those before `needed` are kept if there is room."""
        far = needed - self.tape.recorded > FAR and not background
        self.tape.record(stop, SKIP_BUDGET if far else BUDGET, 0 if self.tape.has_room(needed) else needed)

    def skip(self, start: int, skip: int, drawn: int, background: bool = False) -> bytes:
        """Run on to iteration `skip` as the budget allows, and return a chunk without the iterations before it.

        The stage has those before `start`, and the series of `drawn`. It asks for what was skipped if its cursor
        comes there, and again for what is still missing. What the tape has room for is recorded all the same.
        """
        if background:
            with self._in_background() as outlined:
                if outlined is not None:
                    self._record_on(skip, skip, background)
                return self._skipped(start, skip, drawn)
        with self._recording():
            self._record_on(skip, skip)
            return self._skipped(start, skip, drawn)

    def _skipped(self, start: int, skip: int, drawn: int) -> bytes:
        # A run that ends earlier ends in the chunk with its last iteration.
        stop = min(skip, available(self.tape) - 1) if self.tape.complete else min(skip, self.tape.recorded)
        if self.tape.complete and stop <= start:
            return self.writer.chunk(start, skip, drawn)[0]
        return self.writer.skipped(start, max(start, stop), drawn)

    def _outline(
        self, near: range, until: int, outlined: _Outlined, hurried: Callable[[], bool] = lambda: False
    ) -> Tape[Program] | None:
        """Run the program for the charts, with the iterations of `near` recorded; count what was recorded."""
        if self.program is None:
            return None
        tape = outline(self.program, near, until, series(self.tape), FIRST_BUDGET, hurried)
        outlined.iterations += tape.recorded if tape else 0
        return tape

    @contextmanager
    def _in_background(self) -> Iterator[_Outlined | None]:
        """Hold a turn for background work; yield None if another thread records this run now.

        A thread with a turn must not wait for a thread without one. What is recorded so far is enough: the stage
        asks again.
        """
        with self._scheduler.turn(background=True):
            if not self._recording_lock.acquire(blocking=False):
                yield None
                return
            try:
                with self._measured() as outlined:
                    yield outlined
            finally:
                self._recording_lock.release()

    @contextmanager
    def _recording(self) -> Iterator[_Outlined]:
        """Wait for a turn, hold it, and report the work done inside."""
        with self._recording_lock, self._scheduler.turn(), self._measured() as outlined:
            yield outlined

    @contextmanager
    def _measured(self) -> Iterator[_Outlined]:
        """Report the work done inside."""
        before, began, outlined = self.tape.recorded, work_time(), _Outlined()
        try:
            yield outlined
        finally:
            iterations = self.tape.recorded - before + outlined.iterations
            self._on_work(self, work_time() - began, iterations, not before)


def new_run(id: str, source: str, scheduler: Scheduler, on_work: OnWork) -> RunView:
    """Return the run of a program; nothing of its loop is recorded yet.

    Raises `viz.language.Refused` if the language does not allow the program.
    """
    tape = record(source, series_of(source))
    view = view_of(tape, tape.program, id, scheduler, on_work)
    tape.advanced = view.writer.follow
    return view


def view_of(tape: Tape[Any], program: Program | None, id: str, scheduler: Scheduler, on_work: OnWork) -> RunView:
    """Return the view of a tape; what needs a program to run again is left out if that is None."""
    losses: Surface = _no_surface if program is None else partial(surface, program)
    writer = StageWriter(tape, id, series(tape), lambda run: charts(run, losses))
    return RunView(id, tape, program, writer, scheduler, on_work)


def _no_surface(*axes: object) -> Rows:
    raise ValueError("there is no program that can run with other numbers")
