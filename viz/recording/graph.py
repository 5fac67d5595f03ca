"""Builds the graph of one part of a run from torch's Nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import torch
from torch.autograd.graph import get_gradient_edge

from viz.frames.graph import Edge, Graph, Saved
from viz.frames.plain import Span
from viz.pytorch.graph import Entries, TorchNode, function_of, is_leaf, leaf_of, outputs, unseen
from viz.recording.accumulating import Grads
from viz.recording.backward_views import MAKERS, record_view_nodes
from viz.recording.data_slots import data_slots
from viz.recording.draft import Draft
from viz.recording.draft_graph import EDGE_BYTES, DraftGraph
from viz.recording.reading.saved import saved_again, saved_by
from viz.recording.reading.values import Values
from viz.recording.views import AS_STRIDED, Write, base_of
from viz.recording.visits import Visit, hooked

#: A tensor in one version: its id and version number. The builder holds the tensor, so no other gets its id.
_Version: TypeAlias = tuple[int, int]


class GraphBuilder(DraftGraph):
    """The graph of one part of a run, built operation by operation.

    `name_of` returns the variable that holds a tensor. `earlier` are the builders of the previous iteration and of
    the set-up: if a walk reaches a Node that they recorded, the new builder takes over their record.
    `calls_around` returns how many calls of the program's functions a name is inside of. The builder holds torch's
    Nodes, so torch keeps returning the same Python object for each.
    """

    def __init__(
        self,
        values: Values,
        name_of: Callable[[torch.Tensor], str | None],
        earlier: tuple[GraphBuilder, ...] = (),
        calls_around: Callable[[str], int] | None = None,
    ) -> None:
        super().__init__(values.nodes)
        self._values = values
        self._readings = values.readings
        self._name_of = name_of
        self._calls_around = calls_around or _no_calls
        self._earlier = earlier
        self._known_edges: dict[tuple[int, ...], Edge] = earlier[0]._known_edges if earlier else {}
        self._ids: dict[TorchNode, int] = {}
        self._leaves: dict[int, tuple[int, torch.Tensor]] = {}  # by the id of the leaf
        self._data: dict[_Version, tuple[int, torch.Tensor]] = {}
        #: The ids of the tensors in `_leaves` and `_data`: `id_of_leaf` returns None for any other.
        self.leaf_ids: set[int] = set()
        self._inputs: dict[TorchNode, list[tuple[int, _Version]]] = {}  # the data inputs, with their slots
        # A part inherits the tensors that the set-up retained or hooked, and not those of the previous iteration.
        self._retained: list[torch.Tensor] = list(earlier[-1]._retained) if earlier else []
        self._hooked: list[torch.Tensor] = list(earlier[-1]._hooked) if earlier else []
        self._made: dict[int, tuple[torch.Tensor, Span]] = {}  # tensors without a Node, with their code
        self._built: list[int] = []  # the Nodes that torch built for the current statement
        self._strided: dict[TorchNode, int] = {}  # AsStridedBackward0 whose base is still to be found
        self._view_makers: dict[TorchNode, int] = {}  # Nodes whose backward can make Nodes of views
        self._made_by_backward: dict[TorchNode, tuple[Saved, ...]] = {}  # Nodes of views, and what they save
        self._lent: dict[int, int] = {}  # by Node: how many calls its name is inside of, if it is inside of one

    def graph(self) -> Graph:
        """Return the graph so far; the same object as long as nothing in it changed."""
        if self._readings != self._values.readings:
            self._read_again()
        drafts, name_of = self._drafts, self._name_of
        for number, leaf in self._leaves.values():
            draft = drafts[number]
            if leaf._version != draft.version:
                self._change(number).hold(leaf, self._values)
            # If a name holds the leaf, its Variable has the `.grad`.
            grad = None if name_of(leaf) else self._values.read_optional(leaf.grad)
            if draft.grad is not grad:
                self._change(number).grad = grad
        for number, tensor in self._retaining() if self._retained else ():
            grad = self._values.read_optional(tensor.grad)
            if self._drafts[number].grad is not grad:
                self._change(number).grad = grad
        return self._snapshot() if self._changed else self._graph

    def _read_again(self) -> None:
        """Read what the graph's tensors hold now: something wrote to them that raised no version.

        Backward computes with what the memory holds when it comes to a Node.
        """
        self._readings = self._values.readings
        for number, leaf in self._leaves.values():
            self._change(number).hold(leaf, self._values)
        for (_, version), (number, tensor) in self._data.items():
            if version >= 0 and tensor._version == version:
                self._change(number).hold(tensor, self._values)
        for function, number in self._ids.items():
            draft = self._drafts[number]
            if not draft.freed and any(one.shape is not None for one in draft.saved):
                self._change(number).saved = saved_again(function, draft.saved, self._values)

    def id_of(self, tensor: torch.Tensor) -> int | None:
        """Return the id of the Node that `tensor` comes from now; None if the graph has none."""
        function = function_of(tensor)
        return self.id_of_leaf(tensor) if function is None else self._ids.get(function)

    def id_of_leaf(self, leaf: torch.Tensor) -> int | None:
        """Like `id_of`, for a tensor without a `grad_fn`."""
        known = self._leaves.get(id(leaf)) if leaf.requires_grad else self._data.get((id(leaf), leaf._version))
        return None if known is None else known[0]

    def add(self, result: torch.Tensor, expression: Span, operands: Sequence[torch.Tensor]) -> None:
        """Add the Node that the operation `expression` made, and all new Nodes that it leads to.

        `operands` are the operation's tensor arguments in order. Raises PartLimit if the graph would have too many
        Nodes.
        """
        root = function_of(result)
        if root is None:
            if not result.requires_grad:
                self._made[id(result)] = (result, expression)
            return
        if root in self._ids:
            self._show(root, result)
            return
        fresh = unseen(root, self._ids)
        data = data_slots(fresh, operands)
        for function, entries in fresh.items():
            if is_leaf(function):
                self._add_leaf(function)
            else:
                # A Node with several outputs has no single value.
                made = result if function is root and outputs(function) == 1 else None
                self._add_operation(function, entries, expression, made, data.get(function, ()))
        while self._strided:
            function, number = self._strided.popitem()
            self._change(number).saved += base_of(function, (result, *operands))

    def _show(self, function: TorchNode, result: torch.Tensor) -> None:
        """Take the numbers of a Node that was an inner one so far, and made a result of its call too."""
        number = self._ids[function]
        if self._drafts[number].value is None and outputs(function) == 1:
            self._change(number).hold(result, self._values)

    def record_write(self, write: Write) -> None:
        """Record what the CopySlices of an in-place write saved."""
        function = write.made()
        if function is not None:
            draft = self._change(self._ids[function])
            draft.saved = write.kept(self._values, self._name_of)
            self.bytes += EDGE_BYTES * len(draft.saved)

    def add_root(self, root: torch.Tensor, expression: Span) -> int | None:
        """Add the root of a backward; return its Node's id, None if it needs no gradient."""
        known = self.id_of(root)
        if known is not None:
            return known
        if root.grad_fn is None and root.requires_grad:
            function = get_gradient_edge(root).node
            if function not in self._ids:
                self._add_leaf(function)
        else:
            self.add(root, expression, ())
        return self.id_of(root)

    def name(self, tensor: torch.Tensor, variable: str) -> int | None:
        """Record that `variable` holds `tensor`, and return its Node's id, like `id_of`.

        A Node keeps its first name, unless it gets one from further outside.
        """
        number = self.id_of(tensor)
        if number is not None:
            self.name_node(number, variable)
        return number

    def name_node(self, number: int, variable: str) -> None:
        """Like `name`, for the Node with this id."""
        known = self._drafts[number].variable
        if known is not None and number not in self._lent:
            return
        calls = self._calls_around(variable)
        if known is None or (calls < self._lent[number] and known != variable):
            self._change(number).variable = variable
            if calls:
                self._lent[number] = calls
            else:
                self._lent.pop(number, None)

    @property
    def lends(self) -> bool:
        """Whether a Node has a name that is known only inside a function of the program."""
        return bool(self._lent)

    def hooked(self, grads: Grads | None = None) -> AbstractContextManager[dict[int, Visit]]:
        """Hook every Node while a backward runs inside; the dict fills with its visits, by the Nodes' ids."""
        if self._readings != self._values.readings:
            self._read_again()
        done = None if grads is None else grads.record
        visits = hooked(self._ids, self._values.read_optional, done, self._values.apart)
        return self._hooked_views(visits) if self._view_makers else visits

    @contextmanager
    def _hooked_views(self, inner: AbstractContextManager[dict[int, Visit]]) -> Iterator[dict[int, Visit]]:
        """Enter `inner`, and record the Nodes of views that the backward itself makes."""
        views = [(function, self._drafts[number].saved) for function, number in self._view_makers.items()]
        with record_view_nodes(views, self._ids, self._made_by_backward), inner as visits:
            yield visits

    def grads(self) -> Grads:
        """Return the `.grad` of each leaf, and of each tensor that retains its own."""
        retaining = self._retaining() if self._retained else ()
        return Grads(dict([*self._leaves.values(), *retaining]), self._values)

    def retain(self, tensor: torch.Tensor) -> None:
        """Record that `tensor`, which need not be a leaf, retains its `.grad` from now on."""
        self._retained.append(tensor)
        self._retaining()

    def hook(self, tensor: torch.Tensor) -> None:
        """Record that a hook of the program may change the gradient of `tensor` from now on."""
        self._hooked.append(tensor)

    def mark_hooked(self) -> None:
        """Mark the Nodes of the tensors that have hooks, before a backward runs them."""
        for number in [self.id_of(one) for one in self._hooked]:
            if number is not None and not self._drafts[number].hooked:
                self._change(number).hooked = True

    def expression_of(self, tensor: torch.Tensor) -> str:
        """Return the code that made `tensor`, in parentheses; empty if that is not known."""
        number = self.id_of(tensor)
        expression = None if number is None else self._drafts[number].expression
        return "" if expression is None else f"({expression.text})"

    def take_built(self) -> tuple[int, ...]:
        """Return the ids of the Nodes that torch built since the last call, inputs before their users."""
        if not self._built:
            return ()
        built, self._built = tuple(self._built), []
        return built

    def put_built(self, built: tuple[int, ...]) -> None:
        """Put ids that `take_built` returned back, before those of the Nodes that were built since."""
        self._built = [*built, *self._built]

    def _retaining(self) -> list[tuple[int, torch.Tensor]]:
        """Return the non-leaf tensors that retain their `.grad`, each with its Node's id."""
        ids = [(self.id_of(one), one) for one in self._retained if not one.is_leaf]
        found = [(number, one) for number, one in ids if number is not None]
        for number in [number for number, _ in found if not self._drafts[number].retains]:
            self._change(number).retains = True
        return found

    def add_grads(self, expression: Span) -> None:
        """Add the Nodes that a backward with `create_graph` made: those behind the `.grad` of the leaves."""
        for _, leaf in list(self._leaves.values()):
            grad = leaf.grad
            if grad is not None and grad.grad_fn is not None:
                self.add(grad, expression, ())

    def forget_earlier(self) -> None:
        """Release the earlier builders."""
        self._earlier = ()

    def release(self) -> None:
        """Release the names, which refer to this builder."""
        self._name_of, self._calls_around = _no_name, _no_calls

    def _earlier_builder(self, function: TorchNode) -> GraphBuilder | None:
        """Return the earlier builder that recorded `function`."""
        for builder in self._earlier:
            if function in builder._ids:
                return builder
        return None

    def _add_operation(
        self,
        function: TorchNode,
        following: Entries,
        expression: Span,
        result: torch.Tensor | None,
        data: Sequence[tuple[int, torch.Tensor]],
    ) -> None:
        """Add one Node. It has no `result` if it is an inner Node, or if an earlier part of the run made it."""
        seen = self._earlier_builder(function)
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
            self._view_makers[function] = number
            if function in self._made_by_backward:
                draft.saved += self._made_by_backward.pop(function)
            elif draft.name == AS_STRIDED and seen is None:
                self._strided[function] = number
        if result is not None:
            draft.hold(result, self._values)
        for slot, (source, input_nr) in enumerate(following):
            if source is not None:
                self._edges.append(self._edge(number, self._ids[source], slot, input_nr))
        for slot, version in inputs:
            self._edges.append(self._edge(number, self._data[version][0], slot, 0, False))
        self.bytes += EDGE_BYTES * (len(following) + len(inputs) + len(draft.saved))

    def _edge(self, *fields: int) -> Edge:
        """Return the Edge with these fields; most iterations build the same graph, and share its edges."""
        edge = self._known_edges.get(fields)
        if edge is None:
            edge = self._known_edges[fields] = Edge(*fields)  # type: ignore[arg-type]  # the last one is a bool
        return edge

    def _add_leaf(self, function: TorchNode) -> None:
        leaf = leaf_of(function)
        draft = self._draft("leaf", type(function).__name__, None)
        draft.passes = ()  # a leaf exists before the loop uses it
        self._name(draft, leaf)
        draft.hold(leaf, self._values)
        self._ids[function] = draft.id
        self._leaves[id(leaf)] = (draft.id, leaf)
        self.leaf_ids.add(id(leaf))

    def _name(self, draft: Draft, tensor: torch.Tensor) -> None:
        """Give a new Node the name that holds its tensor."""
        draft.variable = name = self._name_of(tensor)
        if name is not None and (calls := self._calls_around(name)):
            self._lent[draft.id] = calls

    def _add_data(self, tensor: torch.Tensor) -> _Version:
        """Add a tensor that needs no gradient; each of its versions gets a Node."""
        try:
            version = (id(tensor), tensor._version)
        except RuntimeError:  # tensors made in inference mode have none
            version = (id(tensor), -1)
        if version not in self._data:
            made = self._made.get(id(tensor))
            draft = self._draft("data", "", None if made is None else made[1])
            self._name(draft, tensor)
            draft.hold(tensor, self._values)
            self._data[version] = (draft.id, tensor)
            self.leaf_ids.add(version[0])
        return version

    def _add_data_again(self, version: _Version, seen: GraphBuilder) -> _Version:
        """Add a tensor that an earlier part of the run used, as it was then."""
        if version not in self._data:
            number, tensor = seen._data[version]
            draft = self._draft("data", "", None)
            draft.take_over(seen._drafts[number])
            self._data[version] = (draft.id, tensor)
            self.leaf_ids.add(version[0])
        return version


def _no_name(tensor: torch.Tensor) -> str | None:
    return None


def _no_calls(name: str) -> int:
    return 0
