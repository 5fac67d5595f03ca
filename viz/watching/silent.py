"""An observer that keeps nothing, and what listens for a few things only begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span, Value
from viz.watching.observer import Executed, Observer


class Silent(Observer):
    """An Observer that keeps nothing: for running a program only to see what comes out."""

    @property
    def bytes(self) -> int:
        """Nothing takes no memory."""
        return 0

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Nothing."""

    def within(self, passes: tuple[int, ...]) -> None:
        """Nothing."""

    def calling(self, variables: Mapping[str, object]) -> AbstractContextManager[None]:
        """Nothing around it."""
        return nullcontext()

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
