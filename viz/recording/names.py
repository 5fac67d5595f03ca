"""What the names of a program hold, looked at after each statement: a new Variable where something changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn, optim

from viz.frames import Assigned, Event, Passed, Update, Variable
from viz.recording.graph import GraphBuilder
from viz.recording.memory import shared
from viz.recording.modules import named_parameters
from viz.recording.optimizers import rates
from viz.recording.values import Values
from viz.recording.variables import other_variable, size_of, tensor_variable, with_node
from viz.recording.walk import is_leaf_tensor

#: About how much memory a Variable takes.
VARIABLE_BYTES = 250


class _Held:
    """A tensor that a name holds, and enough of what was true of it to see whether it is still."""

    __slots__ = ("grad", "grad_version", "has_grad", "is_leaf", "node", "requires_grad", "thing", "version")

    def __init__(self, thing: torch.Tensor, node: int | None) -> None:
        self.thing = thing
        self.node = node
        self.is_leaf = is_leaf_tensor(thing)
        self.version = thing._version
        self.requires_grad = thing.requires_grad
        self.has_grad = self.is_leaf or thing.retains_grad
        self.grad = thing.grad if self.has_grad else None
        self.grad_version = -1 if self.grad is None else self.grad._version

    def keep_grad(self) -> None:
        """The tensor has a `.grad` from here on."""
        self.has_grad = True

    def changed(self) -> bool:
        """True where the tensor's numbers, its `.grad` or `requires_grad` are not what they were."""
        thing = self.thing
        if thing._version != self.version:
            return True
        if not self.has_grad:
            return False  # the `.grad` of a non-leaf stays None
        if thing.requires_grad != self.requires_grad:
            return True  # it may be no leaf any more: what a Function gives back was one inside
        grad = thing.grad
        if grad is not self.grad:
            return True
        return grad is not None and grad._version != self.grad_version


