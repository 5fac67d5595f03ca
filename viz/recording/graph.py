"""The graph of one iteration as it grows: torch's Nodes in, plain Nodes and Edges out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, TypeAlias

import torch
from torch.autograd.graph import get_gradient_edge

from viz import limits
from viz.frames.changes import ChangeKind, Known
from viz.frames.events import Accumulation
from viz.frames.graph import Edge, Graph, Node, Saved
from viz.frames.plain import Span, Value
from viz.pytorch.graph import Entries, TorchNode, function_of, is_leaf, outputs, unseen
from viz.recording.accumulating import Grads
from viz.recording.backward_views import MAKERS, followed
from viz.recording.data_slots import data_slots
from viz.recording.draft import NOT_VISITED, Draft
from viz.recording.gradients import Visit, watched
from viz.recording.saved import saved_by
from viz.recording.values import Values
from viz.recording.views import AS_STRIDED, Write, base_of

_NODE_BYTES = 500
_EDGE_BYTES = 120


#: A tensor as it was at one time: its id and its version (the builder holds it, so that the id stays its own).
_Version: TypeAlias = tuple[int, int]


class GraphBuilder:
    """The graph of one iteration, grown operation by operation.

    `name_of` gives the variable that holds a tensor. `earlier` are the builders of the last iteration and of
    the set-up: where a walk comes to what they built, it takes over what they saw of it. While the builder
    lives it holds torch's Nodes, so that torch keeps giving the same objects for them.
    """

    def __init__(
        self,
        values: Values,
        name_of: Callable[[torch.Tensor], str | None],
        earlier: tuple[GraphBuilder, ...] = (),
    ) -> None:
        self.bytes = 0
        self.passes: tuple[int, ...] = ()  # of the inner loops, that what is added now belongs to
        self._values = values
        self._readings = values.readings
        self._name_of = name_of
        self._earlier = earlier
        self._ids: dict[TorchNode, int] = {}
        self._leaves: dict[int, tuple[int, torch.Tensor]] = {}  # by the id of the leaf
        self._data: dict[_Version, tuple[int, torch.Tensor]] = {}
        self._inputs: dict[TorchNode, list[tuple[int, _Version]]] = {}  # the slots that data went in at
        # What an iteration retains is its own; what the set-up does, stays.
        self._retained: list[torch.Tensor] = list(earlier[-1]._retained) if earlier else []
        self._made: dict[int, tuple[torch.Tensor, Span]] = {}  # tensors without a Node, and what made them
        self._drafts: list[Draft] = []
        self._changed: set[int] = set()
        self._built: list[int] = []  # Nodes that the statement that runs built
        self._strided: dict[TorchNode, int] = {}  # views that were made anew, each with its base
        self._followed: dict[TorchNode, int] = {}  # Nodes of which a backward makes Nodes of views
        self._made_by_backward: dict[TorchNode, tuple[Saved, ...]] = {}  # of views, with what they keep
        self._lent: set[int] = set()  # Nodes with the name that a function has for them
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._graph = Graph()

    def __len__(self) -> int:
        return len(self._drafts)

    def graph(self) -> Graph:
        """The graph so far; the same object as long as nothing in it changed."""
        again, self._readings = self._readings != self._values.readings, self._values.readings
        for number, leaf in self._leaves.values():
            draft = self._drafts[number]
            if again or leaf._version != draft.version:
                self._change(number).hold(leaf, self._values)
            # What a name holds is looked at there.
            grad = None if self._name_of(leaf) else self._values.read_optional(leaf.grad)
            if draft.grad is not grad:
                self._change(number).grad = grad
        for number, tensor in self._kept() if self._retained else ():
            grad = self._values.read_optional(tensor.grad)
            if self._drafts[number].grad is not grad:
                self._change(number).grad = grad
        if self._changed:
            known = len(self._nodes)
            for number in self._changed:
                if number < known:
                    self._nodes[number] = self._drafts[number].plain()
            self._nodes.extend([draft.plain() for draft in self._drafts[known:]])
            self.bytes += _NODE_BYTES * len(self._changed) + 8 * (len(self._nodes) + len(self._edges))
            self._graph = Graph(tuple(self._nodes), tuple(self._edges))
            self._changed.clear()
        return self._graph

    def id_of(self, tensor: torch.Tensor) -> int | None:
        """The id of the Node that stands for `tensor` as it is now, None where it is not in the graph."""
        function = function_of(tensor)
        return self.id_of_leaf(tensor) if function is None else self._ids.get(function)

    def id_of_leaf(self, leaf: torch.Tensor) -> int | None:
        """As `id_of`, of a tensor that no operation made."""
        known = self._leaves.get(id(leaf)) if leaf.requires_grad else self._data.get((id(leaf), leaf._version))
        return None if known is None else known[0]

    def add(self, result: torch.Tensor, expression: Span, operands: Sequence[torch.Tensor]) -> None:
        """Add what the operation `expression` made, and whatever it reaches that was not seen before.

        `operands` are the operation's tensor arguments in their order. Raises LimitReached past the number of
        nodes that a graph may have.
        """
        root = function_of(result)
        if root is None:
            if not result.requires_grad:
                self._made[id(result)] = (result, expression)
            return
        if root in self._ids:
            return
        fresh = unseen(root, self._ids)
        data = data_slots(fresh, operands)
        for function, entries in fresh.items():
            if is_leaf(function):
                self._add_leaf(function)
            else:
                # A Node that made several tensors has no one value.
                made = result if function is root and outputs(function) == 1 else None
                self._add_operation(function, entries, expression, made, data.get(function, ()))
        while self._strided:
            function, number = self._strided.popitem()
            self._change(number).saved += base_of(function, (result, *operands))

    def wrote(self, write: Write) -> None:
        """Put what a CopySlices keeps inside on the Node that `add` made of it."""
        function = write.made()
        if function is not None:
            draft = self._change(self._ids[function])
            draft.saved = write.kept(self._values, self._name_of)
            self.bytes += _EDGE_BYTES * len(draft.saved)

    def add_root(self, root: torch.Tensor, expression: Span) -> int | None:
        """Add the tensor that a backward begins at; its Node's id, None where it needs no gradient."""
        if root.grad_fn is None and root.requires_grad:
            function = get_gradient_edge(root).node
            if function not in self._ids:
                self._add_leaf(function)
        else:
            self.add(root, expression, ())
        return self.id_of(root)

    def name(self, tensor: torch.Tensor, variable: str, lent: bool = False) -> int | None:
        """Say that `variable` holds `tensor`; the first name of a Node stays, if it was not `lent`. As `id_of`."""
        number = self.id_of(tensor)
        if number is not None:
            self.name_node(number, variable, lent)
        return number

    def name_node(self, number: int, variable: str, lent: bool) -> None:
        """As `name`, of the Node with this id."""
        known = self._drafts[number].variable
        if known is None or (not lent and number in self._lent and known != variable):
            self._change(number).variable = variable
            (self._lent.add if lent else self._lent.discard)(number)

    @property
    def lends(self) -> bool:
        """Whether a Node has a name that only a function has for it."""
        return bool(self._lent)

    def watched(self, grads: Grads | None = None) -> AbstractContextManager[dict[int, Visit]]:
        """A backward runs inside: a dict that fills with its visits to the graph's Nodes, by their ids."""
        functions = [(number, function) for function, number in self._ids.items()]
        visits = watched(functions, self._values.read, None if grads is None else grads.ran)
        return self._views_followed(visits) if self._followed else visits

    @contextmanager
    def _views_followed(self, inner: AbstractContextManager[dict[int, Visit]]) -> Iterator[dict[int, Visit]]:
        """As `inner`, and what the backward makes of views itself is put down too."""
        views = [(function, self._drafts[number].saved) for function, number in self._followed.items()]
        with followed(views, self._ids, self._made_by_backward), inner as visits:
            yield visits

    def grads(self) -> Grads:
        """The `.grad` of each leaf, and of what retains it."""
        kept = self._kept() if self._retained else ()
        return Grads(dict([*self._leaves.values(), *kept]), self._values)

    def retain(self, tensor: torch.Tensor) -> None:
        """From here on `tensor` keeps its `.grad`, though it is no leaf."""
        self._retained.append(tensor)
        self._kept()

    def expression_of(self, tensor: torch.Tensor) -> str:
        """The code that made `tensor`, in brackets; empty where that is not known."""
        number = self.id_of(tensor)
        expression = None if number is None else self._drafts[number].expression
        return "" if expression is None else f"({expression.text})"

    def take_built(self) -> tuple[int, ...]:
        """The ids of the Nodes that torch built since the last call, inputs before their users."""
        if not self._built:
            return ()
        built, self._built = tuple(self._built), []
        return built

    def put_built(self, built: tuple[int, ...]) -> None:
        """Put the ids that `take_built` gave before those of the Nodes that were built since."""
        self._built = [*built, *self._built]

    def _kept(self) -> list[tuple[int, torch.Tensor]]:
        """The tensors that keep their `.grad` though they are no leaves, each with the id of its Node."""
        ids = [(self.id_of(one), one) for one in self._retained if not one.is_leaf]
        found = [(number, one) for number, one in ids if number is not None]
        for number in [number for number, _ in found if not self._drafts[number].retains]:
            self._change(number).retains = True
        return found

    def backward_ran(self, visits: dict[int, Visit], keeps: bool) -> None:
        """Put on the Nodes what arrived and left in a backward: `visits` in the engine's order.

        `keeps` says that the saved tensors were kept (`retain_graph`). What an earlier backward left is taken
        off first.
        """
        for draft in self._drafts:
            if draft.backward is not NOT_VISITED:
                self._change(draft.id).backward = NOT_VISITED
        for place, (number, visit) in enumerate(visits.items()):
            draft = self._change(number)
            draft.backward = (visit.received, visit.sent, place, None, None, None)
            if not keeps and any(saved.shape is not None for saved in draft.saved):
                draft.freed = True

    def accumulated(
        self, visits: dict[int, Visit], grads: Grads, path_of: Callable[[torch.Tensor], str | None]
    ) -> tuple[tuple[Accumulation, ...], Known]:
        """Put on the Nodes what a backward added to each `.grad`.

        Gives that, and what each `.grad` is by it. `path_of` says how a program reaches a tensor without a name.
        """
        accumulations = []
        known: dict[tuple[int, ChangeKind], Value | None] = {}
        for number, visit in visits.items():
            tensor = grads.tensors.get(number)
            received = None if tensor is None else visit.received[tensor.output_nr]
            if tensor is not None and received is not None and number in grads.after:
                draft = self._change(number)
                before, after = grads.before[number], grads.after[number]
                draft.backward = (*draft.backward[:3], before, received, after)
                accumulations.append(draft.accumulation(path_of(tensor)))
                known[id(tensor), "grad"] = after
        return tuple(accumulations), known

    def ended(self, ends: Iterable[tuple[int | None, torch.Tensor, Value | None]]) -> tuple[int, ...]:
        """Put on the Nodes what `torch.autograd.grad` gave for its inputs, where the engine did not visit them.

        Gives their ids: those are the last places that the gradient came to.
        """
        order = sum(draft.backward is not NOT_VISITED for draft in self._drafts)
        reached: list[int] = []
        for number, tensor, gradient in ends:
            if number is None or gradient is None or self._drafts[number].backward is not NOT_VISITED:
                continue
            draft = self._change(number)
            arrived = (*[None] * tensor.output_nr, gradient)
            draft.backward = (arrived, (), order + len(reached), None, None, None)
            reached.append(number)
        return tuple(reached)

    def add_grads(self, expression: Span) -> None:
        """Add the Nodes that a backward made with `create_graph`: those of the `.grad` it left on the leaves."""
        for _, leaf in list(self._leaves.values()):
            if leaf.grad is not None and leaf.grad.grad_fn is not None:
                self.add(leaf.grad, expression, ())

    def forget_earlier(self) -> None:
        """Let go of the builders before this one."""
        self._earlier = ()

    def _who_saw(self, function: TorchNode) -> GraphBuilder | None:
        """The earlier builder that knows `function`."""
        return next((builder for builder in self._earlier if function in builder._ids), None)

    def _add_operation(
        self,
        function: TorchNode,
        following: Entries,
        expression: Span,
        result: torch.Tensor | None,
        data: Sequence[tuple[int, torch.Tensor]],
    ) -> None:
        """Add one Node; without a `result` it is an inner one, or one that an earlier iteration made."""
        seen = self._who_saw(function) if self._earlier else None
        if seen is None:
            inputs = [(slot, self._add_data(tensor)) for slot, tensor in data]
        else:
            inputs = [(slot, self._add_data_again(version, seen)) for slot, version in seen._inputs[function]]
        draft = self._draft("operation", type(function).__name__, expression)
        number = self._ids[function] = draft.id
        self._inputs[function] = inputs
        if seen is None:
            self._built.append(number)
            draft.saved = saved_by(function, self._values, self._name_of)
        else:
            draft.take_over(seen._drafts[seen._ids[function]])
        if draft.name in MAKERS:
            self._followed[function] = number
            if function in self._made_by_backward:
                draft.saved += self._made_by_backward.pop(function)
            elif draft.name == AS_STRIDED and seen is None:
                self._strided[function] = number
        if result is not None:
            draft.hold(result, self._values)
        for slot, (source, input_nr) in enumerate(following):
            if source is not None:
                self._edges.append(Edge(number, self._ids[source], slot, input_nr))
        for slot, version in inputs:
            self._edges.append(Edge(number, self._data[version][0], slot, 0, False))
        self.bytes += _EDGE_BYTES * (len(following) + len(inputs) + len(draft.saved))

    def _add_leaf(self, function: TorchNode) -> None:
        leaf: torch.Tensor = function.variable  # type: ignore[attr-defined]  # AccumulateGrad has it
        draft = self._draft("leaf", type(function).__name__, None)
        draft.passes = ()  # it was there before
        draft.variable = self._name_of(leaf)
        draft.hold(leaf, self._values)
        self._ids[function] = draft.id
        self._leaves[id(leaf)] = (draft.id, leaf)

    def _add_data(self, tensor: torch.Tensor) -> _Version:
        """Add a tensor that needs no gradient: a Node for each version of it."""
        version = (id(tensor), tensor._version)
        if version not in self._data:
            made = self._made.get(id(tensor))
            draft = self._draft("data", "", None if made is None else made[1])
            draft.variable = self._name_of(tensor)
            draft.hold(tensor, self._values)
            self._data[version] = (draft.id, tensor)
        return version

    def _add_data_again(self, version: _Version, seen: GraphBuilder) -> _Version:
        """Add a tensor that an earlier iteration used, as it was then."""
        if version not in self._data:
            number, tensor = seen._data[version]
            draft = self._draft("data", "", None)
            draft.take_over(seen._drafts[number])
            self._data[version] = (draft.id, tensor)
        return version

    def _draft(self, kind: Literal["operation", "leaf", "data"], name: str, expression: Span | None) -> Draft:
        number = len(self._drafts)
        if number >= limits.NODES:
            raise limits.PartLimit(f"builds a graph of at most {limits.NODES:,} nodes; compute less in it.")
        draft = Draft(number, kind, name, expression, self.passes)
        self._drafts.append(draft)
        self._changed.add(number)
        return draft

    def _change(self, number: int) -> Draft:
        self._changed.add(number)
        return self._drafts[number]
