"""Runs a program and records some of its iterations whole, and little of the others."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import replace
from typing import Literal

import torch

from viz.frames.events import Backward
from viz.frames.frame import Frame, Pass, Variable
from viz.language.interpreter import Interpreter
from viz.language.runtime.memory import tensors_in
from viz.language.runtime.program import Program
from viz.recording import Recorder
from viz.recording.around import around
from viz.watching.observer import Executed, Observer
from viz.watching.silent import Silent


class _Brief(Silent):
    """Watches an iteration and keeps only its last statement.

    `outer` is called when the loop whose pass the iteration is was left for one around it.
    """

    def __init__(
        self, recorder: Recorder, names: Collection[str], outer: weakref.WeakMethod[Callable[[], None]]
    ) -> None:
        self._recorder = recorder
        self._names = names
        self._outer = outer
        self._loops = 0
        self.last: Executed | None = None
        #: The variables `names` of functions that have returned, as they were at their end.
        self.left: dict[str, Variable] = {}
        #: The statements that ran.
        self.count = 0

    @property
    def bytes(self) -> int:
        """The recorder's bytes."""
        return self._recorder.bytes

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Begin a part, also in the recorder, whose graph starts empty."""
        self._recorder.begin(iteration, phase)
        self.last, self.count, self._loops, self.left = None, 0, 0, {}

    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """Pass on where the program is, and find out whether that is outside of the loop."""
        left = len(address) < self._loops
        self._loops = len(address)
        if left and (outer := self._outer()) is not None:
            outer()
        self._recorder.within(passes, address)

    def shares(self, tensor: torch.Tensor) -> None:
        """Pass on that a tensor shares its memory: the recorder reads it again."""
        self._recorder.shares(tensor)

    def frame(self, done: Executed) -> None:
        """Keep the statement until the next one is over; an error is the run's last frame."""
        self.count += 1
        self.last = done
        if done.error is not None:
            self._recorder.pass_over(self.count - 1)
            self._recorder.frame(done)
            self.last = None

    @around
    def calling(self, caller: Mapping[str, object], function: Mapping[str, object]) -> Generator[None]:
        """Read the variables `names` that a function has at its end, and that its caller does not see."""
        yield
        gone = {name: function[name] for name in self._names if name in function and name not in caller}
        if gone and self.last is not None:
            self.left |= self._recorder.variables_after(replace(self.last, variables=gone), 0).variables


class SkippingRun(Interpreter):
    """A run that the Recorder watches in some iterations, and a `_Brief` in the others.

    Of those it records the last statement, with only the variables `names`, and the statements after the loop, in
    the loops around it: what they show stays beside them.
    """

    def __init__(self, program: Program, recorder: Recorder, names: Collection[str] = ()) -> None:
        super().__init__(program, recorder)
        #: The iterations before this one are not recorded whole.
        self.skip_to = 0
        self._recorder = recorder
        self._brief = _Brief(recorder, names, weakref.WeakMethod(self._outer))  # no cycle: a run ends at once
        self._names = names
        # The tensors with a graph that was not recorded, and those of the set-up, whose Nodes the recorder has.
        self._unseen: list[weakref.ref[torch.Tensor]] = []
        self._of_setup: dict[int, torch.Tensor] = {}
        #: A part that was recorded whole continues a graph that was not recorded.
        self.reaches_back = False

    def is_whole(self, number: int) -> bool:
        """Whether an iteration is recorded whole."""
        return number >= self.skip_to

    def setup(self) -> None:
        """Run the statements before the loop, recorded whole."""
        super().setup()
        held = tensors_in(self.state.scopes)
        self._of_setup = {id(one): one for one in held if self._recorder.knows(one)}

    def iteration(self) -> None:
        """Run the loop's body once more."""
        if self.is_whole(self._done):
            self._watch_with(self._recorder)
            super().iteration()
            self._look_back()
        else:
            self._watch_with(self._brief)
            super().iteration()
            if self._observer is self._brief:
                self._finish()
            elif any(isinstance(one.event, Backward) for one in self._recorder.frames):
                self._look_back()

    def end(self, index: int) -> Frame | None:
        """Return a last frame, with this index, that has all variables; None if the latest iteration has one."""
        last = self._brief.last if self._observer is self._brief else None
        return None if last is None else self._recorder.variables_after(last, index)

    def after(self) -> None:
        """Run the statements after the loop, recorded whole."""
        self._watch_with(self._recorder)
        super().after()
        self._look_back()

    def _watch_with(self, observer: Observer) -> None:
        if self._observer is self._brief and observer is self._recorder:
            held = tensors_in(self.state.scopes)
            unseen = [one for one in held if one.grad_fn is not None and id(one) not in self._of_setup]
            self._unseen = [weakref.ref(one) for one in unseen]
        self._observer = self.state.observer = observer

    def _look_back(self) -> None:
        """Find out whether the recorder met a tensor whose Nodes it has not seen."""
        alive = [one for held in self._unseen if (one := held()) is not None]
        self.reaches_back |= any(self._recorder.knows(tensor) for tensor in alive)
        self._unseen = [held for held in self._unseen if held() is not None]

    def _finish(self) -> None:
        """Record the last frame of a brief iteration."""
        last = self._brief.last
        if last is not None:
            # The mapping is that of the statement: in a function, its own variables and the program's.
            wanted = {name: last.variables[name] for name in self._names if name in last.variables}
            self._recorder.pass_over(self._brief.count - 1)
            self._recorder.brief_frame(replace(last, variables=wanted), self._brief.left)

    def _outer(self) -> None:
        """Record the rest of a brief iteration."""
        self._finish()
        self._watch_with(self._recorder)
        self._recorder.resume()
