"""What torch did for one backward's root, call by call, ready to be done again in float64 from other values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, Literal

import torch

from viz.language.interpreter import Interpreter
from viz.language.listening import Known, Listening, Recording, known_in
from viz.language.program import Program
from viz.language.random import Draws
from viz.limits import Budget
from viz.recording.modules import with_parameters

Tensor = torch.Tensor
#: How torch calls the reading of a `.grad`.
_GRAD = vars(torch._C.TensorBase)["grad"].__get__
#: What a replay does with the result of each call, given the call's place in the trace and the result.
Touch = Callable[[int, Tensor], Tensor]


class Trace:
    """The calls that lead to the root of one backward, in their order.

    `leaves` are the values that the leaves had, by name, in float64; `places` the calls that an expression is (in
    a loop, or in a function, several), each with the numbers that it made, as text.
    """

    def __init__(self, recording: Recording, root: Tensor) -> None:
        """ValueError where the calls cannot be done again; the message is a sentence."""
        self._root = id(root)
        self._draws = Draws()
        self._dtypes = recording.dtypes
        needed = {Known(self._root, recording.root_version)}
        keys = {self._root}
        calls = []
        for place, call in reversed(list(enumerate(recording.calls))):
            if call.made in keys:
                found = set(known_in((call.args, tuple(call.options.values()))))
                needed |= found
                keys |= {one.key for one in found}
                calls.append((place, call))
        self._calls = calls[::-1]
        kept = {place for place, _ in calls}
        self.places = {
            span: [made if made[0] in kept else None for made in calls] for span, calls in recording.places.items()
        }
        if any(call.function == _GRAD for _, call in calls):
            raise ValueError(
                "This goes through a `.grad`, which a backward stored; only what lines compute runs again."
            )
        self._differentiates = any(call.differentiates for _, call in calls)
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
        with torch.enable_grad() if self._differentiates else nullcontext():
            return self._run(self._start(name, probe), place, probe, touch)

    def _start(self, name: str | None, probe: Tensor) -> dict[int, Tensor]:
        """The leaves by their keys, with `probe` added to the leaf `name`."""
        tensors = {self._leaf_keys[leaf]: value for leaf, value in self.leaves.items()}
        if name is not None:
            tensors[self._leaf_keys[name]] = tensors[self._leaf_keys[name]] + probe
        if self._differentiates:
            tensors = {
                key: one if one.requires_grad else one.clone().requires_grad_() for key, one in tensors.items()
            }
        return tensors

    def _run(self, tensors: dict[int, Tensor], place: int | None, probe: Tensor, touch: Touch | None) -> Tensor:
        """The root, from these leaves."""
        for number, call in self._calls:
            args, options = _filled(call.args, tensors), _filled(dict(call.options), tensors)
            if call.changes:
                args = (args[0].clone(), *args[1:])
            self._draws.go_back((call.random, None))
            with self._draws.turn() if call.random is not None else nullcontext():
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


def trace(
    program: Program, iteration: int, phase: Literal["setup", "loop", "after"], statement: int, seconds: float
) -> Trace:
    """The calls of the part's first statements up to the backward in number `statement`.

    Runs the program anew, as far as that. ValueError, with a sentence, where that takes longer than
    `seconds`, or where the calls cannot be done again.
    """
    budget = Budget(seconds)
    recording = Recording((iteration, phase), statement)
    interpreter = Interpreter(program, recording)
    recording.look_up(lambda: with_parameters(interpreter.state.visible))
    with torch.inference_mode(False), torch.enable_grad():
        for part, run in _parts(interpreter, iteration, phase):
            if budget.over:
                raise ValueError(f"To run the program again up to this line takes more than {seconds:g} seconds.")
            with Listening(recording) if part else nullcontext():
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


def _filled(argument: Any, tensors: Mapping[int, Tensor]) -> Any:
    """An argument with its tensors in place."""
    if isinstance(argument, Known):
        return tensors[argument.key]
    if isinstance(argument, dict):
        return {name: _filled(one, tensors) for name, one in argument.items()}
    if type(argument) in (list, tuple):
        return type(argument)(_filled(one, tensors) for one in argument)
    return argument
