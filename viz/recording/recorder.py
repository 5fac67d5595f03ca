"""The observer that records a run as Frames."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.changes import Change, ChangeKind
from viz.frames.events import (
    Assigned,
    Backward,
    Cleared,
    Derivative,
    Evaluated,
    Event,
    Hooked,
    Retained,
    Scheduled,
    Stepped,
)
from viz.frames.frame import SETUP, Frame, Pass, Variable
from viz.frames.graph import Graph
from viz.frames.plain import Span, Value
from viz.pytorch.graph import is_leaf_tensor
from viz.pytorch.parameters import with_tensors
from viz.recording.around import around
from viz.recording.changes import Reported
from viz.recording.comparison import joined
from viz.recording.graph import GraphBuilder
from viz.recording.held import Held
from viz.recording.names import VARIABLE_BYTES, Names
from viz.recording.optimizers import Step, before_closure, options, parameters, rates
from viz.recording.reading.values import Values
from viz.recording.variables import other_variable, variable_of
from viz.recording.views import Write
from viz.text import ended
from viz.watching.calls import Calls
from viz.watching.observer import Executed, Observer

_FRAME_BYTES = 400
_CALL = Evaluated("")
_CHANGE_BYTES = 150


class Recorder(Observer):
    """Records a run as Frames.

    It knows tensors, optimizers and names, but not the language of the program. The runner of the program calls
    `begin` at the start of each part, methods such as `operation`, `backward` and `step` for what a statement
    does, and `frame` after each statement.
    """

    def __init__(self, values: Values | None = None) -> None:
        """`values` reads the tensors; without it, all of them whole, as a program of the language needs it."""
        #: The frames since `take`.
        self.frames: list[Frame] = []
        self._taken = 0
        self._iteration = SETUP
        self._phase: Literal["setup", "loop", "after"] = "setup"
        self._values = values or Values()
        self._names = Names(self._values)
        # What the statement changed before it called a function, each with what the path's first name held.
        self._before_call: tuple[tuple[Change, object], ...] = ()
        self._passes: tuple[int, ...] = ()
        self._address: tuple[Pass, ...] = ()
        self._calls = Calls()
        self._graph = self._setup_graph = self._names.graph
        self._event: Event | None = None
        self._warned: dict[str, str] = {}  # each warning of the statement once, with its library
        self._callers: list[dict[str, str]] = []  # the warnings of the statements that called the running function
        self._ignores_warnings = False
        self._missed = False  # statements ran without a frame
        self._reported: Reported = {}
        self._options: Mapping[str, Value | str | None] = {}
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """About how many bytes the frames take."""
        return self._bytes + self._names.bytes + self._values.bytes + self._graph.bytes + self._calls.bytes

    def take(self) -> tuple[Frame, ...]:
        """Return the frames since the last call, and keep them no longer."""
        frames = tuple(self.frames)
        self._taken += len(frames)
        self.frames.clear()
        return frames

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether the graph of the part that runs has a Node for `tensor`."""
        return self._graph.id_of(tensor) is not None

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Begin a part of the run, with an empty graph."""
        if self._phase == "setup":
            self._setup_graph = self._graph
        self._catch_up()
        self._iteration = iteration
        self._phase = phase
        self._bytes += self._graph.bytes
        self._graph.forget_earlier()
        earlier = (self._graph,) if self._graph is self._setup_graph else (self._graph, self._setup_graph)
        bindings = self._names.bindings
        self._graph = GraphBuilder(self._values, bindings.name_of, earlier, bindings.calls_around)
        self._names.begin(self._graph)
        self._passes = self._address = ()
        self._calls.begin()
        self._values.forget_unused()

    @property
    def unversioned(self) -> frozenset[int]:
        """The addresses of the storages that tensors share without sharing a version."""
        return self._names.unversioned

    def miss(self) -> None:
        """Expect statements without a frame: catch up with what they changed when the next part begins."""
        self._missed = True

    def resume(self) -> None:
        """Record the rest of a part whose statements so far had no frame of their own, as if it began here."""
        self._catch_up()
        self._names.begin(self._graph)

    def _catch_up(self) -> None:
        if self._missed:
            self._names.catch_up()
            self._missed = False

    def within(self, passes: tuple[int, ...], address: tuple[Pass, ...] = ()) -> None:
        """Set the passes of the loops around what comes next, the outermost first."""
        self._passes = self._graph.passes = passes
        self._address = address

    def shares(self, tensor: torch.Tensor) -> None:
        """Record that `tensor` shares its memory with tensors that have another version."""
        self._names.share(tensor)

    @around
    def changing(self, thing: object, what: ChangeKind) -> Generator[None]:
        """Record whether and how code inside changes `what` of `thing` in place."""
        self._ignores_warnings = True  # reading a `.grad` may make torch warn
        changed = self._names.watch(thing, what)
        self._ignores_warnings = False
        yield
        if changed is not None:
            self._ignores_warnings = True
            changed()
            self._ignores_warnings = False

    def warned(self, text: str, library: str) -> None:
        """Record a warning of `library` (PyTorch or NumPy) for the next frame."""
        if not self._ignores_warnings:
            self._warned.setdefault(text, library)

    @around
    def calling(self, caller: Mapping[str, object], function: Mapping[str, object]) -> Generator[None]:
        """Record the statements of a function inside; what the caller did before the call stays the caller's."""
        found = self._names.update(caller, _CALL, self._reported)
        changes = self._before_call + tuple([(one, caller.get(_root(one.name))) for one in found])
        done = self._event, self._reported, self._graph.take_built()
        self._callers.append(self._warned)
        self._event, self._reported, self._warned, self._before_call = None, {}, {}, ()
        unheard: dict[str, str] = {}
        self._names.bindings.calls += 1
        self._names.see(function)
        try:
            yield
        except BaseException:
            unheard = self._warned  # the statement that raised has no frame yet
            raise
        finally:
            self._names.bindings.calls -= 1
            self._names.see(caller)
            self._event, self._reported, built = done
            self._warned, self._before_call = self._callers.pop() | unheard, changes
            self._graph.put_built(built)

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """Record that `expression` made `result` from the tensors `operands`, in the order of the arguments."""
        self._graph.add(result, expression, operands)

    @around
    def writing(
        self, base: torch.Tensor, view: Callable[[], torch.Tensor], repeat: Callable[[torch.Tensor], object]
    ) -> Generator[None]:
        """Record a possible write into a view of `base` by code inside, which also calls `operation`.

        `repeat` writes the same into a copy of the view.
        """
        write = Write(base, view(), repeat)
        yield
        self._graph.record_write(write)

    @around
    def backward(
        self, expression: Span, root: torch.Tensor, retain_graph: bool, others: Sequence[torch.Tensor] = ()
    ) -> Generator[None]:
        """Record the backward from `root` and `others` that runs inside; if it raises, the gradients stay."""
        graph = self._graph
        roots = self._roots(expression, root, others)
        graph.mark_hooked()
        grads = graph.grads()
        with graph.hooked(grads) as visits:
            yield
        self._names.torch_wrote()
        graph.record_backward(visits, retain_graph, roots)
        accumulations, reported = graph.record_accumulations(visits, grads, self._names.path_of)
        graph.add_grads(expression)
        if roots:
            shared = grads.together([one.node for one in accumulations])
            event = Backward(roots[0], tuple(visits), accumulations, shared=shared, others=roots[1:])
            self._report(event, reported)

    @around
    def differentiate(
        self,
        expression: Span,
        root: torch.Tensor,
        inputs: Sequence[torch.Tensor],
        retain_graph: bool,
        others: Sequence[torch.Tensor] = (),
    ) -> Generator[Callable[[Sequence[torch.Tensor | None]], None]]:
        """Record the `torch.autograd.grad` of `root` and `others` that runs inside.

        The caller passes the gradients of `inputs` to the function that this yields.
        """
        graph, read = self._graph, self._values.read_optional
        roots = self._roots(expression, root, others)
        graph.mark_hooked()
        nodes = [graph.id_of(one) for one in inputs]
        names = [self._names.path_of(one) or "" for one in inputs]

        def take(results: Sequence[torch.Tensor | None]) -> None:
            graph.record_backward(visits, retain_graph, roots)
            gradients = [read(one) for one in results]
            order = tuple(visits) + graph.record_ends(zip(nodes, inputs, gradients, strict=True))
            for one in results:
                if one is not None:
                    graph.add(one, expression, ())
            if roots:
                given = zip(names, nodes, gradients, strict=True)
                derivatives = tuple(Derivative(*one) for one in given)
                self._report(Backward(roots[0], order, (), derivatives, others=roots[1:]))

        with graph.hooked() as visits:
            yield take

    @around
    def retain(self, tensor: torch.Tensor) -> Generator[None]:
        """Record the `tensor.retain_grad()` that runs inside."""
        yield
        self._graph.retain(tensor)
        self._names.retain(tensor)
        name = self._names.path_of(tensor) or self._graph.expression_of(tensor)
        self._report(Retained(name, tensor.is_leaf))

    def hook(self, tensor: torch.Tensor) -> None:
        """Record that a hook of the program may change the gradient of `tensor`."""
        self._graph.hook(tensor)
        self._report(Hooked(self._names.path_of(tensor) or self._graph.expression_of(tensor)))

    @around
    def step(self, optimizer: optim.Optimizer) -> Generator[None]:
        """Record the `optimizer.step()` that runs inside."""
        step = Step(optimizer, self._values)
        with before_closure(optimizer, self._names.catch_up):
            yield
        self._names.torch_wrote()
        held = options(optimizer, self._values)
        self._options = self._options if self._options == held else held
        parameters = self._parameters(optimizer)
        updates = step.updates([name for name, _ in parameters], self._options)
        reported: Reported = {(id(parameters[one.places[0]][1]), "value"): one.after for one in updates}
        self._report(Stepped(type(optimizer).__name__, self._options, updates), reported)

    @around
    def schedule(self, scheduler: LRScheduler) -> Generator[None]:
        """Record the `scheduler.step()` that runs inside."""
        before = rates(scheduler.optimizer)
        yield
        optimizer = scheduler.optimizer
        event = Scheduled(type(scheduler).__name__, before, rates(optimizer), type(optimizer).__name__)
        self._report(event, {(id(optimizer), "entry"): None})

    @around
    def zero_grad(self, optimizer: optim.Optimizer | nn.Module) -> Generator[None]:
        """Record the `zero_grad()` of an optimizer or a module that runs inside."""
        read, parameters = self._values.read_optional, self._parameters(optimizer)
        before = [read(one.grad) for _, one in parameters]
        yield
        self._names.torch_wrote()
        cleared: dict[str, tuple[Value | None, Value | None]] = {}
        reported: dict[tuple[int, ChangeKind], Value | None] = {}
        for (name, one), grad in zip(parameters, before, strict=True):
            after = reported[id(one), "grad"] = read(one.grad)
            cleared[name] = grad, after
        self._report(Cleared(cleared), reported)

    def read(self, tensor: torch.Tensor) -> Value:
        """Return the current numbers of a tensor."""
        return self._values.read(tensor)

    def frame(self, done: Executed) -> Frame:
        """Record a statement that has just run, and return its frame."""
        changes = self._names.update(done.variables, done.event, self._reported)
        if self._before_call or len(changes) > 1:
            earlier = [found for one, thing in self._before_call if (found := _now(one, thing, done.variables))]
            changes, self._before_call = joined((*earlier, *changes), self._names.dtype_of), ()
        if done.error is not None:  # the calling statements have no frame of their own
            for warned in reversed(self._callers):
                self._warned = warned | self._warned
        frame = Frame(
            self._taken + len(self.frames),
            self._iteration,
            self._phase,
            done.line,
            self._names.variables,
            self._graph.graph(),
            self._event_of(done),
            done.seconds,
            done.error,
            self._passes,
            done.printed,
            _one_after_the_other(self._warned) if self._warned else "",
            " and ".join(dict.fromkeys(self._warned.values())) if self._warned else "",
            changes,
            self._graph.take_built(),
            self._address,
            self._calls.of(done.calls),
        )
        self.frames.append(frame)
        self._event, self._reported = None, {}
        self._warned = {}
        self._bytes += _FRAME_BYTES + len(frame.printed) + len(frame.warned) + _CHANGE_BYTES * len(changes)
        return frame

    def _event_of(self, done: Executed) -> Event:
        """Return what the statement did; `handle = w.register_hook(f)` says what it bound, as any assignment."""
        if self._event is None or (isinstance(self._event, Hooked) and isinstance(done.event, Assigned)):
            return done.event
        return self._event

    def pass_over(self, statements: int) -> None:
        """Count statements of the part that have no frame of their own."""
        self._taken += statements

    def brief_frame(self, done: Executed, others: Mapping[str, Variable]) -> None:
        """Record one frame without a graph for a whole part, from its variables alone, and `others` gone by now.

        The recorder catches up with all other changes of the part when the next part begins.
        """
        self.miss()
        frame = self.variables_after(done, self._taken + len(self.frames))
        self.frames.append(replace(frame, variables={**others, **frame.variables}))
        self._bytes += _FRAME_BYTES + VARIABLE_BYTES * len(self.frames[-1].variables)

    def variables_after(self, done: Executed, index: int) -> Frame:
        """Return a frame with this index, without a graph, that has the variables as they are now."""
        values = self._values
        if self._names.have_arrays:
            values.forget_all()
        self._names.torch_wrote()
        held = {
            name: variable_of(Held(thing, None, is_leaf_tensor(thing), False), values)
            if isinstance(thing, torch.Tensor)
            else other_variable(thing, values, self._names.bindings.name_of)
            for name, thing in with_tensors(done.variables).items()
        }
        return Frame(
            index,
            self._iteration,
            self._phase,
            done.line,
            held,
            Graph(),
            done.event,
            done.seconds,
            address=self._address,
        )

    def release(self) -> None:
        """Let go of the run's tensors: nothing is recorded any more, and no cycle of references keeps them."""
        for graph in (self._graph, self._setup_graph):
            graph.release()

    def _roots(self, expression: Span, root: torch.Tensor, others: Sequence[torch.Tensor]) -> tuple[int, ...]:
        """Add the roots of a backward to the graph; return the ids of those that need a gradient.

        Several outputs of a Node have the same id.
        """
        found = [self._graph.add_root(one, expression) for one in (root, *others)]
        return tuple([one for one in found if one is not None])

    def _report(self, event: Event, reported: Reported | None = None) -> None:
        """Set the event of the current statement; `reported` are the changes in place that it covers."""
        self._event, self._reported = event, reported or {}

    def _parameters(self, optimizer: optim.Optimizer | nn.Module) -> list[tuple[str, torch.Tensor]]:
        """Return the parameters of an optimizer or a module, each with the program's path to it, or its index."""
        found = [one for _, one in parameters(optimizer)]
        rows = zip(self._names.names_of(found), found, strict=True)
        return [(name or f"parameter {place}", one) for place, (name, one) in enumerate(rows)]


def _now(change: Change, thing: object, variables: Mapping[str, object]) -> Change | None:
    """Return a change under a name that holds `thing` now, as its path's first name did; None if no name does.

    The statement may have bound that name to something else after the change.
    """
    root = _root(change.name)
    if variables.get(root) is thing:
        return change
    other = next((name for name, held in variables.items() if held is thing), None)
    return None if other is None else replace(change, name=f"{other}{change.name[len(root) :]}")


def _root(path: str) -> str:
    """Return the name that a path begins with: `net` for `net[0].weight`."""
    return path.partition("[")[0].partition(".")[0]


def _one_after_the_other(texts: Iterable[str]) -> str:
    """Join warnings as sentences; those of NumPy lack a full stop."""
    *before, last = texts
    return " ".join([*map(ended, before), last])
