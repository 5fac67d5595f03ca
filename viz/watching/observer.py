"""The contract between what runs a program and what watches it: what is told, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.changes import ChangeKind
from viz.frames.events import Event
from viz.frames.plain import Problem, Span, Value, plain


@plain
class Executed:
    """A statement is over; with `error` set it raised, and the run is over too.

    `variables` is what every name holds now, the same mapping as long as the same names can be seen: in a function
    it is another. `event` is what the statement did, unless it did something that a recorder saw itself. `seconds`
    and `printed` are as in a Frame.
    """

    line: int
    variables: Mapping[str, object]
    event: Event
    seconds: float
    error: Problem | None = None
    printed: str = ""


class Observer(ABC):
    """Hears everything that a running program does; the Recorder is one.

    The context managers are entered before torch is called and left after it, by its exception too. Every method
    is abstract: an observer that lacks one must not pass for one that has nothing to say.
    """

    @property
    @abstractmethod
    def bytes(self) -> int:
        """About how much memory what was recorded takes."""

    @abstractmethod
    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """The set-up, an iteration, or what follows the loop begins."""

    @abstractmethod
    def within(self, passes: tuple[int, ...]) -> None:
        """What comes next is in these passes (from 0) of the part's inner loops, the outermost first."""

    @abstractmethod
    def calling(self, variables: Mapping[str, object]) -> AbstractContextManager[None]:
        """Around the statements of a function that the statement that runs calls; `variables` is what every name
        holds where it is called, as in Executed."""

    @abstractmethod
    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """`expression` made `result` from the tensors `operands`."""

    @abstractmethod
    def writing(
        self, base: torch.Tensor, part: Callable[[], torch.Tensor], again: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Around what writes into a view of `base` in place, with its `operation`.

        `part` gives what is written into, before it happens; `again` does the same to a copy of that, and changes
        nothing else.
        """

    @abstractmethod
    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Around `root.backward(retain_graph=keeps)`."""

    @abstractmethod
    def differentiate(
        self, expression: Span, root: torch.Tensor, inputs: Sequence[torch.Tensor], keeps: bool
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Around `torch.autograd.grad(root, inputs, retain_graph=keeps)`; its value is given what torch gives."""

    @abstractmethod
    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Around `tensor.retain_grad()`."""

    @abstractmethod
    def step(self, optimizer: optim.Optimizer) -> AbstractContextManager[None]:
        """Around `optimizer.step()`."""

    @abstractmethod
    def schedule(self, scheduler: LRScheduler) -> AbstractContextManager[None]:
        """Around `scheduler.step()`."""

    @abstractmethod
    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> AbstractContextManager[None]:
        """Around `optimizer.zero_grad()`, or a module's."""

    @abstractmethod
    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Around what changes `what` of `thing` in place, or sets it, whether a name holds it or not."""

    @abstractmethod
    def warned(self, text: str, library: str) -> None:
        """`library` (PyTorch or NumPy) warned of something while the statement ran that the next frame is of."""

    @abstractmethod
    def read(self, tensor: torch.Tensor) -> Value | None:
        """The numbers of a tensor as they are now; None where nobody looks at them."""

    @abstractmethod
    def frame(self, done: Executed) -> object:
        """A statement is over."""
