"""Listens to the calls of torch while a program runs, up to one backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch.overrides import TorchFunctionMode

from viz.frames import Span
from viz.language.observer import Silent
from viz.recording.executed import Executed
from viz.recording.walk import function_of

Tensor = torch.Tensor
#: Methods that say in which dtype to go on; a replay stays in float64.
_CASTS: dict[Callable[..., Any], Callable[..., Any]] = {
    Tensor.float: Tensor.double,
    Tensor.half: Tensor.double,
    Tensor.bfloat16: Tensor.double,
}


@dataclass(frozen=True, slots=True)
class Known:
    """A tensor argument that the trace itself provides: a leaf, or what an earlier call made."""

    key: int
    version: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call of torch: its arguments with constants in float64, the tensor it made (by key), in which dtype.

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


class Recording(Silent):
    """An Observer that keeps the calls of one part of a run, up to the backward of its statement `statement`."""

    def __init__(self, part: tuple[int, str], statement: int) -> None:
        self._part = part
        self._statement = statement
        self._at = -1
        self._variables: Callable[[], Mapping[str, object]] = dict
        self._places_of: dict[int, int] = {}  # the last call that made a tensor
        self.calls: list[Call] = []
        self.places: dict[Span, list[tuple[int, str]]] = {}
        self.names: dict[int, str] = {}  # of the leaves
        self.values: dict[Known, Tensor] = {}  # the leaves, in each version that was used
        self.dtypes: dict[int, torch.dtype] = {}
        self.held: list[Tensor] = []  # a key is a tensor's id: the tensors stay, so that no id is given twice
        self.root: Tensor | None = None
        self.root_version = 0
        self.aliased = False  # a line changed a tensor through a view of it
        self._leaves: dict[int, Tensor] = {}
        self._told: set[int] = set()  # the calls that an expression is known for
        self._bases: set[int] = set()  # tensors that others are views of

    @property
    def on(self) -> bool:
        """Whether the statements that run now are those to be kept."""
        return 0 <= self._at <= self._statement and self.root is None

    def look_up(self, variables: Callable[[], Mapping[str, object]]) -> None:
        """Look up the names of leaves there."""
        self._variables = variables

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """A part begins."""
        self._at = 0 if (iteration, phase) == self._part else -1

    def operation(self, expression: Span, result: Tensor, operands: Sequence[Tensor]) -> None:
        """The call that made `result` is that of `expression`."""
        place = self._places_of.get(id(result)) if self.on else None
        if place is not None and place not in self._told:
            self._told.add(place)
            self.places.setdefault(expression, []).append((place, repr(result.tolist())))

    def backward(self, expression: Span, root: Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Where it is the one in question, what leads to its root is complete."""
        if self.on and self._at == self._statement:
            self.root, self.root_version = root, root._version
            if root.is_leaf:
                self._leaf(root)
                self._name(id(root))
            self.held.append(root)
        return super().backward(expression, root, keeps)

    def differentiate(
        self, expression: Span, root: Tensor, inputs: Sequence[Tensor], keeps: bool
    ) -> AbstractContextManager[Callable[[Sequence[Tensor | None]], None]]:
        """As `backward`; what torch gives is what the expression made."""
        self.backward(expression, root, keeps)

        def take(results: Sequence[Tensor | None]) -> None:
            for one in results:
                if one is not None:
                    self.operation(expression, one, ())

        return nullcontext(take)

    def frame(self, done: Executed) -> None:
        """A statement is over."""
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
        for known in known_in((call.args, tuple(call.options.values()))):
            self._name(known.key)
        self.held.append(made)
        self._places_of[id(made)] = len(self.calls)
        self.calls.append(call)

    def _argument(self, one: Any) -> Any:
        """An argument as the trace keeps it: what is constant for autograd is copied, in float64."""
        if isinstance(one, (list, tuple)):
            return type(one)(self._argument(inner) for inner in one) if type(one) in (list, tuple) else one
        if isinstance(one, torch.dtype):
            return torch.float64 if one.is_floating_point else one
        if not isinstance(one, Tensor):
            return one
        if one.requires_grad:
            self.held.append(one)
            if one.is_leaf:
                self._leaf(one)
            return Known(id(one), one._version if one.is_leaf else 0)
        return _double(one)

    def _leaf(self, leaf: Tensor) -> None:
        """Keep a leaf's value in this version of it."""
        known = Known(id(leaf), leaf._version)
        if known not in self.values:
            self.values[known] = _double(leaf)
            self._leaves[known.key] = leaf

    def _name(self, key: int) -> None:
        """Keep the name of a leaf that an operation uses: when it was made it had none yet."""
        if key in self._leaves and key not in self.names:
            leaf = self._leaves[key]
            names = [name for name, thing in self._variables().items() if thing is leaf]
            # What no name holds has a name that no program can write; so has the second leaf of one name.
            free = (one for one in names if one not in self.names.values())
            self.names[key] = next(free, f"leaf {len(self.names)}")
            self.dtypes[key] = leaf.dtype


class Listening(TorchFunctionMode):
    """Tells a Recording of every call of torch in this thread."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = kwargs or {}
        if not self._recording.on:
            return func(*args, **options)
        # Before the call, since it may change its first argument.
        first = args[0] if args and isinstance(args[0], Tensor) else None
        version = 0 if first is None else first._version
        plain, named = self._recording.arguments(args, options)
        random = torch.get_rng_state()
        made = func(*args, **options)
        if func is Tensor.__setitem__:  # gives back None, and changes its first argument
            func, made = _with_part, first
        # A call may also give back what it was given, as `x.float()` does where x is in float32.
        if (
            isinstance(made, Tensor)
            and function_of(made) is not None
            and (made is not first or made._version != version)
        ):
            drew = None if torch.equal(random, torch.get_rng_state()) else random
            again = _CASTS.get(func, func)
            self._recording.call(Call(again, plain, named, id(made), made.dtype, made is first, drew), made)
        elif isinstance(made, tuple):  # the rows of a tensor, as a loop goes through them; gradients
            for place, one in enumerate(made):
                if isinstance(one, Tensor) and function_of(one) is not None:
                    again = partial(_one_of, func, place)
                    derived = func is torch.autograd.grad
                    self._recording.call(Call(again, plain, named, id(one), one.dtype, False, None, derived), one)
        return made


def _one_of(function: Callable[..., Any], place: int, *args: Any, **options: Any) -> Tensor:
    """One of the tensors that a function makes."""
    made: Tensor = function(*args, **options)[place]
    return made


def _with_part(tensor: Tensor, key: Any, value: Any) -> Tensor:
    """`tensor[key] = value`."""
    tensor[key] = value
    return tensor


def known_in(argument: Any) -> Iterator[Known]:
    """The tensors that the trace provides, in an argument or a list of them."""
    if isinstance(argument, Known):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for one in argument:
            yield from known_in(one)


def _double(tensor: Tensor) -> Tensor:
    """A copy, in float64 where it is of floats."""
    copy = tensor.detach().clone()
    return copy.double() if copy.is_floating_point() else copy