class Names:
    """The names of a program, and what each holds as a Variable (`variables`).

    The first name of a tensor is the one that speaks for it. `graph` is the one that grows now.
    """

    def __init__(self, values: Values) -> None:
        self.variables: dict[str, Variable] = {}
        self.bytes = 0
        self._values = values
        self.graph = GraphBuilder(values, self.name_of)
        self._names: dict[int, str] = {}
        self._things: dict[str, object] = {}
        self._tensors: dict[str, _Held] = {}
        self._arrays: dict[str, tuple[np.ndarray[Any, Any], bytes]] = {}
        self._optimizers: dict[str, tuple[optim.Optimizer, tuple[float, ...]]] = {}
        self._owners: dict[str, str] = {}  # the name of the module that a parameter's name begins with
        self._containers_changed = False
        self._visible: Mapping[str, object] = {}
        self._outside: Mapping[str, object] = {}  # the names outside of functions
        self._seen_nodes = -1  # no statement of this part was looked at yet

    @property
    def have_arrays(self) -> bool:
        """Whether a name holds an array of NumPy."""
        return bool(self._arrays)

    def begin(self, graph: GraphBuilder) -> None:
        """A part of the run begins, with this graph."""
        self.graph = graph
        self._seen_nodes = -1

    def containers_changed(self) -> None:
        """A list or a dict was changed in place: names that hold one are read anew."""
        self._containers_changed = True

    def retain(self, tensor: torch.Tensor) -> None:
        """From here on `tensor` keeps its `.grad` though it is no leaf."""
        for held in self._tensors.values():
            if held.thing is tensor:
                held.keep_grad()

    def name_of(self, tensor: torch.Tensor) -> str | None:
        """The name that holds this very tensor."""
        return self._names.get(id(tensor))

    def look_at(self, variables: Mapping[str, object], event: Event, known: bool) -> tuple[Update, ...]:
        """Make a new Variable for each name whose object changed; where none did, the mapping stays too.

        Gives what the statement did to the leaves that it changed in place, unless that is `known` already.

        Only the first statement of a part may find a name bound to something else without having said so (the
        loop binds its own), and one that sees other names than the statement before: a function's, or no longer.
        """
        other = variables is not self._visible
        if other:
            self._visible = variables
            self._outside = self._outside or variables
            self._forget_names(variables)
        grew = len(self.graph) != self._seen_nodes
        # A tensor with a Node of this graph keeps it, unless a function lends Nodes the names of its arguments.
        again = self._seen_nodes < 0 or self.graph.lends
        written = self._written()
        changed = {name: self._hold(name, self._things[name]) for name in written}
        moved: list[tuple[str, Variable]] = []
        for name, held in self._tensors.items():
            if written or held.changed():
                if held.is_leaf and held.requires_grad and held.thing._version != held.version:
                    moved.append((name, self.variables[name]))
                changed[name] = self._hold(name, held.thing)
            elif (
                grew
                and (again or held.node is None)
                and held.node != (node := self.graph.name(held.thing, name, self._lent(name)))
            ):
                held.node = node
                changed[name] = with_node(self.variables[name], node)
        for name in self._bound(variables, event, other):
            before, now = self._things.get(name), variables.get(name)
            if name in variables and (before is not now or name not in self._things):
                self._rename(name, before, now, variables)
                changed[name] = self._hold(name, now)
                changed |= self._hold_parameters(name, now, variables)
        for name in self._changed_inside():
            changed[name] = self._hold(name, self._things[name])
        updates = () if known else self._updates(moved)
        self._seen_nodes = len(self.graph)
        if changed:
            self.variables = {**self.variables, **changed}
            self.bytes += VARIABLE_BYTES * len(changed) + 100 * len(self.variables)
        return updates

    def _updates(self, moved: list[tuple[str, Variable]]) -> tuple[Update, ...]:
        """What was done to the leaves that changed in place, given with what their names held before."""
        updates = []
        for name, old in moved:
            leaf = self._things[name]
            if isinstance(leaf, torch.Tensor) and self.name_of(leaf) == name and old.value is not None:
                now = leaf.detach()
                change = now - torch.tensor(old.value, dtype=now.dtype)
                after = self._values.read(leaf)
                updates.append(Update(name, old.value, old.grad, after, self._values.read(change)))
        return tuple(updates)

    def _lent(self, name: str) -> bool:
        """Whether a name is one that only the function that runs has: the names outside come first."""
        outside = self._outside
        return self._visible is not outside and outside.get(name) is not self._visible.get(name)

    def _changed_inside(self) -> list[str]:
        """The names of what is no tensor and reads differently now: an optimizer with other rates, a list."""
        names = [name for name, (optimizer, before) in self._optimizers.items() if rates(optimizer) != before]
        if names or self._containers_changed:  # an optimizer's groups may have names, too
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
            self.variables = {name: one for name, one in self.variables.items() if name not in gone}

    def _hold(self, name: str, thing: object) -> Variable:
        """The Variable for what `name` holds now."""
        self._things[name] = thing
        self._optimizers.pop(name, None)
        self._arrays.pop(name, None)
        if not isinstance(thing, torch.Tensor):
            self._tensors.pop(name, None)
            shares: Sequence[str] = ()
            if isinstance(thing, optim.Optimizer):
                self._optimizers[name] = thing, rates(thing)
            elif isinstance(thing, np.ndarray):
                self._arrays[name] = thing, thing.tobytes()
                shares = shared(thing, [(one, held.thing) for one, held in self._tensors.items()])
            made = other_variable(thing, self._values, self.name_of, shares)
            self.bytes += size_of(made)
            return made
        node = self.graph.name(thing, name, self._lent(name))
        self._tensors[name] = _Held(thing, node)
        arrays = [(one, array) for one, (array, _) in self._arrays.items()]
        return tensor_variable(thing, self._values, node, shared(thing, arrays) if arrays else ())

    def _hold_parameters(self, name: str, thing: object, variables: Mapping[str, object]) -> dict[str, Variable]:
        """The Variables for the parameters of the module that `name` holds now, in place of those it held before.

        A parameter that has a name already keeps it.
        """
        before = [one for one, owner in self._owners.items() if owner == name] if self._owners else ()
        if before:
            for one in before:
                del self._owners[one]
                self._rename(one, self._things.pop(one), None, variables)
                self._tensors.pop(one, None)
            self.variables = {one: held for one, held in self.variables.items() if one not in before}
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
