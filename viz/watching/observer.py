"""The contract between what runs a program and what observes it: the calls that an observer gets, and when."""

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
from viz.frames.frame import Pass
from viz.frames.plain import Problem, Span, Value, plain
from viz.watching.calls import Running


@plain
class Executed:
    """A statement that has run; if it raised, `error` is set and the run is over.

    `variables` maps every visible name to its object. It is the same mapping as long as the same names are
    visible; inside a function of the program, it is another. `event` is what the statement did, unless the
    observer saw that itself. `seconds` and `printed` are as in a Frame. `calls` are those that the statement is
    in, the outermost first.
    """

    line: int
    variables: Mapping[str, object]
    event: Event
    seconds: float
    error: Problem | None = None
    printed: str = ""
    calls: tuple[Running, ...] = ()


class Observer(ABC):
    """Observes everything that a running program does; the Recorder is an Observer.

    Each context manager is entered before torch is called and exited afterwards, also if torch raises. Every
    method is abstract, so that an observer cannot miss an event by accident.
    """

    @property
    @abstractmethod
    def bytes(self) -> int:
        """About how many bytes the recorded data takes."""

    @abstractmethod
    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """The set-up, an iteration, or the code after the loop begins."""

    @abstractmethod
    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """The next statements run in these passes (from 0) of the part's inner loops, the outermost first.

        `address` has the passes of the loops around the iterations, as in a Frame.
        """

    @abstractmethod
    def calling(
        self, caller: Mapping[str, object], function: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """Around the statements of a function of the program, with the variables that its caller and it see."""

    @abstractmethod
    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """`expression` made `result` from the tensors `operands`.

        If it made several results, the first that requires a gradient has the operands.
        """

    @abstractmethod
    def writing(
        self, base: torch.Tensor, view: Callable[[], torch.Tensor], repeat: Callable[[torch.Tensor], object]
    ) -> AbstractContextManager[None]:
        """Around an in-place write into a view of `base`, and its call of `operation`.

        `view` returns the view before the write; `repeat` writes the same into a copy of it and changes nothing
        else.
        """

    @abstractmethod
    def backward(
        self, expression: Span, root: torch.Tensor, retain_graph: bool, others: Sequence[torch.Tensor] = ()
    ) -> AbstractContextManager[None]:
        """Around `root.backward(retain_graph=retain_graph)`, or a backward from `root` and the `others`."""

    @abstractmethod
    def differentiate(
        self,
        expression: Span,
        root: torch.Tensor,
        inputs: Sequence[torch.Tensor],
        retain_graph: bool,
        others: Sequence[torch.Tensor] = (),
    ) -> AbstractContextManager[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Around `torch.autograd.grad([root, *others], inputs, retain_graph=retain_graph)`.

        The caller passes the result of torch to the function that the context manager returns.
        """

    @abstractmethod
    def retain(self, tensor: torch.Tensor) -> AbstractContextManager[None]:
        """Around `tensor.retain_grad()`."""

    @abstractmethod
    def hook(self, tensor: torch.Tensor) -> None:
        """The program registered a hook on `tensor`, which may change its gradient during a backward."""

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
    def shares(self, tensor: torch.Tensor) -> None:
        """`tensor` shares its memory with tensors that have another version: `x.data`, and `x` if that is set.

        A write to one of them does not raise the version of the others. So are the running statistics of a batch
        norm, whose version torch does not raise when it updates them.
        """

    @abstractmethod
    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Around code that changes or sets `what` of `thing` in place, whether or not a name holds `thing`."""

    @abstractmethod
    def warned(self, text: str, library: str) -> None:
        """`library` (PyTorch or NumPy) gave a warning during the current statement."""

    @abstractmethod
    def read(self, tensor: torch.Tensor) -> Value | None:
        """Return the current numbers of a tensor, None if the observer does not need them."""

    @abstractmethod
    def frame(self, done: Executed) -> object:
        """A statement has run."""
