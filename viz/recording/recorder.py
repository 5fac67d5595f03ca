"""Turns what it is told about a run (an operation, a backward, a step, a statement's end) into Frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames import (
    SETUP,
    Assigned,
    Backward,
    Changed,
    Cleared,
    Event,
    Frame,
    Graph,
    Passed,
    Problem,
    Scheduled,
    Span,
    Stepped,
    Update,
    Value,
    Variable,
)
from viz.recording.gradients import watched
from viz.recording.graph import GraphBuilder
from viz.recording.memory import shared
from viz.recording.modules import named_parameters, with_parameters
from viz.recording.optimizers import Step, options, parameters, rates
from viz.recording.values import Values
from viz.recording.variables import array_variable, other_variable, tensor_variable, with_node
from viz.recording.walk import is_leaf_tensor

_FRAME_BYTES = 400
_VARIABLE_BYTES = 250


class _Held:
    """A tensor that a name holds, and enough of what was true of it to see whether it is still."""

    __slots__ = ("grad", "grad_version", "is_leaf", "node", "requires_grad", "thing", "version")

    def __init__(self, thing: torch.Tensor, node: int | None) -> None:
        self.thing = thing
        self.node = node
        self.is_leaf = is_leaf_tensor(thing)
        self.version = thing._version
        self.requires_grad = thing.requires_grad
        self.grad = thing.grad if self.is_leaf else None
        self.grad_version = -1 if self.grad is None else self.grad._version

    def changed(self) -> bool:
        """True where the tensor's numbers, its `.grad` or `requires_grad` are not what they were."""
        thing = self.thing
        if thing._version != self.version:
            return True
        if not self.is_leaf:
            return False  # the `.grad` of a non-leaf stays None
        if thing.requires_grad != self.requires_grad:
            return True  # it may be no leaf any more: what a Function gives back was one inside
        grad = thing.grad
        if grad is not self.grad:
            return True
        return grad is not None and grad._version != self.grad_version


