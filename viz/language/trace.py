"""What torch did for one backward's root, call by call, ready to be done again in float64 from other values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.overrides import TorchFunctionMode

from viz.frames import Event, Problem, Span
from viz.language.interpreter import Interpreter
from viz.language.observer import Silent
from viz.language.program import Program

Tensor = torch.Tensor
#: What a replay does with the result of each call, given the call's place in the trace and the result.
Touch = Callable[[int, Tensor], Tensor]
#: Methods that say in which dtype to go on; a replay stays in float64.
_CASTS: dict[Callable[..., Any], Callable[..., Any]] = {
    Tensor.float: Tensor.double,
    Tensor.half: Tensor.double,
    Tensor.bfloat16: Tensor.double,
}


@dataclass(frozen=True, slots=True)
class _Known:
    """A tensor argument that the trace itself provides: a leaf, or what an earlier call made."""

    key: int
    version: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call of torch: its arguments with constants in float64, the tensor it made (by key), in which dtype.

    `changes` says that it changed its first argument in place, and made no new tensor.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    made: int
    dtype: torch.dtype
    changes: bool


class Trace:
    """The calls that lead to the root of one backward, in their order.

    `leaves` are the values that the leaves had, by name, in float64; `places` the call that an expression is.
    """

    def __init__(self, recording: Recording, root: Tensor) -> None:
        """ValueError where the calls cannot be done again; the message is a sentence."""
        self._root = id(root)
        self._held = recording.held  # a key is a tensor's id: the tensors stay, so that the ids do
        self._dtypes = recording.dtypes
        needed = {_Known(self._root, recording.root_version)}
        keys = {self._root}
        calls = []
        for place, call in reversed(list(enumerate(recording.calls))):
            if call.made in keys:
                found = set(_known((call.args, tuple(call.options.values()))))
                needed |= found
                keys |= {one.key for one in found}
                calls.append((place, call))
        self._calls = calls[::-1]
        kept = {place for place, _ in calls}
        self.places = {span: place for span, place in recording.places.items() if place in kept}
        if recording.aliased:
            raise ValueError("A line changes a tensor through a view of it; such lines are not run again here.")
        if keys - {call.made for _, call in calls} - recording.names.keys():
            raise ValueError(
                "This backward goes back into lines before this iteration, and only its own run again."
            )
        leaves = [one for one in needed if one.key in recording.names]
        if len(leaves) > len({one.key for one in leaves}):
            raise ValueError("A leaf changes between the operations that use it; they are not run again here.")
        self._leaf_keys = {recording.names[one.key]: one.key for one in leaves}
        self.leaves = {recording.names[one.key]: recording.values[one] for one in leaves}

    def root(self, name: str | None, place: int | None, probe: Tensor, touch: Touch | None = None) -> Tensor:
        """The root in float64, with `probe` added to the leaf `name`, or to what the call at `place` made."""
        tensors = {self._leaf_keys[leaf]: value for leaf, value in self.leaves.items()}
        if name is not None:
            tensors[self._leaf_keys[name]] = tensors[self._leaf_keys[name]] + probe
        for number, call in self._calls:
            args, options = _filled(call.args, tensors), _filled(dict(call.options), tensors)
            if call.changes:
                args = (args[0].clone(), *args[1:])
            made = call.function(*args, **options)
            if made.dtype != torch.float64:
                made = made.double()
            if touch is not None:
                made = touch(number, made)
            tensors[call.made] = made + probe if number == place else made
        return tensors[self._root]

    def dtype(self, name: str | None, place: int | None) -> torch.dtype:
        """The dtype that the program has the leaf, or the result of the call, in."""
        if name is not None:
            return self._dtypes[self._leaf_keys[name]]
        return next(call.dtype for number, call in self._calls if number == place)

    def rounding(self, place: int, value: Tensor) -> Tensor:
        """`value`, and the gradient that comes back to it, rounded as the program's own dtype does (a Touch)."""
        dtype = self.dtype(None, place)
        rounded = value + (value.detach().to(dtype).double() - value.detach())
        if rounded.requires_grad:
            rounded.register_hook(  # type: ignore[no-untyped-call]  # torch's own
                lambda gradient: gradient.to(dtype).double()
            )
        return rounded


