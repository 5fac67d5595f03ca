"""An observer that ignores everything: the base class of observers that need a few events only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.changes import ChangeKind
from viz.frames.frame import Pass
from viz.frames.plain import Span, Value
from viz.watching.observer import Executed, Observer


class Silent(Observer):
    """An Observer that ignores everything, to run a program for its results."""

    @property
    def bytes(self) -> int:
        """Always 0, as nothing is recorded."""
        return 0

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Do nothing."""

    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """Do nothing."""

    def calling(
        self, caller: Mapping[str, object], function: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """Do nothing."""

    def writing(
        self, base: torch.Tensor, view: Callable[[], torch.Tensor], repeat: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def backward(
        self, expression: Span, root: torch.Tensor, retain_graph: bool, others: Sequence[torch.Tensor] = ()
    ) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def differentiate(
        self,
        expression: Span,
        root: torch.Tensor,
        inputs: Sequence[torch.Tensor],
        retain_graph: bool,
        others: Sequence[torch.Tensor] = (),
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Do nothing."""
        return nullcontext(lambda results: None)

    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def hook(self, tensor: torch.Tensor) -> None:
        """Do nothing."""

    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def shares(self, tensor: torch.Tensor) -> None:
        """Do nothing."""

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def warned(self, text: str, library: str) -> None:
        """Do nothing."""

    def read(self, tensor: torch.Tensor) -> Value | None:
        """Do nothing."""
        return None

    def frame(self, done: Executed) -> None:
        """Do nothing."""
