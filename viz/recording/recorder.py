"""Turns what it is told about a run (an operation, a backward, a step, a statement's end) into Frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.changes import Change, ChangeKind, Known
from viz.frames.events import Backward, Cleared, Derivative, Evaluated, Event, Retained, Scheduled, Stepped
from viz.frames.frame import SETUP, Frame
from viz.frames.graph import Graph
from viz.frames.plain import Span, Value
from viz.pytorch.graph import is_leaf_tensor
from viz.pytorch.parameters import with_parameters
from viz.recording.graph import GraphBuilder
from viz.recording.held import Held
from viz.recording.names import VARIABLE_BYTES, Names
from viz.recording.optimizers import Step, called_back, options, parameters, rates
from viz.recording.values import Values
from viz.recording.variables import other_variable, variable_of
from viz.recording.views import Write
from viz.recording.watching import joined
from viz.watching.observer import Executed, Observer

_FRAME_BYTES = 400
#: How a sentence ends.
_ENDS = (".", "!", "?", ":")
_CALL = Evaluated("")
_CHANGE_BYTES = 150


class Recorder(Observer):
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
        # What the statement changed before the function that it called, each with what its first name held.
        self._before_call: tuple[tuple[Change, object], ...] = ()
        self._passes: tuple[int, ...] = ()
        self._graph = self._setup_graph = self._names.graph
        self._event: Event | None = None
        self._warned: dict[str, str] = {}  # what the statement was warned of, each text once, and by which library
        self._callers: list[dict[str, str]] = []  # the same of the statements that called the function that runs
        self._deaf = False
        self._missed = False  # statements without a frame
        self._known: Known = {}
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
        if self._missed:
            self._names.catch_up()
            self._missed = False
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

    @contextmanager
    def changing(self, thing: object, what: ChangeKind) -> Iterator[None]:
        """Something that may change `what` of `thing` in place runs inside."""
        self._deaf = True  # to ask for a `.grad` may make torch warn
        changed = self._names.watch(thing, what)
        self._deaf = False
        yield
        if changed is not None:
            self._deaf = True
            changed()
            self._deaf = False

    def warned(self, text: str, library: str) -> None:
        """`library` (PyTorch or NumPy) warned of something while the statement ran that the next frame is of."""
        if not self._deaf:
            self._warned.setdefault(text, library)

    @contextmanager
    def calling(self, variables: Mapping[str, object]) -> Iterator[None]:
        """The statements of a function run inside: what the one that calls it did before is not theirs."""
        found = self._names.look_at(variables, _CALL, self._known)
        changes = self._before_call + tuple([(one, variables.get(_root(one.name))) for one in found])
        done = self._event, self._known, self._graph.take_built()
        self._callers.append(self._warned)
        self._event, self._known, self._warned, self._before_call = None, {}, {}, ()
        yield
        self._event, self._known, built = done
        self._warned, self._before_call = self._callers.pop(), changes
        self._graph.put_built(built)

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
        grads = graph.grads()
        with graph.watched(grads) as visits:
            yield
        graph.backward_ran(visits, keeps)
        accumulations, known = graph.accumulated(visits, grads, self._names.path_of)
        graph.add_grads(expression)
        if start is not None:
            shared = grads.together([one.node for one in accumulations])
            self._tell(Backward(start, tuple(visits), accumulations, shared=shared), known)

    @contextmanager
    def differentiate(
        self, expression: Span, root: torch.Tensor, inputs: Sequence[torch.Tensor], keeps: bool
    ) -> Iterator[Callable[[Sequence[torch.Tensor | None]], None]]:
        """`torch.autograd.grad` of `root` runs inside; its value is given the gradients of `inputs`."""
        graph, read = self._graph, self._values.read_optional
        start = graph.add_root(root, expression)
        nodes = [graph.id_of(one) for one in inputs]
        names = [self._names.path_of(one) or "" for one in inputs]

        def take(results: Sequence[torch.Tensor | None]) -> None:
            graph.backward_ran(visits, keeps)
            gradients = [read(one) for one in results]
            order = tuple(visits) + graph.ended(zip(nodes, inputs, gradients, strict=True))
            for one in results:
                if one is not None:
                    graph.add(one, expression, ())
            if start is not None:
                given = zip(names, nodes, gradients, strict=True)
                self._tell(Backward(start, order, (), tuple(Derivative(*one) for one in given)))

        with graph.watched() as visits:
            yield take

    @contextmanager
    def retain(self, tensor: torch.Tensor) -> Iterator[None]:
        """`tensor.retain_grad()` runs inside."""
        yield
        self._graph.retain(tensor)
        self._names.retain(tensor)
        name = self._names.path_of(tensor) or self._graph.expression_of(tensor)
        self._tell(Retained(name, tensor.is_leaf))

    @contextmanager
    def step(self, optimizer: optim.Optimizer) -> Iterator[None]:
        """`optimizer.step()` runs inside."""
        step = Step(optimizer, self._values)
        with called_back(optimizer, self._names.catch_up):
            yield
        held = options(optimizer, self._values)
        self._options = self._options if self._options == held else held
        parameters = self._parameters(optimizer)
        updates = step.updates([name for name, _ in parameters], self._options)
        known: Known = {(id(parameters[one.places[0]][1]), "value"): one.after for one in updates}
        self._tell(Stepped(type(optimizer).__name__, self._options, updates), known)

    @contextmanager
    def schedule(self, scheduler: LRScheduler) -> Iterator[None]:
        """`scheduler.step()` runs inside."""
        before = rates(scheduler.optimizer)
        yield
        optimizer = scheduler.optimizer
        event = Scheduled(type(scheduler).__name__, before, rates(optimizer), type(optimizer).__name__)
        self._tell(event, {(id(optimizer), "entry"): None})

    @contextmanager
    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> Iterator[None]:
        """`optimizer.zero_grad()`, or a module's, runs inside."""
        read, parameters = self._values.read_optional, self._parameters(optimizer)
        before = [read(one.grad) for _, one in parameters]
        yield
        cleared: dict[str, tuple[Value | None, Value | None]] = {}
        known: dict[tuple[int, ChangeKind], Value | None] = {}
        for (name, one), grad in zip(parameters, before, strict=True):
            after = known[id(one), "grad"] = read(one.grad)
            cleared[name] = grad, after
        self._tell(Cleared(cleared), known)

    def read(self, tensor: torch.Tensor) -> Value:
        """The numbers of a tensor as they are now."""
        return self._values.read(tensor)

    def frame(self, done: Executed) -> Frame:
        """A statement is over: its frame. Where it bound names, the event has them."""
        changes = self._names.look_at(done.variables, done.event, self._known)
        if self._before_call:  # the statement may have put something else under a name
            earlier = [one for one, thing in self._before_call if done.variables.get(_root(one.name)) is thing]
            changes, self._before_call = joined((*earlier, *changes)), ()
        if done.error is not None:  # those that call the function do not come to their end
            for warned in reversed(self._callers):
                self._warned = warned | self._warned
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
            _one_after_the_other(self._warned) if self._warned else "",
            " and ".join(dict.fromkeys(self._warned.values())) if self._warned else "",
            changes,
            self._graph.take_built(),
        )
        self.frames.append(frame)
        self._event, self._known = None, {}
        self._warned = {}
        self._bytes += _FRAME_BYTES + len(frame.printed) + len(frame.warned) + _CHANGE_BYTES * len(changes)
        return frame

    def brief_frame(self, done: Executed) -> None:
        """A frame for a whole part of which nothing else is told: what its variables hold, and no graph.

        What else happened in the part, the recorder sees with the next one.
        """
        values, self._missed = self._values, True
        if self._names.have_arrays:
            values.forget_all()
        held = {
            name: variable_of(Held(thing, None, is_leaf_tensor(thing), False), values)
            if isinstance(thing, torch.Tensor)
            else other_variable(thing, values, self._names.name_of)
            for name, thing in with_parameters(done.variables).items()
        }
        index = len(self.frames)
        self.frames.append(
            Frame(index, self._iteration, self._phase, done.line, held, Graph(), done.event, done.seconds)
        )
        self._bytes += _FRAME_BYTES + VARIABLE_BYTES * len(held)

    def _tell(self, event: Event, known: Known | None = None) -> None:
        """The statement did this; `known` is what the event says of what changed in place."""
        self._event, self._known = event, known or {}

    def _parameters(self, optimizer: optim.Optimizer | nn.Module) -> list[tuple[str, torch.Tensor]]:
        """The parameters of an optimizer or a module, each with how the program reaches it, or with its place."""
        found = [one for _, one in parameters(optimizer)]
        rows = zip(self._names.names_of(found), found, strict=True)
        return [(name or f"parameter {place}", one) for place, (name, one) in enumerate(rows)]


def _root(path: str) -> str:
    """The name that a path begins by: `net` of `net[0].weight`."""
    return path.partition("[")[0].partition(".")[0]


def _one_after_the_other(texts: Iterable[str]) -> str:
    """Warnings as sentences that follow each other; NumPy's have no full stop."""
    *before, last = texts
    return " ".join([*(text if text.endswith(_ENDS) else f"{text}." for text in before), last])