class Recording(Silent):
    """An Observer that keeps the calls of one part of a run, up to the backward of its statement `statement`."""

    def __init__(self, part: tuple[int, str], statement: int) -> None:
        self._part = part
        self._statement = statement
        self._at = -1
        self._variables: Callable[[], Mapping[str, object]] = dict
        self._places_of: dict[int, int] = {}  # the last call that made a tensor
        self.calls: list[Call] = []
        self.places: dict[Span, int] = {}
        self.names: dict[int, str] = {}  # of the leaves
        self.values: dict[_Known, Tensor] = {}  # the leaves, in each version that was used
        self.dtypes: dict[int, torch.dtype] = {}
        self.held: list[Tensor] = []
        self.root: Tensor | None = None
        self.root_version = 0
        self.aliased = False  # a line changed a tensor through a view of it
        self._leaves: dict[int, Tensor] = {}
        self._bases: set[int] = set()  # tensors that others are views of

    @property
    def on(self) -> bool:
        """Whether the statements that run now are those to be kept."""
        return 0 <= self._at <= self._statement and self.root is None

    def watch(self, interpreter: Interpreter) -> None:
        """Look up the names of leaves there."""
        self._variables = lambda: interpreter.state.variables

    def begin(self, iteration: int, phase: Literal["setup", "loop", "after"]) -> None:
        """A part begins."""
        self._at = 0 if (iteration, phase) == self._part else -1

    def operation(self, expression: Span, result: Tensor, operands: Sequence[Tensor]) -> None:
        """The call that made `result` is that of `expression`."""
        if self.on and id(result) in self._places_of:
            self.places[expression] = self._places_of[id(result)]

    def backward(self, expression: Span, root: Tensor, keeps: bool) -> AbstractContextManager[None]:
        """Where it is the one in question, what leads to its root is complete."""
        if self.on and self._at == self._statement:
            self.root, self.root_version = root, root._version
            if root.is_leaf:
                self._leaf(root)
                self._name(id(root))
            self.held.append(root)
        return super().backward(expression, root, keeps)

    def frame(
        self, line: int, variables: object, event: Event, seconds: float, error: Problem | None = None
    ) -> None:
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
        for known in _known((call.args, tuple(call.options.values()))):
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
            return _Known(id(one), one._version if one.is_leaf else 0)
        return _double(one)

    def _leaf(self, leaf: Tensor) -> None:
        """Keep a leaf's value in this version of it."""
        known = _Known(id(leaf), leaf._version)
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


class _Listening(TorchFunctionMode):
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
        made = func(*args, **options)
        # A call may also give back what it was given, as `x.float()` does where x is in float32.
        if (
            isinstance(made, Tensor)
            and made.grad_fn is not None
            and (made is not first or made._version != version)
        ):
            self._recording.call(
                Call(_CASTS.get(func, func), plain, named, id(made), made.dtype, made is first), made
            )
        return made


def trace(
    program: Program, iteration: int, phase: Literal["setup", "loop", "after"], statement: int, seconds: float
) -> Trace:
    """The calls of the part's first statements up to the backward in number `statement`.

    Runs the program anew, as far as that. ValueError, with a sentence, where that takes longer than
    `seconds`, or where the calls cannot be done again.
    """
    deadline = time.perf_counter() + seconds
    recording = Recording((iteration, phase), statement)
    interpreter = Interpreter(program, recording)
    recording.watch(interpreter)
    with torch.inference_mode(False), torch.enable_grad():
        for part, run in _parts(interpreter, iteration, phase):
            if time.perf_counter() > deadline:
                raise ValueError(f"To run the program again up to this line takes more than {seconds:g} seconds.")
            with _Listening(recording) if part else _nothing():
                run()
    if recording.root is None:
        raise ValueError("The program does not come to this backward when it is run again.")
    return Trace(recording, recording.root)


def _parts(
    interpreter: Interpreter, iteration: int, phase: Literal["setup", "loop", "after"]
) -> Iterator[tuple[bool, Callable[[], None]]]:
    """The parts of the run up to the one in question, and whether it is that one."""
    yield phase == "setup", interpreter.setup
    if phase != "setup":
        for _ in range(iteration):
            yield False, interpreter.iteration
        yield True, interpreter.iteration if phase == "loop" else interpreter.after


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _double(tensor: Tensor) -> Tensor:
    """A copy, in float64 where it is of floats."""
    copy = tensor.detach().clone()
    return copy.double() if copy.is_floating_point() else copy


def _known(argument: Any) -> Iterator[_Known]:
    """The tensors that the trace provides, in an argument or a list of them."""
    if isinstance(argument, _Known):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for one in argument:
            yield from _known(one)


def _filled(argument: Any, tensors: Mapping[int, Tensor]) -> Any:
    """An argument with its tensors in place."""
    if isinstance(argument, _Known):
        return tensors[argument.key]
    if isinstance(argument, dict):
        return {name: _filled(one, tensors) for name, one in argument.items()}
    if type(argument) in (list, tuple):
        return type(argument)(_filled(one, tensors) for one in argument)
    return argument
