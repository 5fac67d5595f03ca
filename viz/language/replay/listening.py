"""Records the calls of torch while a program runs, up to one backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import torch
from torch.overrides import TorchFunctionMode

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span
from viz.language.replay.overwritten import Overwritten
from viz.language.runtime.float64 import mapped
from viz.pytorch.graph import function_of
from viz.pytorch.statistics import updated_statistics
from viz.watching.observer import Executed
from viz.watching.silent import Silent

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class TracedTensor:
    """A tensor argument that the trace provides: a leaf, or the result of an earlier call (version 0)."""

    key: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of torch: its arguments with copies of the constants, and the tensor it made (by key).

    `changes` is True if the call changed its first argument in place. `random` is the generator's state before a
    call that draws random numbers. `differentiates` is True for `torch.autograd.grad`.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    made: int
    dtype: torch.dtype
    changes: bool
    random: Tensor | None = None
    differentiates: bool = False


class NodeIds(Protocol):
    """Builds the graph of a part, with the same ids for its Nodes as in a recording of that part."""

    def add(self, result: Tensor, expression: Span, operands: Sequence[Tensor]) -> None:
        """Add the result of an operation."""

    def add_root(self, root: Tensor, expression: Span) -> object:
        """Add the root of a backward."""

    def add_grads(self, expression: Span) -> object:
        """Add the graphs of the gradients, if the backward made any."""

    def id_of(self, tensor: Tensor) -> int | None:
        """Return the id of a tensor's Node, None if the graph has none."""


@dataclass(slots=True)
class _Begun:
    """A backward that has begun: its root, the number of calls before it, and the gradient that it began with."""

    root: TracedTensor
    calls: int
    seed: Tensor | None = None


