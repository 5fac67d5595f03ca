"""The first look at a run: a few iterations whole, of the others only how they end.

Running a program costs a third of recording it. Whoever changes a number waits for the path that it makes and for
the iteration that is on stage; the frames of the others can be recorded behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from math import inf
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz import limits
from viz.frames import ChangeKind, Span, Value
from viz.language.interpreter import Interpreter
from viz.language.observer import Silent
from viz.language.program import Program
from viz.recording import Recorder, Tape
from viz.recording.executed import Executed

#: Iterations beyond `near` that any outline has, so that the charts show where it goes.
_BEYOND = 3


def outline(
    program: Program,
    near: range,
    until: int,
    names: Collection[str],
    seconds: float | None = None,
    hurried: Callable[[], bool] = lambda: False,
) -> Tape[Program] | None:
    """A tape of `until` iterations: 0 and those of `near` as any tape has them, of the others the last frame.

    That one knows the variables `names` only, and no graph. Some iterations after the last of `near` it may end
    earlier: as soon as `hurried` says so. None where there is no such tape: the program ends before it gets to
    the first of them, or `seconds` do; it stops with an error; or it computes with the graph of iterations
    before, whose Nodes nobody recorded.
    """
    at = near.start
    recorder = Recorder()
    observer = _Sparse(recorder, {0, at - 1, *near}, names)
    tape = Tape(program, _Run(program, observer), recorder)
    budget = limits.Budget(inf if seconds is None else seconds)
    enough = min(until, near.stop + _BEYOND)
    while not (tape.complete or tape.recorded >= until or budget.over):
        if tape.recorded < enough or not hurried():
            tape.record(tape.recorded + 1)
        else:
            break
    if tape.error is not None or tape.recorded <= at or observer.reaches_back:
        return None
    return tape


class _Sparse(Silent):
    """Passes everything on in some iterations; in the others only the last frame, once the iteration is over."""

    def __init__(self, recorder: Recorder, whole: set[int], names: Collection[str]) -> None:
        self._recorder = recorder
        self._whole = whole
        self._names = names
        self._passing = True
        self._last: Executed | None = None
        self._unseen: list[torch.Tensor] = []
        self.reaches_back = False

    @property
    def bytes(self) -> int:  # type: ignore[override]  # an attribute there
        """As the recorder."""
        return self._recorder.bytes

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Pass it on, and from now on what follows, if that is wanted of this part."""
        self._passing = phase != "loop" or iteration in self._whole
        self._recorder.begin(iteration, phase)

    def finish(self, variables: Mapping[str, object]) -> None:
        """The part is over; `variables` is what every name holds."""
        if self._last is not None:
            wanted = {name: variables[name] for name in self._names if name in variables}
            self._recorder.brief_frame(replace(self._last, variables=wanted))
            self._last = None
        if self._passing:
            self.reaches_back |= any(self._recorder.knows(tensor) for tensor in self._unseen)
        else:
            self._unseen = [tensor for tensor in _tensors(variables.values()) if tensor.grad_fn is not None]

    def within(self, passes: tuple[int, ...]) -> None:
        """Pass it on."""
        if self._passing:
            self._recorder.within(passes)

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """Pass it on."""
        if self._passing:
            self._recorder.operation(expression, result, operands)

    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Pass it on."""
        if self._passing:
            return self._recorder.backward(expression, root, keeps)
        return super().backward(expression, root, keeps)

    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Pass it on."""
        return self._recorder.step(optimizer) if self._passing else super().step(optimizer)

    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Pass it on."""
        return self._recorder.schedule(scheduler) if self._passing else super().schedule(scheduler)

    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Pass it on."""
        return self._recorder.zero_grad(optimizer) if self._passing else super().zero_grad(optimizer)

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Pass it on."""
        return self._recorder.changing(thing, what) if self._passing else super().changing(thing, what)

    def warned(self, text: str, library: str) -> None:
        """Pass it on."""
        if self._passing:
            self._recorder.warned(text, library)

    def read(self, tensor: torch.Tensor) -> Value | None:
        """Pass it on."""
        return self._recorder.read(tensor) if self._passing else None

    def frame(self, done: Executed) -> None:
        """Pass it on, or keep it until the next one comes."""
        if self._passing or done.error is not None:
            self._recorder.frame(done)
        else:
            self._last = done


class _Run(Interpreter):
    """A run that tells its observer where an iteration is over."""

    def __init__(self, program: Program, observer: _Sparse) -> None:
        super().__init__(program, observer)
        self._sparse = observer

    def iteration(self) -> None:
        """Run the loop's body once more."""
        super().iteration()
        self._sparse.finish(self.state.variables)


def _tensors(things: Iterable[object]) -> Iterator[torch.Tensor]:
    """Every tensor among these, in lists too."""
    for thing in things:
        if isinstance(thing, torch.Tensor):
            yield thing
        elif isinstance(thing, (list, tuple)):
            yield from _tensors(thing)
        elif isinstance(thing, dict):
            yield from _tensors(thing.values())