class Recorder:
    """Records a run as Frames.

    It knows tensors, optimizers and names, and nothing of the language that the program is written in: who
    runs the program calls `begin` where a part of it begins, `operation`, `backward`, `step`, `zero_grad` and
    `clear_grad` for what a statement does, and `frame` when the statement is over.
    """

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._iteration = SETUP
        self._phase: Literal["setup", "loop", "after"] = "setup"
        self._values = Values()
        self._names: dict[int, str] = {}
        self._things: dict[str, object] = {}
        self._tensors: dict[str, _Held] = {}
        self._arrays: dict[str, tuple[np.ndarray[Any, Any], bytes]] = {}
        self._optimizers: dict[str, tuple[optim.Optimizer, tuple[float, ...]]] = {}
        self._passes: tuple[int, ...] = ()
        self._owners: dict[str, str] = {}  # the name of the module that a parameter's name begins with
        self._containers_changed = False
        self._visible: Mapping[str, object] = {}
        self._outside: Mapping[str, object] = {}  # the names outside of functions
        self._variables: dict[str, Variable] = {}
        self._graph = GraphBuilder(self._values, self._name_of)
        self._setup_graph = self._graph
        self._event: Event | None = None
        self._seen_nodes = -1  # no statement of this part was looked at yet
        self._options: Mapping[str, Value | str | None] = {}
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """About how many bytes the frames take."""
        return self._bytes + self._values.bytes + self._graph.bytes

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
        self._graph = GraphBuilder(self._values, self._name_of, earlier)
        self._passes = ()
        self._seen_nodes = -1
        self._values.forget_unused()

    def within(self, passes: tuple[int, ...]) -> None:
        """What comes next is in these passes of the part's inner loops, the outermost first."""
        self._passes = self._graph.passes = passes

    def containers_changed(self) -> None:
        """A list or a dict was changed in place: names that hold one read anew."""
        self._containers_changed = True

    def operation(self, expression: Span, result: torch.Tensor, operands: Sequence[torch.Tensor]) -> None:
        """`expression` made `result` from the tensors `operands`, in the order of the arguments."""
        self._graph.add(result, expression, operands)

    @contextmanager
    def backward(self, expression: Span, root: torch.Tensor, keeps: bool) -> Iterator[None]:
        """A backward from `root` runs inside; `keeps` as `retain_graph`.

        Where it raises, the gradients on the graph stay as they were.
        """
        start = self._graph.add_root(root, expression)
        before = self._graph.grads()
        with watched(self._graph.functions(), self._values.read) as visits:
            yield
        accumulations = self._graph.backward_ran(visits, before, keeps)
        if start is not None:
            self._event = Backward(start, tuple(visits), accumulations)

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
        with self._clearing([(self._name_of(leaf) or "", leaf)], "the line"):
            yield

    def frame(
        self,
        line: int,
        variables: Mapping[str, object],
        event: Event,
        seconds: float,
        error: Problem | None = None,
        printed: str = "",
    ) -> Frame:
        """The statement on `line` is over: `variables` is what every name holds now.

        It is the same mapping as long as the same names can be seen; in a function it is another. `event` is what
        the statement did unless it did something that the recorder saw itself; where it bound names, the event has
        them.
        """
        self._look_at(variables, event)
        frame = Frame(
            len(self.frames),
            self._iteration,
            self._phase,
            line,
            self._variables,
            self._graph.graph(),
            self._event or event,
            seconds,
            error,
            self._passes,
            printed,
        )
        self.frames.append(frame)
        self._event = None
        self._bytes += _FRAME_BYTES + len(printed)
        return frame

    def brief_frame(self, line: int, variables: Mapping[str, object], event: Event, seconds: float) -> None:
        """A frame for a whole part of which nothing else is told: what `variables` hold, and no graph.

        What else happened in the part, the recorder sees with the next one.
        """
        values = self._values
        if self._arrays:
            values.forget_all()
        held = {
            name: tensor_variable(thing, values, None)
            if isinstance(thing, torch.Tensor)
            else other_variable(thing, values, self._name_of)
            for name, thing in with_parameters(variables).items()
        }
        index = len(self.frames)
        self.frames.append(Frame(index, self._iteration, self._phase, line, held, Graph(), event, seconds))
        self._bytes += _FRAME_BYTES + _VARIABLE_BYTES * len(held)

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
            (self._name_of(one) or f"parameter {place}", one)
            for place, (_, one) in enumerate(parameters(optimizer))
        ]

    def _name_of(self, tensor: torch.Tensor) -> str | None:
        """The name that holds this very tensor."""
        return self._names.get(id(tensor))

    def _look_at(self, variables: Mapping[str, object], event: Event) -> None:
        """Make a new Variable for each name whose object changed; where none did, the mapping stays too.

        Only the first statement of a part may find a name bound to something else without having said so (the
        loop binds its own), and one that sees other names than the statement before: a function's, or no longer.
        """
        other = variables is not self._visible
        if other:
            self._visible = variables
            self._outside = self._outside or variables
            self._forget_names(variables)
        grew = len(self._graph) != self._seen_nodes
        written = self._written()
        changed = {name: self._hold(name, self._things[name]) for name in written}
        moved: list[tuple[str, Variable]] = []
        for name, held in self._tensors.items():
            if written or held.changed():
                if held.is_leaf and held.requires_grad and held.thing._version != held.version:
                    moved.append((name, self._variables[name]))
                changed[name] = self._hold(name, held.thing)
            elif grew and held.node != (node := self._graph.name(held.thing, name, self._lent(name))):
                held.node = node
                changed[name] = with_node(self._variables[name], node)
        for name in self._bound(variables, event, other):
            before, now = self._things.get(name), variables.get(name)
            if name in variables and (before is not now or name not in self._things):
                self._rename(name, before, now, variables)
                changed[name] = self._hold(name, now)
                changed |= self._hold_parameters(name, now, variables)
        for name in self._changed_inside():
            changed[name] = self._hold(name, self._things[name])
        if moved and self._event is None:
            self._event = self._changed(moved)
        self._seen_nodes = len(self._graph)
        if changed:
            self._variables = {**self._variables, **changed}
            self._bytes += _VARIABLE_BYTES * len(changed) + 100 * len(self._variables)

    def _changed(self, moved: list[tuple[str, Variable]]) -> Event | None:
        """What a statement did to the leaves that it changed in place: their names, and what they were before."""
        updates = []
        for name, old in moved:
            leaf = self._things[name]
            if isinstance(leaf, torch.Tensor) and self._names.get(id(leaf)) == name and old.value is not None:
                now = leaf.detach()
                change = now - torch.tensor(old.value, dtype=now.dtype)
                after = self._values.read(leaf)
                updates.append(Update(name, old.value, old.grad, after, self._values.read(change)))
        return Changed(tuple(updates)) if updates else None

    def _lent(self, name: str) -> bool:
        """Whether a name is one that only the function that runs has: the names outside come first."""
        outside = self._outside
        return self._visible is not outside and outside.get(name) is not self._visible.get(name)

    def _changed_inside(self) -> list[str]:
        """The names of what is no tensor and reads differently now: an optimizer with other rates, a list."""
        names = [name for name, (optimizer, before) in self._optimizers.items() if rates(optimizer) != before]
        if self._containers_changed:
            self._containers_changed = False
            names += [name for name in self._things if name not in self._tensors and name not in names]
        return names

    def _written(self) -> list[str]:
        """The names of the arrays of NumPy with other numbers than before; tensors may share their memory."""
        written = [name for name, (array, numbers) in self._arrays.items() if array.tobytes() != numbers]
        if written:
            self._values.forget_all()
        return written

    def _bound(self, variables: Mapping[str, object], event: Event, other: bool) -> Iterable[str]:
        """The names that may be bound to something else than before; with `other` names that is any."""
        if other or self._seen_nodes < 0:
            return variables
        return event.names if isinstance(event, (Assigned, Passed)) else ()

    def _forget_names(self, visible: Mapping[str, object]) -> None:
        """Take off the names that can no longer be seen."""
        gone = [name for name in self._things if name not in visible and self._owners.get(name) not in visible]
        for name in gone:
            self._rename(name, self._things.pop(name), None, visible)
            self._tensors.pop(name, None)
            self._optimizers.pop(name, None)
            self._arrays.pop(name, None)
            self._owners.pop(name, None)
        if gone:
            self._variables = {name: one for name, one in self._variables.items() if name not in gone}

    def _hold(self, name: str, thing: object) -> Variable:
        """The Variable for what `name` holds now."""
        self._things[name] = thing
        self._optimizers.pop(name, None)
        self._arrays.pop(name, None)
        if not isinstance(thing, torch.Tensor):
            self._tensors.pop(name, None)
            if isinstance(thing, optim.Optimizer):
                self._optimizers[name] = thing, rates(thing)
            elif isinstance(thing, np.ndarray):
                self._arrays[name] = thing, thing.tobytes()
                tensors = [(one, held.thing) for one, held in self._tensors.items()]
                return array_variable(thing, shared(thing, tensors))
            return other_variable(thing, self._values, self._name_of)
        node = self._graph.name(thing, name, self._lent(name))
        self._tensors[name] = _Held(thing, node)
        arrays = [(one, array) for one, (array, _) in self._arrays.items()]
        return tensor_variable(thing, self._values, node, shared(thing, arrays) if arrays else ())

    def _hold_parameters(self, name: str, thing: object, variables: Mapping[str, object]) -> dict[str, Variable]:
        """The Variables for the parameters of the module that `name` holds now, in place of those it held before.

        A parameter that has a name already keeps it.
        """
        before = [one for one, owner in self._owners.items() if owner == name]
        if before:
            for one in before:
                del self._owners[one]
                self._rename(one, self._things.pop(one), None, variables)
                self._tensors.pop(one, None)
            self._variables = {one: held for one, held in self._variables.items() if one not in before}
        if not isinstance(thing, nn.Module):
            return {}
        held = {}
        for one, parameter in named_parameters(name, thing):
            if id(parameter) not in self._names:
                self._owners[one] = name
                self._rename(one, None, parameter, variables)
                held[one] = self._hold(one, parameter)
        return held

    def _rename(self, name: str, before: object, now: object, variables: Mapping[str, object]) -> None:
        """`name` holds `now` and no longer `before`; the first name of a tensor is the one that speaks for it."""
        if self._names.get(id(before)) == name:
            del self._names[id(before)]
            others = [other for other, thing in variables.items() if thing is before]
            if others:
                self._names[id(before)] = others[0]
        if isinstance(now, torch.Tensor):
            self._names.setdefault(id(now), name)
