"""The tape: the frames of a run so far, and more of them on demand."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from math import inf
from typing import Generic, TypeAlias, TypeVar, overload

import torch

from viz.budget import Budget
from viz.frames.frame import Frame
from viz.frames.kept import Kept
from viz.frames.plain import Problem
from viz.frames.tape import LetGo
from viz.recording.recorder import Recorder
from viz.watching.run import Again, Over, Run, Skipping

Program = TypeVar("Program", covariant=True)
#: Runs the same program from its start, records this number of iterations, and returns the run and its recorder.
Fresh: TypeAlias = Callable[[int], tuple[Run, Recorder]]


class Tape(Sequence[Frame], Generic[Program]):
    """The Frames of a run, in order; append-only, the same for equal programs.

    The sequence holds the frames recorded so far; `iteration` and `record` run the program further. Every method
    is thread-safe: reading never waits for a recording, and two threads that record the same tape alternate after
    each iteration. If the iterations take more bytes than `room`, some of them are let go. Asking for one of those
    runs the program `again`, or raises LetGo if that is not given. A run that is `skipping` can run far ahead: the
    iterations that it skips are let go at once. A `fresh` run replaces it if what follows needs them.
    """

    def __init__(
        self,
        program: Program,
        run: Run,
        recorder: Recorder,
        room: float = inf,
        again: Again | None = None,
        skipping: Skipping | None = None,
        fresh: Fresh | None = None,
    ) -> None:
        self.program = program
        self._again = again
        self._skipping = skipping
        self._fresh = fresh
        self._again_lock = threading.Lock()
        self._run: Run = run
        self._recorder = recorder
        self._lock = threading.Lock()
        self._setup: tuple[Frame, ...] | None = None
        self._iterations = Kept(room)
        self._after: tuple[Frame, ...] = ()
        # The index of the first frame of each iteration, and of what follows the last one.
        self._starts: list[int] = []
        self._length = 0
        self._last: Frame | None = None
        self._recorded = 0
        # Bytes of all that was recorded, and of what was let go.
        self._recorded_bytes = self._let_go = 0
        self._held = 0  # bytes of the run itself
        self._complete = False
        #: Called after each part with the numbers of the iterations that were let go for it.
        self.advanced: Callable[[Sequence[int]], None] = _nothing

    @property
    def source(self) -> str:
        """The program's text."""
        return self._run.source

    @property
    def setup(self) -> tuple[Frame, ...]:
        """The frames before the loop (none in a program without a loop)."""
        if self._setup is None:
            self.record(0)
        return self._setup or ()

    @property
    def after(self) -> tuple[Frame, ...]:
        """The frames after the loop: none until the tape is complete."""
        return self._after

    @property
    def recorded(self) -> int:
        """The number of iterations that were recorded completely."""
        return self._recorded

    @property
    def total(self) -> int | None:
        """The number of iterations of the loop; None until the set-up ran, if only running it can tell."""
        return self._run.total

    @property
    def complete(self) -> bool:
        """True when nothing more can be recorded: the program ended, or stopped with an error."""
        return self._complete

    @property
    def error(self) -> Problem | None:
        """The error that stopped the program, None if none did so far."""
        return None if self._last is None else self._last.error

    @property
    def bytes(self) -> int:
        """About how much memory the run takes, with its checkpoints and its frames that were not let go."""
        again = 0 if self._again is None else self._again.bytes
        return self._recorder.bytes - self._let_go + self._held + again

    def iteration(self, number: int) -> tuple[Frame, ...]:
        """Return the frames of iteration `number`, from 0; record up to it if necessary.

        Raises IndexError if the program ended before it, and LetGo if there was no room to keep it and the program
        cannot run again. An iteration that stopped with an error has the frames up to the error.
        """
        if number < 0:
            raise IndexError("iterations count from 0")
        if number >= len(self._iterations):
            self.record(number + 1)
        if number >= len(self._iterations):
            raise IndexError(f"the program ended after {len(self._iterations)} iterations")
        try:
            return self._iterations[number]
        except LetGo:
            if self._again is None:
                raise
        let_go: list[int] = []
        with self._again_lock:
            frames = self._computed_again(number, self._again, let_go)
        # Outside of the lock: what hears of it may be waiting for this iteration in another thread.
        self.advanced(let_go)
        return frames

    def _computed_again(self, number: int, again: Again, let_go: list[int]) -> tuple[Frame, ...]:
        """Run the program again up to an iteration that was let go, and keep what is recorded from there on.

        Adds the iterations that are let go for it to `let_go`.
        """
        if self.keeps(number):
            return self._iterations[number]  # the thread that held the lock before asked for the same
        wanted: tuple[Frame, ...] = ()
        start = max(0, number - 1)  # an iteration is shown with what there was at the end of the one before
        for place, (frames, size) in enumerate(again(number, len(self._iterations)), start):
            first = self._starts[place]
            whole = tuple([replace(one, index=first + at) for at, one in enumerate(frames)])
            wanted = whole if place == number else wanted
            before = self._iterations.bytes
            let_go += self._iterations.put(place, whole, size)
            self._let_go -= self._iterations.bytes - before
        return wanted

    def keeps(self, number: int) -> bool:
        """Whether an iteration is recorded and was not let go."""
        return number in self._iterations

    def has_room(self, until: int) -> bool:
        """Whether the iterations before `until` would be kept, if each took as much as those so far."""
        return self._iterations.has_room(until)

    def remains(self, number: int) -> tuple[Frame, ...]:
        """Return what is there of the frames of an iteration: all, or the last one and others without their graph.

        Nothing is run for it. Raises LetGo unless the iteration or the next one is kept, or it is the latest.
        """
        return self._iterations.remains(number)

    def record(self, until: int, seconds: float | None = None, skip: int = 0) -> int:
        """Record until there are `until` iterations, or for `seconds`; return the number of iterations recorded.

        The set-up is always recorded. The statements after the loop are recorded with the last iteration. The
        iterations before `skip` that are not recorded yet may be let go at once: recording little of them is
        several times as fast.
        """
        budget = Budget(inf if seconds is None else seconds)
        while self._lacks(until):
            with self._lock:
                let_go = self._advance(skip) if self._lacks(until) else []
            self.advanced(let_go)
            if budget.over:
                break
        with self._lock:
            self._held = self._run.held
        return self.recorded

    def _lacks(self, until: int) -> bool:
        return not self._complete and (self._setup is None or len(self._iterations) < until)

    def _advance(self, skip: int) -> list[int]:
        """Run the next part of the program, then publish its frames; return the iterations that are let go."""
        let_go: list[int] = []
        try:
            with _gradients_on():
                if self._setup is None:
                    self._run.setup()
                    self._setup, _ = self._publish()
                else:
                    let_go = self._run_iteration(skip)
                if self.error is None and self._run.over:
                    self._run_part(lambda run: run.after())
                    self._after, _ = self._publish()
                    self._complete = True
        except BaseException:
            self._complete = True  # the run stopped in the middle of a part and must not continue
            raise
        if self.error is not None:
            self._complete = True
        if self._complete:  # its variables, and its thread, are needed no longer
            self._run = Over(self._run.source, self._run.total)
            self._skipping = None
        return let_go

    def _run_iteration(self, skip: int) -> list[int]:
        skips = self._skipping is not None and len(self._iterations) < skip
        if self._skipping is not None:
            self._skipping.skip_to = skip
            end = None if skips else self._skipping.end(self._length - 1)
            if end is not None:
                self._iterations.end_with(end)  # the iteration that runs now is shown with all that it has
        self._run_part(lambda run: run.iteration())
        frames, size = self._publish()
        before = self._iterations.bytes
        let_go = [self._iterations.skip(frames)] if skips else self._iterations.add(frames, size)
        self._let_go += before + size - self._iterations.bytes
        if self.error is None:
            self._recorded = len(self._iterations)
        return let_go

    def _run_part(self, part: Callable[[Run], None]) -> None:
        """Run a part; if it needs what the run skipped, run the program again up to there, and the part then."""
        part(self._run)
        if self._skipping is None or not self._skipping.reaches_back:
            return
        assert self._fresh is not None, "a run that skips iterations can be replaced"
        self._run, self._recorder = self._fresh(len(self._iterations))
        self._skipping = None
        self._recorded_bytes = self._recorder.bytes
        self._let_go = self._recorder.bytes - self._iterations.bytes
        part(self._run)

    def _publish(self) -> tuple[tuple[Frame, ...], int]:
        """Return the frames of the part that has run, and about how many bytes they take."""
        frames, size = self._recorder.take(), self._recorder.bytes - self._recorded_bytes
        self._recorded_bytes += size
        if frames:
            self._last = frames[-1]
            self._length = frames[-1].index + 1
        self._starts.append(self._length)
        return frames, size

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self._at(one) for one in range(*index.indices(self._length))]
        return self._at(index + self._length if index < 0 else index)

    def _at(self, index: int) -> Frame:
        if not 0 <= index < self._length:
            raise IndexError(index)
        if self._last is not None and index == self._last.index:
            return self._last
        number = bisect_right(self._starts, index) - 1
        if number < 0:
            return self.setup[index]
        frames = self.iteration(number) if number < len(self._iterations) else self._after
        return frames[index - self._starts[number]]


def _gradients_on() -> AbstractContextManager[object]:
    """Turn grad mode on, as a program expects it: the caller may be inside `no_grad` or `inference_mode`."""
    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        return nullcontext()
    modes = ExitStack()
    modes.enter_context(torch.inference_mode(False))
    modes.enter_context(torch.enable_grad())
    return modes


def _nothing(let_go: Sequence[int]) -> None:
    """Do nothing."""