class CallLog(Silent):
    """An Observer that keeps the calls of one part of a run, up to the backward of its statement `statement`.

    It adds their results to `graph`; `nodes` has the ids of that graph's Nodes, by the calls' numbers.
    """

    def __init__(self, part: tuple[int, str], statement: int, graph: NodeIds) -> None:
        self._part = part
        self._statement = statement
        self._at = -1
        self._graph = graph
        self._last: dict[int, int] = {}  # the last call that made a tensor
        self.calls: list[Call] = []
        self.nodes: dict[int, int] = {}
        #: The Nodes of results from which their call computed another result: only the call itself varies these.
        self.inside: set[int] = set()
        self.values: dict[TracedTensor, Tensor] = {}  # the leaves, in each version that a call used
        self.root: TracedTensor | None = None
        self.seed: Tensor | None = None  # the gradient that the backward began with
        self._begun: _Begun | None = None  # the last backward of the current statement
        self.aliased = False  # a line changed a tensor through a view of it
        self.overwritten = Overwritten()
        self._leaves: dict[int, Tensor] = {}
        self._held: list[Tensor] = []  # a key is a tensor's id: keeping the tensors keeps the ids unique
        self._bases: set[int] = set()  # tensors that others are views of

    @property
    def on(self) -> bool:
        """Whether the calls of the current statement are kept."""
        return 0 <= self._at <= self._statement and self.root is None

    def node_of(self, leaf: TracedTensor) -> int | None:
        """Return the id of a leaf's Node, None if the graph has none."""
        return self._graph.id_of(self._leaves[leaf.key])

    def shares(self, tensor: Tensor) -> None:
        """Take down that a tensor shares its memory with tensors that have another version."""
        self.overwritten.share(tensor)

    def changing(self, thing: object, what: ChangeKind) -> AbstractContextManager[None]:
        """Take down a write."""
        if what == "value" and self.root is None:
            self.overwritten.write(thing)
        return super().changing(thing, what)

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """Begin a part."""
        self._at = 0 if (iteration, phase) == self._part else -1

    def operation(self, expression: Span, result: Tensor, operands: Sequence[Tensor]) -> None:
        """Add the result of the expression to the graph."""
        if self.on:
            with torch._C.DisableTorchFunction():
                reached = self._graph.id_of(result) is not None
                self._graph.add(result, expression, operands)
                node = self._graph.id_of(result)
            place = self._last.get(id(result))
            if place is None or node is None or place in self.nodes:
                return
            if reached:
                self.inside.add(node)
            else:
                self.nodes[place] = node

    @contextmanager
    def backward(
        self, expression: Span, root: Tensor, retain_graph: bool, others: Sequence[Tensor] = ()
    ) -> Iterator[None]:
        """Run a backward inside; if it is the one to replay, its root's calls are complete."""
        with self._from(expression, root):
            yield
        if self.on:
            with torch._C.DisableTorchFunction():
                self._graph.add_grads(expression)

    @contextmanager
    def differentiate(
        self,
        expression: Span,
        root: Tensor,
        inputs: Sequence[Tensor],
        retain_graph: bool,
        others: Sequence[Tensor] = (),
    ) -> Iterator[Callable[[Sequence[Tensor | None]], None]]:
        """Like `backward`; the gradients that torch returns are the expression's results."""

        def take(results: Sequence[Tensor | None]) -> None:
            for one in results:
                if one is not None:
                    self.operation(expression, one, ())

        with self._from(expression, root):
            yield take

    @contextmanager
    def calling(self, caller: Mapping[str, object], function: Mapping[str, object]) -> Iterator[None]:
        """Keep the backwards of a function's statements apart from the caller's."""
        begun, self._begun = self._begun, None
        yield
        self._begun = begun

    @contextmanager
    def _from(self, expression: Span, root: Tensor) -> Iterator[None]:
        """Run a backward from this root inside."""
        if not self.on:
            yield
            return
        with torch._C.DisableTorchFunction():
            self._graph.add_root(root, expression)
            asked = root.requires_grad
            handle = root.register_hook(self._began) if asked else None  # type: ignore[no-untyped-call]  # torch's own
        if asked:
            self._begun = _Begun(self._argument(root), len(self.calls))
        try:
            yield
        finally:
            if handle is not None:
                handle.remove()

    def _began(self, gradient: Tensor) -> None:
        if self._begun is not None:
            self._begun.seed = gradient.detach().clone()

    def frame(self, done: Executed) -> None:
        """End a statement; if its backward is the one to replay, keep the root and drop the later calls."""
        begun, self._begun = self._begun, None
        if begun is not None and self._at == self._statement:
            self.root, self.seed = begun.root, begun.seed
            del self.calls[begun.calls :]
        if self._at >= 0:
            self._at += 1

    def arguments(
        self, args: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """Return the arguments of the next call in the form in which the trace keeps them."""
        return (
            tuple([self._argument(one) for one in args]),
            {name: self._argument(one) for name, one in options.items()},
        )

    def call(self, call: Call, made: Tensor, taken: Iterable[Tensor]) -> None:
        """Keep a call whose result, new or changed in place, has a `grad_fn`; `taken` are its tensor arguments."""
        self.overwritten.use(len(self.calls), (made, *taken))
        self.aliased |= call.changes and (made._is_view() or id(made) in self._bases)
        if made._base is not None:
            self._bases.add(id(made._base))
        self._held.append(made)
        self._last[id(made)] = len(self.calls)
        self.calls.append(call)

    def _argument(self, one: Any) -> Any:
        """Return an argument in the form in which the trace keeps it; tensors without gradient are copied."""
        if type(one) in (list, tuple):
            return type(one)(self._argument(inner) for inner in one)
        if not isinstance(one, Tensor):
            return one
        if not one.requires_grad:
            return one.detach().clone()
        self._held.append(one)
        if not one.is_leaf:
            return TracedTensor(id(one))
        known = TracedTensor(id(one), self.overwritten.version(one))
        if known not in self.values:
            self.values[known] = one.detach().clone()
            self._leaves[known.key] = one
        return known


class Listening(TorchFunctionMode):
    """Adds every call of torch in this thread to a CallLog."""

    def __init__(self, log: CallLog) -> None:
        super().__init__()
        self._log = log

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = kwargs or {}
        if not self._log.on:
            return func(*args, **options)
        # Before the call, since it may change its first argument.
        first = args[0] if args and isinstance(args[0], Tensor) else None
        version = 0 if first is None else first._version
        taken: list[Tensor] = []
        mapped((args, options), lambda one: taken.append(one) if isinstance(one, Tensor) else None)
        written = {id(one) for one in updated_statistics(func, args, options)}
        taken = [one for one in taken if id(one) not in written]
        plain, named = self._log.arguments(args, options)
        random = torch.get_rng_state()
        made = func(*args, **options)
        if func is Tensor.__setitem__:  # returns None, and changes its first argument
            func, made = _with_part, first
        drew = None if torch.equal(random, torch.get_rng_state()) else random
        # A call may also return its argument, as `x.float()` does for a float32 tensor.
        if (
            isinstance(made, Tensor)
            and function_of(made) is not None
            and (made is not first or made._version != version)
        ):
            self._log.call(Call(func, plain, named, id(made), made.dtype, made is first, drew), made, taken)
        elif isinstance(made, tuple):  # the rows of a tensor in a loop, or gradients
            for place, one in enumerate(made):
                if isinstance(one, Tensor) and function_of(one) is not None:
                    again = partial(_one_of, func, place)
                    derived = func is torch.autograd.grad
                    self._log.call(Call(again, plain, named, id(one), one.dtype, False, drew, derived), one, taken)
        return made


def _one_of(function: Callable[..., Any], place: int, *args: Any, **options: Any) -> Tensor:
    """Return one of the tensors that a function returns."""
    made: Tensor = function(*args, **options)[place]
    return made


def _with_part(tensor: Tensor, key: Any, value: Any) -> Tensor:
    """`tensor[key] = value`."""
    tensor[key] = value
    return tensor
