"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames import ChangeKind, Span, Value
from viz.recording.executed import Executed


class Observer(Protocol):
    """Is told of everything that a running program does; the Recorder is one.

    The context managers are entered before torch is called and left after it, by its exception too.
    """

    @property
    def bytes(self) -> int:
        """About how much memory what was recorded takes."""

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """The set-up, an iteration, or what follows the loop begins."""

    def within(self, passes: tuple[int, ...]) -> None:
        """What comes next is in these passes (from 0) of the part's inner loops, the outermost first."""

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """`expression` made `result` from the tensors `operands`."""

    def writing(
        self, base: torch.Tensor, part: Callable[[], torch.Tensor], again: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Around what writes into a view of `base` in place, with its `operation`.

        `part` gives what is written into, before it happens; `again` does the same to a copy of that, and changes
        nothing else.
        """

    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Around `root.backward(retain_graph=keeps)`."""

    def differentiate(
        self, expression: Span, root: torch.Tensor, inputs: Sequence[torch.Tensor], keeps: bool
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Around `torch.autograd.grad(root, inputs, retain_graph=keeps)`; its value is given what torch gives."""

    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Around `tensor.retain_grad()`."""

    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Around `optimizer.step()`."""

    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Around `scheduler.step()`."""

    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Around `optimizer.zero_grad()`, or a module's."""

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Around what changes `what` of `thing` in place, or sets it, whether a name holds it or not."""

    def warned(self, text: str, library: str) -> None:
        """`library` (PyTorch or NumPy) warned of something while the statement ran that the next frame is of."""

    def read(self, tensor: torch.Tensor) -> Value | None:
        """The numbers of a tensor as they are now; None where nobody looks at them."""

    def frame(self, done: Executed) -> object:
        """A statement is over."""


class Silent:
    """An Observer that keeps nothing: for running a program only to see what comes out."""

    bytes = 0

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Nothing."""

    def within(self, passes: tuple[int, ...]) -> None:
        """Nothing."""

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """Nothing."""

    def writing(
        self, base: torch.Tensor, part: Callable[[], torch.Tensor], again: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def differentiate(
        self, expression: Span, root: torch.Tensor, inputs: Sequence[torch.Tensor], keeps: bool
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Nothing around it."""
        return nullcontext(lambda results: None)

    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

    def warned(self, text: str, library: str) -> None:
        """Nothing."""

    def read(self, tensor: torch.Tensor) -> Value | None:
        """Nothing."""
        return None

    def frame(self, done: Executed) -> None:
        """Nothing."""
