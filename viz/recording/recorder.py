"""Turns what it is told about a run (an operation, a backward, a step, a statement's end) into Frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames import (
    SETUP,
    Backward,
    Changed,
    Cleared,
    Derivative,
    Event,
    Frame,
    Graph,
    Retained,
    Scheduled,
    Span,
    Stepped,
    Value,
)
from viz.recording.executed import Executed
from viz.recording.graph import GraphBuilder
from viz.recording.modules import with_parameters
from viz.recording.names import VARIABLE_BYTES, Names
from viz.recording.optimizers import Step, options, parameters, rates
from viz.recording.values import Values
from viz.recording.variables import other_variable, tensor_variable
from viz.recording.views import Write

_FRAME_BYTES = 400


class Recorder:
    """Records a run as Frames.

    It knows tensors, optimizers and names, and nothing of the language that the program is written in: who
    runs the program calls `begin` where a part of it begins, `operation`, `backward`, `step` and their like for
    what a statement does, and `frame` when the statement is over.
    """

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._iteration = SETUP
        self._phase: Literal["setup", "loop", "after"] = "setup"
        self._values = Values()
        self._names = Names(self._values)
        self._passes: tuple[int, ...] = ()
        self._graph = self._setup_graph = self._names.graph
        self._event: Event | None = None
        self._warned: dict[str, str] = {}  # what the statement was warned of, each text once, and by which library
        self._options: Mapping[str, Value | str | None] = {}
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """About how many bytes the frames take."""
        return self._bytes + self._names.bytes + self._values.bytes + self._graph.bytes

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether the graph of the part that runs has a Node for `tensor`."""
        return self._graph.id_of(tensor) is not None

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """A part of the run begins: its graph is empty."""
        if self._phase == "setup":
            self._setup_graph = self._graph
        self._iteration = iteration
        self._phase = phase
        self._bytes += self._graph.bytes
        self._graph.forget_earlier()
        earlier = (self._graph,) if self._graph is self._setup_graph else (self._graph, self._setup_graph)
        self._graph = GraphBuilder(self._values, self._names.name_of, earlier)
        self._names.begin(self._graph)
        self._passes = ()
        self._values.forget_unused()

    def within(self, passes: tuple[int, ...]) -> None:
        """What comes next is in these passes of the part's inner loops, the outermost first."""
        self._passes = self._graph.passes = passes

    def containers_changed(self) -> None:
        """A list or a dict was changed in place: names that hold one read anew."""
        self._names.containers_changed()

    def warned(self, text: str, library: str) -> None:
        """`library` (PyTorch or NumPy) warned of something while the statement ran that the next frame is of."""
        self._warned.setdefault(text, library)

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """`expression` made `result` from the tensors `operands`, in the order of the arguments."""
        self._graph.add(result, expression, operands)

    @contextmanager
    def writing(
        self, base: torch.Tensor, part: Callable[[], torch.Tensor], again: Callable[[torch.Tensor], object]
    ) -> Iterator[None]:
        """Something that may write into `part` of `base` runs inside, and `operation` is told of it there.

        `again` does the same to a copy of the part.
        """
        write = Write(base, part(), again)
        yield
        self._graph.wrote(write)

    @contextmanager
    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> Iterator[None]:
        """A backward from `root` runs inside; `keeps` as `retain_graph`.

        Where it raises, the gradients on the graph stay as they were.
        """
        graph = self._graph
        start = graph.add_root(root, expression)
        before = graph.grads()
        with graph.watched() as visits:
            yield
        graph.backward_ran(visits, keeps)
        accumulations = graph.accumulated(visits, before)
        graph.add_grads(expression)
        if start is not None:
            self._event = Backward(start, tuple(visits), accumulations)

    @contextmanager
    def differentiate(
        self, expression: Span, root: torch.Tensor, inputs: Sequence[torch.Tensor], keeps: bool
    ) -> Iterator[Callable[[Sequence[torch.Tensor | None]], None]]:
        """`torch.autograd.grad` of `root` runs inside; its value is given the gradients of `inputs`."""
        graph, read = self._graph, self._values.read_optional
        start = graph.add_root(root, expression)
        nodes = [graph.id_of(one) for one in inputs]
        names = [self._names.name_of(one) or "" for one in inputs]

        def take(results: Sequence[torch.Tensor | None]) -> None:
            graph.backward_ran(visits, keeps)
            gradients = [read(one) for one in results]
            order = tuple(visits) + graph.ended(zip(nodes, inputs, gradients, strict=True))
            for one in results:
                if one is not None:
                    graph.add(one, expression, ())
            if start is not None:
                given = zip(names, nodes, gradients, strict=True)
                self._event = Backward(start, order, (), tuple(Derivative(*one) for one in given))

        with graph.watched() as visits:
            yield take

    @contextmanager
    def retain(self, tensor: torch.Tensor) -> Iterator[None]:
        """`tensor.retain_grad()` runs inside."""
        yield
        self._graph.retain(tensor)
        self._names.retain(tensor)
        self._event = Retained(self._names.name_of(tensor) or "", tensor.is_leaf)

    @contextmanager
    def step(self, optimizer: optim.Optimizer) -> Iterator[None]:
        """`optimizer.step()` runs inside."""
        step = Step(optimizer, self._values)
        yield
        held = options(optimizer, self._values)
        self._options = self._options if self._options == held else held
        names = [name for name, _ in self._parameters(optimizer)]
        self._event = Stepped(type(optimizer).__name__, self._options, step.updates(names, self._options))

    @contextmanager
    def schedule(self, scheduler: LRScheduler) -> Iterator[None]:
        """`scheduler.step()` runs inside."""
        before = rates(scheduler.optimizer)
        yield
        self._event = Scheduled(type(scheduler).__name__, before, rates(scheduler.optimizer))

    @contextmanager
    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> Iterator[None]:
        """`optimizer.zero_grad()`, or a module's, runs inside."""
        with self._clearing(self._parameters(optimizer)):
            yield

    @contextmanager
    def clear_grad(self, leaf: torch.Tensor) -> Iterator[None]:
        """`leaf.grad = None` runs inside."""
        with self._clearing([(self._names.name_of(leaf) or "", leaf)], "the line"):
            yield

    def read(self, tensor: torch.Tensor) -> Value:
        """The numbers of a tensor as they are now."""
        return self._values.read(tensor)

    def frame(self, done: Executed) -> Frame:
        """A statement is over: its frame. Where it bound names, the event has them."""
        updates = self._names.look_at(done.variables, done.event, known=self._event is not None)
        if updates:
            self._event = Changed(updates)
        frame = Frame(
            len(self.frames),
            self._iteration,
            self._phase,
            done.line,
            self._names.variables,
            self._graph.graph(),
            self._event or done.event,
            done.seconds,
            done.error,
            self._passes,
            done.printed,
            " ".join(self._warned),
            " and ".join(dict.fromkeys(self._warned.values())),
        )
        self.frames.append(frame)
        self._event = None
        self._warned = {}
        self._bytes += _FRAME_BYTES + len(frame.printed) + len(frame.warned)
        return frame

    def brief_frame(self, done: Executed) -> None:
        """A frame for a whole part of which nothing else is told: what its variables hold, and no graph.

        What else happened in the part, the recorder sees with the next one.
        """
        values = self._values
        if self._names.have_arrays:
            values.forget_all()
        held = {
            name: tensor_variable(thing, values, None)
            if isinstance(thing, torch.Tensor)
            else other_variable(thing, values, self._names.name_of)
            for name, thing in with_parameters(done.variables).items()
        }
        index = len(self.frames)
        self.frames.append(
            Frame(index, self._iteration, self._phase, done.line, held, Graph(), done.event, done.seconds)
        )
        self._bytes += _FRAME_BYTES + VARIABLE_BYTES * len(held)

    @contextmanager
    def _clearing(
        self, leaves: Sequence[tuple[str, torch.Tensor]], by: Literal["zero_grad()", "the line"] = "zero_grad()"
    ) -> Iterator[None]:
        read = self._values.read_optional
        before = [read(leaf.grad) for _, leaf in leaves]
        yield
        self._event = Cleared(
            {name: (grad, read(leaf.grad)) for (name, leaf), grad in zip(leaves, before, strict=True)}, by
        )

    def _parameters(self, optimizer: optim.Optimizer | nn.Module) -> list[tuple[str, torch.Tensor]]:
        """The parameters of an optimizer or a module, each with its name, or its place where no name holds it."""
        return [
            (self._names.name_of(one) or f"parameter {place}", one)
            for place, (_, one) in enumerate(parameters(optimizer))
        ]
