"""What the page plays: for each program its tape, what is written of it for the stage, and its charts.

Equal sources share one show, whichever session asks. All of them together take so much memory and no more.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from threading import Lock, RLock

from viz import catalog
from viz.drawing.charts import PATH, charts, series
from viz.frames import Frame
from viz.language import Program, outline, record, surface
from viz.operating import events
from viz.operating.settings import settings
from viz.recording.tape import Tape
from viz.worker import scheduler
from viz.worker.counters import counter
from viz.worker.jobs import name_of
from viz.writing.stage_json import StageWriter

#: Seconds that an answer may spend on recording; the stage asks again for what is still missing. The first has
#: longer, as what it records decides what the charts show.
BUDGET = 0.05
FIRST_BUDGET = 0.6
#: Iterations that an opening brings whole, from the one at the cursor on: as far as most come before they change
#: something else, or before there is more.
NEAR = 7
#: How many times longer recording an iteration takes than running it for the charts.
_RECORDED_TO_RUN = 3
#: Bytes that a checked program takes for each of its letters, as measured.
_LETTER_BYTES = 200


@dataclass(frozen=True, slots=True)
class Show:
    """A tape with what the stage is sent of it."""

    name: str
    tape: Tape[Program]
    writer: StageWriter
    #: What an opening recorded of a few iterations, before the tape comes to them: their frames.
    _glimpsed: dict[int, Sequence[Frame]] = field(default_factory=dict, compare=False)
    #: Of those who record the same, one has a turn at a time; the others would wait for it and keep theirs.
    _mine: RLock = field(default_factory=RLock, compare=False)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return _LETTER_BYTES * len(self.tape.source) + self.tape.bytes + self.writer.size

    def record(self, until: int, seconds: float) -> int:
        """Have `until` iterations recorded, or as many as `seconds` allow; how many there are then."""
        if self.tape.complete or self.tape.recorded >= until:
            return self.tape.recorded
        with self._recording():
            return self.tape.record(until, seconds)

    def glimpsed(self, iteration: int) -> Sequence[Frame] | None:
        """The frames of an iteration that an opening recorded, while the tape is not there yet; else None."""
        return self._glimpsed.get(iteration) if iteration >= self.tape.recorded else None

    def opening(self, at: int, until: int, name: str | None = None) -> bytes:
        """For whoever is at iteration `at`, and calls it `name`: that one, and the series of the first `until`.

        The other frames are left for the stage to ask for: recording them takes longer than anyone should wait.
        """
        at, until = max(0, at), max(until, at + 1, PATH)
        near = range(at, at + NEAR)
        if self.writer.can_open(at, until):
            with scheduler.turn():  # it is soon over, but whoever had much stands behind with this too
                return self.writer.opening(self.tape, near, name, until)
        with self._recording() as extra:
            tape: Tape[Program] | None = self.tape
            missing = near.stop - self.tape.recorded
            if self.writer.knows(until) and missing * _RECORDED_TO_RUN < until:
                self.tape.record(near.stop, FIRST_BUDGET)
            # Who had the turn before may have come for the same.
            known = self.writer.can_open(at, until)
            if not (known or self.tape.complete or self.tape.recorded >= until):
                tape = outline(self.tape.program, near, until, series(self.tape), FIRST_BUDGET, scheduler.crowded)
                extra.append(tape.recorded if tape else 0)
            if tape is None or (tape.recorded <= at and not known):
                self.tape.record(max(until, PATH), seconds=FIRST_BUDGET)
                return self.writer.chunk(0, until, name=name)[0]
            if tape is not self.tape:
                # Whoever looks at these asks about them, and need not wait until the tape comes to them.
                self._glimpsed.update({one: tape.iteration(one) for one in near if one < tape.recorded})
            return self.writer.opening(tape, near, name, until)

    def path(self, have: int, drawn: int) -> bytes:
        """What an opening in a full house left out of the series, where it can be made now: for whoever has `have`
        iterations, and the series of `drawn`. Nobody waits for it.
        """
        with self._behind() as extra:
            if extra is not None and not self.writer.knows(PATH):
                tape = outline(self.tape.program, range(1), PATH, series(self.tape), FIRST_BUDGET)
                extra.append(tape.recorded if tape else 0)
                if tape is not None:
                    self.writer.extend(tape)
            return self.writer.path(have, drawn, more=PATH if extra is None else 0)

    def chunk(
        self, start: int, stop: int, drawn: int | None = None, alone: range = range(0), behind: bool = False
    ) -> bytes:
        """Record up to `stop` iterations, as the budget allows; those from `start` on.

        `drawn` and `alone` say what of them was sent: as in `StageWriter.chunk`. `behind`: nobody waits for it.
        """
        if behind and start:
            with self._behind() as extra:
                if extra is not None:
                    self.tape.record(stop, BUDGET)
                return self.writer.chunk(start, stop, drawn, alone)[0]
        with self._recording():
            self.tape.record(stop if start else max(stop, PATH), BUDGET if start else FIRST_BUDGET)
            return self.writer.chunk(start, stop, drawn, alone)[0]

    @contextmanager
    def _behind(self) -> Iterator[list[int] | None]:
        """Have a turn for what nobody waits for; None where another one records this program now.

        Who has the turn does not wait for one who has not, and what is there is enough: there is more soon.
        """
        with scheduler.turn(behind=True):
            if not self._mine.acquire(blocking=False):
                yield None
                return
            try:
                with self._counted() as extra:
                    yield extra
            finally:
                self._mine.release()

    @contextmanager
    def _recording(self) -> Iterator[list[int]]:
        """Wait for a turn, and count what is recorded inside."""
        with self._mine, scheduler.turn(), self._counted() as extra:
            yield extra

    @contextmanager
    def _counted(self) -> Iterator[list[int]]:
        """Count what is recorded inside, with the iterations that are put on the list; look at the memory then."""
        before, began, extra = self.tape.recorded, time.thread_time(), list[int]()
        try:
            yield extra
        finally:
            seconds = time.thread_time() - began
            iterations = self.tape.recorded - before + sum(extra)
            if iterations:
                counter.record(seconds, iterations)
                events.recorded(self.name, seconds, iterations, self.size, first=not before)
            shelf().weigh(self)


class Shelf:
    """The shows that are kept, in so many bytes; those that nobody asked for the longest go first.

    One that went stays good for whoever holds it, and is made anew for whoever asks with its source.
    """

    def __init__(self, most: int) -> None:
        #: What they take together.
        self.size = 0
        self._most = most
        self._shows: OrderedDict[str, tuple[Show, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._shows)

    def of(self, source: str) -> Show:
        """The show of a program. Raises `viz.language.Refused` where the language does not allow it."""
        name = name_of(source)
        show = self.named(name)
        if show is None:
            with scheduler.reading(source):
                # Who had the turn before may have come for the same.
                made = self.named(name) or _make(name, source)
            with self._lock:
                show = self._shows.setdefault(name, (made, 0))[0]
        self.weigh(show)
        return show

    def named(self, name: str) -> Show | None:
        """The show with this name, None where it is not kept (any more)."""
        with self._lock:
            if name not in self._shows:
                return None
            self._shows.move_to_end(name)
            return self._shows[name][0]

    def weigh(self, show: Show) -> None:
        """It was asked for, and may take more memory now: others may have to go for it."""
        with self._lock:
            if show.name not in self._shows:
                return
            kept, known = self._shows[show.name]
            now = kept.size
            self._shows[show.name] = kept, now
            self._shows.move_to_end(show.name)
            self.size += now - known
            while self.size > self._most and len(self._shows) > 1:
                _, (_, gone) = self._shows.popitem(last=False)
                self.size -= gone
            counter.keep(len(self._shows), self.size)


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """The shows of this process, in its share of the memory."""
    return Shelf(settings().tape_bytes // max(1, settings().recording_processes))


def show_of(source: str) -> Show:
    """The show of a program. Raises `viz.language.Refused` where the language does not allow it."""
    return shelf().of(source)


def show_named(name: str) -> Show | None:
    """The show with this name, None where it is not kept (any more)."""
    return shelf().named(name)


def _make(name: str, source: str) -> Show:
    tape = record(source)
    losses = partial(surface, tape.program)
    return Show(name, tape, StageWriter(tape, name, series(tape), lambda run: charts(run, losses)))


def warm_up() -> None:
    """Record and write the program that the page opens on: imports torch and plotly, and runs Graphviz once."""
    show_of(catalog.DEFAULT_PROGRAM.read_text()).opening(0, 1)
    scheduler.begin()
