"""The tape: the frames of a run so far, and more of them on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Generic, Protocol, TypeVar, overload

import torch

from viz.budget import Budget
from viz.frames.frame import Frame
from viz.frames.plain import Problem
from viz.recording.recorder import Recorder


class Run(Protocol):
    """A program that runs one part at a time and is recorded.

    Each method returns when its part is over. An error of the program raises nothing here: the last Frame has it,
    and the run is over.
    """

    @property
    def source(self) -> str:
        """The program's text."""

    @property
    def total(self) -> int | None:
        """The number of iterations of the loop, None if only running the set-up can tell."""

    @property
    def over(self) -> bool:
        """True when the loop has run all its iterations; known once the set-up ran."""

    def setup(self) -> None:
        """Run the statements before the loop."""

    def iteration(self) -> None:
        """Run one more iteration."""

    def after(self) -> None:
        """Run the statements after the loop."""


Program = TypeVar("Program", covariant=True)


class Tape(Sequence[Frame], Generic[Program]):
    """The Frames of a run, in order; append-only, the same for equal programs.

    The sequence holds the frames recorded so far; `iteration` and `record` run the program further. Every method
    is thread-safe: reading never waits for a recording, and two threads that record the same tape alternate after
    each iteration.
    """

    def __init__(self, program: Program, run: Run, recorder: Recorder) -> None:
        self.program = program
        self._run = run
        self._recorder = recorder
        self._lock = threading.Lock()
        self._frames: list[Frame] = []
        self._setup: tuple[Frame, ...] | None = None
        self._iterations: list[tuple[Frame, ...]] = []
        self._after: tuple[Frame, ...] = ()
        self._complete = False

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
        iterations = self._iterations
        count = len(iterations)
        stopped = count > 0 and any(frame.error is not None for frame in iterations[-1])
        return count - 1 if stopped else count

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
        frames = self._frames
        return frames[-1].error if frames else None

    @property
    def bytes(self) -> int:
        """About how much memory the frames take."""
        return self._recorder.bytes

    def iteration(self, number: int) -> tuple[Frame, ...]:
        """Return the frames of iteration `number`, from 0; record up to it if necessary.

        Raises IndexError if the program ended before it. An iteration that stopped with an error has the frames up
        to the error.
        """
        if number < 0:
            raise IndexError("iterations count from 0")
        if number >= len(self._iterations):
            self.record(number + 1)
        if number >= len(self._iterations):
            raise IndexError(f"the program ended after {len(self._iterations)} iterations")
        return self._iterations[number]

    def record(self, until: int, seconds: float | None = None) -> int:
        """Record until there are `until` iterations, or for `seconds`; return the number of iterations recorded.

        The set-up is always recorded. The statements after the loop are recorded with the last iteration.
        """
        budget = Budget(inf if seconds is None else seconds)
        while not self._complete and (self._setup is None or len(self._iterations) < until):
            with self._lock:
                if not self._complete and (self._setup is None or len(self._iterations) < until):
                    self._advance()
            if budget.over:
                break
        return self.recorded

    def _advance(self) -> None:
        """Run the next part of the program, then publish its frames."""
        try:
            with _gradients_on():
                if self._setup is None:
                    self._run.setup()
                    self._setup = self._publish()
                else:
                    self._run.iteration()
                    self._iterations.append(self._publish())
                if self.error is None and self._run.over:
                    self._run.after()
                    self._after = self._publish()
                    self._complete = True
        except BaseException:
            self._complete = True  # the run stopped in the middle of a part and must not continue
            raise
        if self.error is not None:
            self._complete = True

    def _publish(self) -> tuple[Frame, ...]:
        frames = tuple(self._recorder.frames[len(self._frames) :])
        self._frames.extend(frames)
        return frames

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        return self._frames[index]


@contextmanager
def _gradients_on() -> Iterator[None]:
    """Turn grad mode on, as a program expects it: the caller may be inside `no_grad` or `inference_mode`."""
    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        yield
    else:
        with torch.inference_mode(False), torch.enable_grad():
            yield
