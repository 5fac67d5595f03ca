"""Keeps a script running when its recording fails: an error of the Observer is no error of the script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.errors import LimitReached, PartLimit
from viz.frames.changes import ChangeKind
from viz.frames.frame import Pass
from viz.frames.plain import Span, Value
from viz.watching.observer import Executed, Observer

_Given = TypeVar("_Given")
#: How many bytes a recording may take.
BYTES = 512 * 2**20


def full() -> LimitReached:
    """Return the failure of a recording that takes more than BYTES."""
    return LimitReached(f"The recording has room for {BYTES // 2**20} MiB, and it is full.")


def why(failure: Exception) -> str:
    """Say why a recording ends."""
    text = f"This part of the run {failure}" if isinstance(failure, PartLimit) else str(failure)
    if not isinstance(failure, LimitReached):
        text = f"The recorder raised {type(failure).__name__}: {text}."
    return f"{text} The recording ends here."


class Guarded(Observer):
    """Passes everything on to an Observer until that raises: `failure` is what it raised, and nothing follows."""

    def __init__(self, observer: Observer) -> None:
        self.failure: Exception | None = None
        self._observer = observer

    @property
    def bytes(self) -> int:
        """About how many bytes the recorded data takes."""
        return self._observer.bytes

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Pass on that a part begins."""
        self._call(lambda: self._observer.begin(iteration, phase))

    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """Pass on the passes of the loops."""
        self._call(lambda: self._observer.within(passes, address))

    def calling(
        self, caller: Mapping[str, object], function: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """Pass on a call."""
        return _Around(self, lambda: self._observer.calling(caller, function), None)

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """Pass on an operation."""
        self._call(lambda: self._observer.operation(expression, result, operands))

    def writing(
        self, base: torch.Tensor, view: Callable[[], torch.Tensor], repeat: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Pass on a write into a view."""
        return _Around(self, lambda: self._observer.writing(base, view, repeat), None)

    def backward(
        self, expression: Span, root: torch.Tensor, retain_graph: bool, others: Sequence[torch.Tensor] = ()
    ) -> AbstractContextManager[None]:
        """Pass on a backward."""
        return _Around(self, lambda: self._observer.backward(expression, root, retain_graph, others), None)

    def differentiate(
        self,
        expression: Span,
        root: torch.Tensor,
        inputs: Sequence[torch.Tensor],
        retain_graph: bool,
        others: Sequence[torch.Tensor] = (),
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Pass on a `torch.autograd.grad`."""
        return _Around(
            self,
            lambda: self._observer.differentiate(expression, root, inputs, retain_graph, others),
            lambda results: None,
        )

    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Pass on a `retain_grad()`."""
        return _Around(self, lambda: self._observer.retain(tensor), None)

    def hook(self, tensor: torch.Tensor) -> None:
        """Pass on that a tensor has a hook."""
        self._call(lambda: self._observer.hook(tensor))

    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Pass on an optimizer's step."""
        return _Around(self, lambda: self._observer.step(optimizer), None)

    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Pass on a scheduler's step."""
        return _Around(self, lambda: self._observer.schedule(scheduler), None)

    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Pass on a `zero_grad()`."""
        return _Around(self, lambda: self._observer.zero_grad(optimizer), None)

    def shares(self, tensor: torch.Tensor) -> None:
        """Pass on that a tensor shares its memory."""
        self._call(lambda: self._observer.shares(tensor))

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Pass on a possible change in place."""
        return _Around(self, lambda: self._observer.changing(thing, what), None)

    def warned(self, text: str, library: str) -> None:
        """Pass on a warning."""
        self._call(lambda: self._observer.warned(text, library))

    def read(self, tensor: torch.Tensor) -> Value | None:
        """Return the numbers of a tensor; None after a failure."""
        return self._call(lambda: self._observer.read(tensor))

    def frame(self, done: Executed) -> object:
        """Pass on a statement."""
        return self._call(lambda: self._observer.frame(done))

    def end(self, done: Executed) -> None:
        """Report the last frame in spite of a failure, if the Observer still can."""
        with suppress(Exception):
            self._observer.frame(done)

    def _call(self, pass_on: Callable[[], _Given]) -> _Given | None:
        if self.failure is None:
            try:
                return pass_on()
            except Exception as failure:  # noqa: BLE001  # whatever it is, the script has to go on
                self.failure = failure
        return None


class _Around(Generic[_Given]):
    """A context manager of the Observer, whose own errors do not reach the code inside."""

    __slots__ = ("_around", "_guarded", "_instead", "_make")

    def __init__(
        self, guarded: Guarded, make: Callable[[], AbstractContextManager[_Given]], instead: _Given
    ) -> None:
        self._guarded = guarded
        self._make = make
        self._instead = instead
        self._around: AbstractContextManager[Any] | None = None

    def __enter__(self) -> _Given:
        if self._guarded.failure is None:
            try:
                around = self._make()
                given = around.__enter__()
            except Exception as failure:  # noqa: BLE001  # as above
                self._guarded.failure = failure
            else:
                self._around = around
                return given
        return self._instead

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._around is not None and self._guarded.failure is None:
            try:
                self._around.__exit__(kind, error, trace)
            except Exception as failure:  # noqa: BLE001  # as above
                if failure is not error:
                    self._guarded.failure = failure
