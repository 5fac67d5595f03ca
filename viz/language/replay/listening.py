"""Listens to the calls of torch while a program runs, up to one backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import torch
from torch.overrides import TorchFunctionMode

from viz.frames.plain import Span
from viz.pytorch.graph import function_of
from viz.watching.observer import Executed
from viz.watching.silent import Silent

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class Known:
    """A tensor argument that the trace itself provides: a leaf, or what an earlier call made (version 0)."""

    key: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of torch: its arguments with copies of the constants, and the tensor it made (by key).

    `changes` says that it changed its first argument in place, and made no new tensor; `random` is where the
    generator stood, for a call that draws; `differentiates` that it is `torch.autograd.grad`.
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
    """Builds the graph of a part, and gives its Nodes the ids that a recording of the same part gives them."""

    def add(self, result: Tensor, expression: Span, operands: Sequence[Tensor]) -> None:
        """Add what an operation made."""

    def add_root(self, root: Tensor, expression: Span) -> object:
        """Add the tensor that a backward begins at."""

    def add_grads(self, expression: Span) -> object:
        """Add the graphs of the gradients that a backward left, where it made any."""

    def id_of(self, tensor: Tensor) -> int | None:
        """The id of the Node that stands for a tensor, None where it is not in the graph."""


@dataclass(slots=True)
class _Begun:
    """A backward that began: from which root, after how many calls, and with which gradient."""

    root: Known
    calls: int
    seed: Tensor | None = None


class CallLog(Silent):
    """An Observer that keeps the calls of one part of a run, up to the backward of its statement `statement`.

    `graph` gets what they make: `nodes` are the ids of its Nodes, by the calls' numbers.
    """

    def __init__(self, part: tuple[int, str], statement: int, graph: NodeIds) -> None:
        self._part = part
        self._statement = statement
        self._at = -1
        self._graph = graph
        self._last: dict[int, int] = {}  # the last call that made a tensor
        self.calls: list[Call] = []
        self.nodes: dict[int, int] = {}
        self.values: dict[Known, Tensor] = {}  # the leaves, in each version that was used
        self.root: Known | None = None
        self.seed: Tensor | None = None  # what the backward began with
        self._begun: _Begun | None = None  # the last backward of the statement that runs
        self.aliased = False  # a line changed a tensor through a view of it
        self._leaves: dict[int, Tensor] = {}
        self._held: list[Tensor] = []  # a key is a tensor's id: the tensors stay, so that no id is given twice
        self._bases: set[int] = set()  # tensors that others are views of

    @property
    def on(self) -> bool:
        """Whether the statements that run now are those to be kept."""
        return 0 <= self._at <= self._statement and self.root is None

    def node_of(self, leaf: Known) -> int | None:
        """The id of a leaf's Node, None where the graph has none."""
        return self._graph.id_of(self._leaves[leaf.key])

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """A part begins."""
        self._at = 0 if (iteration, phase) == self._part else -1

    def operation(self, expression: Span, result: Tensor, operands: Sequence[Tensor]) -> None:
        """The graph grows by what the expression made."""
        if self.on:
            with torch._C.DisableTorchFunction():
                self._graph.add(result, expression, operands)
                node = self._graph.id_of(result)
            place = self._last.get(id(result))
            if place is not None and node is not None:
                self.nodes.setdefault(place, node)

    @contextmanager
    def backward(self, expression: Span, root: Tensor, keeps: bool) -> Iterator[None]:
        """Where it is the one in question, what leads to its root is complete."""
        with self._from(expression, root):
            yield
        if self.on:
            with torch._C.DisableTorchFunction():
                self._graph.add_grads(expression)

    @contextmanager
    def differentiate(
        self, expression: Span, root: Tensor, inputs: Sequence[Tensor], keeps: bool
    ) -> Iterator[Callable[[Sequence[Tensor | None]], None]]:
        """As `backward`; what torch gives is what the expression made."""

        def take(results: Sequence[Tensor | None]) -> None:
            for one in results:
                if one is not None:
                    self.operation(expression, one, ())

        with self._from(expression, root):
            yield take

    @contextmanager
    def calling(self, variables: Mapping[str, object]) -> Iterator[None]:
        """A backward of the statements inside is none of the one that calls."""
        begun, self._begun = self._begun, None
        yield
        self._begun = begun

    @contextmanager
    def _from(self, expression: Span, root: Tensor) -> Iterator[None]:
        """A backward from this root runs inside."""
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
        """A statement is over; what leads to the root of its last backward, if it is in question, is complete."""
        begun, self._begun = self._begun, None
        if begun is not None and self._at == self._statement:
            self.root, self.seed = begun.root, begun.seed
            del self.calls[begun.calls :]
        if self._at >= 0:
            self._at += 1

    def arguments(
        self, args: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of a call that is about to be made, as the trace keeps them."""
        return (
            tuple([self._argument(one) for one in args]),
            {name: self._argument(one) for name, one in options.items()},
        )

    def call(self, call: Call, made: Tensor) -> None:
        """torch made a tensor that gradients flow through, a new one or its first argument changed."""
        self.aliased |= call.changes and (made._is_view() or id(made) in self._bases)
        if made._base is not None:
            self._bases.add(id(made._base))
        self._held.append(made)
        self._last[id(made)] = len(self.calls)
        self.calls.append(call)

    def _argument(self, one: Any) -> Any:
        """An argument as the trace keeps it: what is constant for autograd is copied."""
        if type(one) in (list, tuple):
            return type(one)(self._argument(inner) for inner in one)
        if not isinstance(one, Tensor):
            return one
        if not one.requires_grad:
            return one.detach().clone()
        self._held.append(one)
        if not one.is_leaf:
            return Known(id(one))
        known = Known(id(one), one._version)
        if known not in self.values:
            self.values[known] = one.detach().clone()
            self._leaves[known.key] = one
        return known


class Listening(TorchFunctionMode):
    """Adds to a CallLog every call of torch in this thread."""

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
        plain, named = self._log.arguments(args, options)
        random = torch.get_rng_state()
        made = func(*args, **options)
        if func is Tensor.__setitem__:  # returns None, and changes its first argument
            func, made = _with_part, first
        # A call may also return what it was given, as `x.float()` does where x is in float32.
        if (
            isinstance(made, Tensor)
            and function_of(made) is not None
            and (made is not first or made._version != version)
        ):
            drew = None if torch.equal(random, torch.get_rng_state()) else random
            self._log.call(Call(func, plain, named, id(made), made.dtype, made is first, drew), made)
        elif isinstance(made, tuple):  # the rows of a tensor, as a loop goes through them; gradients
            for place, one in enumerate(made):
                if isinstance(one, Tensor) and function_of(one) is not None:
                    again = partial(_one_of, func, place)
                    derived = func is torch.autograd.grad
                    self._log.call(Call(again, plain, named, id(one), one.dtype, False, None, derived), one)
        return made


def _one_of(function: Callable[..., Any], place: int, *args: Any, **options: Any) -> Tensor:
    """One of the tensors that a function makes."""
    made: Tensor = function(*args, **options)[place]
    return made


def _with_part(tensor: Tensor, key: Any, value: Any) -> Tensor:
    """`tensor[key] = value`."""
    tensor[key] = value
    return tensor
