"""Keeps the Variables of a program up to date: after each statement, a new one for every name that changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn, optim

from viz.frames.changes import Change, ChangeKind
from viz.frames.events import Assigned, Evaluated, Event, Passed
from viz.frames.frame import Variable
from viz.pytorch.graph import is_leaf_tensor
from viz.pytorch.parameters import named_tensors
from viz.recording.aliases import Aliases, Rewritten
from viz.recording.arrays import Arrays
from viz.recording.bindings import Bindings, flat
from viz.recording.changes import Moved, Reported, each_once, is_reported, moved_changes
from viz.recording.comparison import Compare, Difference, same, watch
from viz.recording.graph import GraphBuilder
from viz.recording.held import Held
from viz.recording.learning_rates import LearningRates
from viz.recording.memory import shared
from viz.recording.paths import own_path_to
from viz.recording.reading.values import Values
from viz.recording.variables import other_variable, size_of, variable_of, with_node

#: About how much memory a Variable takes.
VARIABLE_BYTES = 250
#: The types whose description lists their entries.
_WITH_ENTRIES = (list, tuple, dict, set, frozenset, deque, optim.Optimizer)
#: No names.
_NONE: Sequence[str] = ()
#: What a name holds that is not bound.
_UNBOUND = object()


class Names:
    """The names of a program, and what each holds as a Variable (`variables`).

    `bindings` knows the names of tensors. `graph` is the graph of the current part.
    """

    def __init__(self, values: Values) -> None:
        self.variables: dict[str, Variable] = {}
        self.bytes = 0
        self._values = values
        self.bindings = bindings = Bindings()
        self.graph = GraphBuilder(values, bindings.name_of, calls_around=bindings.calls_around)
        self._tensors: dict[str, Held] = {}
        self._arrays = Arrays()
        self._modules: dict[str, nn.Module] = {}
        self._aliases = Aliases(values, self._tensors)
        self._rates = LearningRates()
        # The changes that `watch` found, with the paths.
        self._watched: list[tuple[object, str | None, list[Difference]]] = []
        self._entries_changed = False  # those of a list, a dict or an optimizer
        self._with_set_grad: dict[int, torch.Tensor] = {}  # non-leaves whose `.grad` the program set
        self._coming: Mapping[str, object] | None = None  # the names that the program sees since the last update
        self._seen_nodes = -1  # none: this part has no statement yet

    @property
    def have_arrays(self) -> bool:
        """Whether a name holds a NumPy array."""
        return bool(self._arrays.held)

    @property
    def unversioned(self) -> frozenset[int]:
        """The addresses of the storages in which a write may leave the version of a tensor as it is."""
        return frozenset(self._aliases.shared.addresses())

    def begin(self, graph: GraphBuilder) -> None:
        """Begin a part of the run, with this graph."""
        self.graph = graph
        self._seen_nodes = -1
        if self._with_set_grad:
            still = self.bindings.is_named
            self._with_set_grad = {number: one for number, one in self._with_set_grad.items() if still(number)}

    def watch(self, thing: object, what: ChangeKind) -> Callable[[], None] | None:
        """Return the function to call after a possible change in place of `what` of `thing`.

        Returns None for the numbers of a thing that a name holds: `update` compares those.
        """
        visible = self._seen()
        if what == "value" and isinstance(thing, torch.Tensor):
            if thing in self._aliases.shared:
                return partial(self._rewritten, self._aliases.watch(thing, visible))
            if self.bindings.is_named(id(thing if thing._base is None else thing._base)):
                return None
        elif isinstance(thing, np.ndarray) and self._arrays.holds(thing):
            return None
        path = self.bindings.path_to(thing, visible)
        return partial(self._changed, thing, what, path, watch(thing, what, self._values, self.bindings.name_of))

    def share(self, tensor: torch.Tensor) -> None:
        """Record that `tensor` shares its memory with tensors that have another version."""
        self._aliases.shared.add(tensor)

    def torch_wrote(self) -> None:
        """Record that a backward, a step or `zero_grad` ran."""
        self._aliases.torch_wrote()

    def _rewritten(self, written: Callable[[], list[Rewritten]]) -> None:
        """Keep the changes of shared memory for the next frame."""
        for one, path, difference in written():
            self._watched.append((one, path, [difference]))

    def _changed(self, thing: object, what: ChangeKind, path: str | None, compare: Compare) -> None:
        """Keep the changes of `thing` for the next frame."""
        if isinstance(thing, np.ndarray):
            self._arrays.other_written()
        elif what == "entries":
            self._entries_changed = True
            if path is not None:  # a function may have been called since: its names come first
                path = own_path_to(thing, self._seen()) or path
        elif what == "grad" and isinstance(thing, torch.Tensor) and not (thing.is_leaf or thing.retains_grad):
            self._with_set_grad[id(thing)] = thing
            self.retain(thing)
        self._watched.append((thing, path, list(compare())))

    def catch_up(self) -> None:
        """Take the changes of statements without a frame, so that they do not count for the next statement."""
        _, everything = self._written()
        self.torch_wrote()
        changed = list(self._tensors) if everything else self._aliases.changed()
        self._entries_changed = True
        self.variables = self.variables | {
            name: self._hold(name, self.bindings.things[name])
            for name in (*changed, *self._changed_inside(), *self._arrays.held)
        }

    def path_of(self, thing: object) -> str | None:
        """Return how the program reaches a tensor, a list or any other thing."""
        return self.bindings.path_to(thing, self._seen())

    def names_of(self, tensors: Sequence[torch.Tensor]) -> list[str | None]:
        """Return how the program reaches each of these very tensors: the name that holds it, or a path."""
        self._seen()
        return self.bindings.paths_to(tensors)

    def retain(self, tensor: torch.Tensor) -> None:
        """Record that `tensor`, a non-leaf, retains its `.grad` from now on."""
        for held in self._tensors.values():
            if held.thing is tensor:
                held.keep_grad()

    def dtype_of(self, name: str) -> torch.dtype | None:
        """Return the dtype of the tensor that `name` holds; None if it holds none."""
        held = self._tensors.get(name)
        return None if held is None else held.thing.dtype

    def update(self, variables: Mapping[str, object], event: Event, reported: Reported) -> tuple[Change, ...]:
        """Make a new Variable for each name whose object changed; without a change, the mapping stays the same.

        Returns what the statement changed in place and has not `reported`.

        Names are bound by Assigned and Passed events, with two exceptions: before the first statement of a part
        the loop may bind its own, and a statement that enters or leaves a function sees other names.
        """
        self._coming = None
        other = variables is not self.bindings.visible
        if other:
            self._turn_to(variables)
        first, nodes = self._seen_nodes < 0, len(self.graph)
        grew, self._seen_nodes = nodes != self._seen_nodes, nodes
        arrays = self._arrays
        written, everything = self._written() if arrays.held or arrays.others_written else (_NONE, False)
        changed: dict[str, Variable] = {}
        for name in written:
            changed[name] = self._hold(name, self.bindings.things[name])
        moved: list[Moved] = []
        tensors = self._tensors
        for name in list(tensors) if everything else self._aliases.changed():
            held, old = tensors[name], self.variables[name]
            new = changed[name] = self._hold_again(name, held)
            row = held, tensors[name], old, new
            if not is_reported(row, reported):
                moved.append(row)
        if grew:
            # A tensor keeps its Node of this graph, unless a function lends Nodes the names of its arguments.
            self._place_nodes(changed, first or self.graph.lends)
        if other or first:
            self._bind_all(variables, changed)
        elif isinstance(event, (Assigned, Passed)):
            self._bind(event.names, variables, changed)
        changes: tuple[Change, ...] = ()
        registered = self._registered(event, variables, changed)
        watched: set[int] = set()
        if moved or written or self._watched:
            watched = {id(thing) for thing, _, _ in self._watched}
            changes = self._changes({name: changed[name] for name in written}, moved, reported)
        for name in self._changed_inside():
            changes += self._rates.changes(name, watched, reported)
            changed[name] = self._hold(name, self.bindings.things[name])
        if changed:
            self._put(changed)
        return changes + registered

    def see(self, variables: Mapping[str, object]) -> None:
        """Record that the program sees these names from here on: a function's own, or those of its caller."""
        self._coming = variables

    def _seen(self) -> Mapping[str, object]:
        """Return the names that the program sees now; what they hold has its Variable and its name."""
        variables, self._coming = self._coming, None
        if variables is not None and variables is not self.bindings.visible:
            self._turn_to(variables)
            changed: dict[str, Variable] = {}
            self._bind_all(variables, changed)
            self._put(changed)
        return self.bindings.visible

    def _turn_to(self, variables: Mapping[str, object]) -> None:
        """Let the program see these names, and forget the others."""
        gone = self.bindings.turn_to(variables)
        for name in gone:
            self._tensors.pop(name, None)
            self._modules.pop(name, None)
            self._rates.drop(name)
            self._arrays.drop(name)
        if gone:
            self.variables = {name: one for name, one in self.variables.items() if name not in gone}

    def _bind_all(self, variables: Mapping[str, object], changed: dict[str, Variable]) -> None:
        """Like `_bind`, for all names: any may be bound to something new."""
        names = flat(variables)
        self._bind(names, names, changed)

    def _bind(self, names: Iterable[str], variables: Mapping[str, object], changed: dict[str, Variable]) -> None:
        """Put a new Variable into `changed` for each of these names that holds another object than before."""
        things = self.bindings.things
        for name in names:
            now = variables.get(name, _UNBOUND)
            if now is not _UNBOUND and now is not (before := things.get(name, _UNBOUND)):
                self.bindings.rename(name, before, now, variables)
                changed[name] = self._hold(name, now)
                self._hold_parameters(name, now, variables, changed)

    def _registered(
        self, event: Event, variables: Mapping[str, object], changed: dict[str, Variable]
    ) -> tuple[Change, ...]:
        """Like `_bind`, for the modules to which the statement may have given other parameters or modules.

        Returns which modules got others, unless the statement sets an attribute: it says itself which one.
        """
        found: list[Change] = []
        stored = isinstance(event, Assigned) and (event.owners or event.attributes)
        if not self._modules or (not stored and not isinstance(event, Evaluated)):
            return ()
        for name in [one for one in self.bindings.things if one in self._modules]:
            thing = self._modules[name]
            if not self.bindings.owns(name, thing):
                found.append(Change(name, "inside", None, None))
                changed[name] = self._hold(name, thing)  # its text names what is inside
                self._hold_parameters(name, thing, variables, changed)
        return () if isinstance(event, Assigned) and event.attributes else tuple(found)

    def _put(self, changed: Mapping[str, Variable]) -> None:
        """Replace these Variables."""
        self.variables = {**self.variables, **changed}
        self.bytes += VARIABLE_BYTES * len(changed) + 100 * len(self.variables)

    def _changes(
        self, arrays: Mapping[str, Variable], moved: Sequence[Moved], reported: Reported
    ) -> tuple[Change, ...]:
        """Return what changed in place: the arrays, the tensors `moved`, and the watched things."""
        reported = dict(reported)
        changes = [Change(name, "value", self.variables[name].value, one.value) for name, one in arrays.items()]
        for thing, path, differences in self._watched:
            for part in differences if path is not None else ():
                if not same(part.before, part.after):
                    reported[id(thing), part.what] = part.after  # type: ignore[assignment]  # a tensor has no string
                changes.append(Change(f"{path}{part.part}", part.what, part.before, part.after))
        self._watched = []
        found = moved_changes(moved, reported, self._values, self.path_of)
        return each_once(changes, found) if changes else tuple(found)

    def _place_nodes(self, changed: dict[str, Variable], again: bool) -> None:
        """Find the Nodes of the tensors that have none yet, or `again` of all tensors; put the new Variables into
        `changed`."""
        graph, known = self.graph, self.graph.leaf_ids
        for name, held in self._tensors.items():
            thing = held.thing
            if held.node is not None:
                if not again:
                    continue
            elif held.is_leaf and id(thing) not in known:
                continue
            node = graph.id_of_leaf(thing) if held.is_leaf else graph.id_of(thing)
            if node is not None:
                graph.name_node(node, name)
            if node != held.node:
                held.node = node
                changed[name] = with_node(changed.get(name, self.variables[name]), node)

    def _changed_inside(self) -> list[str]:
        """Return the names of optimizers, lists and the like whose description may have changed."""
        names = self._rates.changed()
        if names or self._entries_changed:  # an optimizer's groups may have names, too
            self._entries_changed = False
            things = self.bindings.things.items()
            names += [name for name, one in things if isinstance(one, _WITH_ENTRIES) and name not in names]
        return names

    def _written(self) -> tuple[list[str], bool]:
        """Return the names of the NumPy arrays whose numbers changed, and whether any array was written into:
        tensors may share its memory."""
        written, everything = self._arrays.take_written()
        if everything:
            self._values.forget_all()
        return written, everything

    def _hold(self, name: str, thing: object) -> Variable:
        """Return the Variable for what `name` holds now."""
        self.bindings.things[name] = thing
        if name not in self._tensors:
            self._modules.pop(name, None)
            self._rates.drop(name)
            self._arrays.drop(name)
        if not isinstance(thing, torch.Tensor) or thing.is_inference():
            self._tensors.pop(name, None)
            shares: Sequence[str] = ()
            if isinstance(thing, nn.Module):
                self._modules[name] = thing
            elif isinstance(thing, optim.Optimizer):
                self._rates.hold(name, thing)
            elif isinstance(thing, np.ndarray):
                self._arrays.hold(name, thing)
                shares = shared(thing, [(one, held.thing) for one, held in self._tensors.items()])
            made = other_variable(thing, self._values, self.bindings.name_of, shares)
            self.bytes += size_of(made)
            return made
        node = self.graph.name(thing, name)
        held = self._tensors[name] = Held(thing, node, is_leaf_tensor(thing), id(thing) in self._with_set_grad)
        arrays = self._arrays.named() if self._arrays.held else ()
        return variable_of(held, self._values, shared(thing, arrays) if arrays else ())

    def _hold_again(self, name: str, held: Held) -> Variable:
        """Return the Variable for a tensor that changed in place and kept its name."""
        thing = held.thing
        still = held.is_leaf and held.requires_grad and thing.requires_grad
        # In one statement a leaf may stop requiring a gradient, be written into, and be no leaf afterwards.
        if self._arrays.held or not still or not (thing._version == held.version or is_leaf_tensor(thing)):
            return self._hold(name, thing)
        # Any other leaf that requires a gradient stays a leaf and keeps its Node.
        now = self._tensors[name] = Held(thing, held.node, True, True)
        return variable_of(now, self._values)

    def _hold_parameters(
        self, name: str, thing: object, variables: Mapping[str, object], changed: dict[str, Variable]
    ) -> None:
        """Put Variables for the tensors of the module that `name` holds now into `changed`; drop the old one's.

        A tensor that already has a name keeps it.
        """
        before = self.bindings.disown(name, variables)
        if before:
            for one in before:
                self._tensors.pop(one, None)
                changed.pop(one, None)
            self.variables = {one: held for one, held in self.variables.items() if one not in before}
        if isinstance(thing, nn.Module):
            for one, parameter in named_tensors(name, thing):
                if not self.bindings.is_named(id(parameter)):
                    self.bindings.own(one, parameter, name, variables)
                    changed[one] = self._hold(one, parameter)
            self.bindings.keep_registered(name, thing)
