"""The loss of a program over two of its parameters: runs the set-up once, then the forward lines for each pair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from viz import limits
from viz.budget import Budget
from viz.frames.events import Assigned
from viz.frames.plain import Problem
from viz.language.interpreter import Interpreter
from viz.language.replay.vmapped_loss import losses
from viz.language.runtime.program import Program, Statement
from viz.watching.observer import Executed
from viz.watching.silent import Silent


class HasProgram(Protocol):
    """A run of a program, such as a tape."""

    @property
    def program(self) -> Program:
        """The program that runs."""


def surface(
    program: Program | HasProgram,
    first: str,
    second: str,
    first_values: Sequence[float],
    second_values: Sequence[float],
) -> list[list[float | None]]:
    """The loss for each pair of values, a row for each of `second_values`; None if it is not finite.

    `first` and `second` name leaves with one element each; the loss is the tensor that the loop calls
    `.backward()` on first. torch computes every number, in the program's own lines. Raises ValueError if
    the surface cannot be computed: the leaves or the backward do not exist, a line before the backward changes
    a tensor in place or raises, or it would take more pairs or more time than the limits allow.
    """
    if len(first_values) * len(second_values) > limits.SURFACE_POINTS:
        raise ValueError(f"a surface has at most {limits.SURFACE_POINTS} points")
    checked = program if isinstance(program, Program) else program.program
    before, forward, root = _parts(checked, (first, second))
    with torch.inference_mode(False):
        interpreter = _set_up(checked, before)
        variables = interpreter.state.variables
        leaves = [_leaf(variables.get(name), name) for name in (first, second)]
        forward_lines = _Forward(interpreter, forward, root)
        with torch.no_grad():
            points = [(one, other) for other in second_values for one in first_values]
            found = _losses(forward_lines, (first, second), leaves, points)
    width = len(first_values)
    return [found[start : start + width] for start in range(0, len(found), width)]


def _losses(
    lines: _Forward, names: Sequence[str], leaves: Sequence[torch.Tensor], points: Sequence[tuple[float, float]]
) -> list[float | None]:
    """The loss at each point: of all at once if that is right for the points computed alone, else one by one."""
    if len(points) > _FEW:
        ends = [lines.loss(leaves, points[-1]), lines.loss(leaves, points[0])]
        at_once = losses(lines, names, list(zip(*points, strict=True)))
        if at_once is not None:
            found = [_finite(one) for one in at_once]
            if _same(found[-1], ends[0]) and _same(found[0], ends[1]):
                return found
    return [lines.loss(leaves, point) for point in points]


def _finite(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None


def _same(at_once: float | None, alone: float | None) -> bool:
    """Whether two losses are equal up to rounding: torch may add the terms of a long sum in another order."""
    if at_once is None or alone is None:
        return at_once is alone
    return math.isclose(at_once, alone, rel_tol=_ROUNDING, abs_tol=_ROUNDING)


#: Up to this many points are computed one by one.
_FEW = 4
#: The relative rounding error that float32 may have.
_ROUNDING = 1e-5


class _Forward:
    """The lines from the loop's beginning to the loss, ready to run for any values of the leaves."""

    def __init__(self, interpreter: Interpreter, lines: Sequence[Statement], root: Statement) -> None:
        self._state = interpreter.state
        self._variables = dict(interpreter.state.variables)
        if any(isinstance(thing, Iterator) for thing in self._variables.values()):
            raise ValueError(
                "the set-up holds an iterator, which is used up by the first run, and the surface needs many"
            )
        if any(
            isinstance(thing, (np.random.RandomState, np.random.Generator)) for thing in self._variables.values()
        ):
            raise ValueError("the set-up makes a generator of random numbers, and each point would draw others")
        self._containers = any(type(thing) in (list, dict) for thing in self._variables.values())
        self._lines = [line.run for line in lines]
        self._root = root.root
        self._budget = Budget(limits.SECONDS)
        self._draws = interpreter.state.draws.mark()

    @property
    def names(self) -> Mapping[str, Any]:
        """What the set-up's names hold."""
        return self._variables

    @property
    def made(self) -> int:
        """Bytes of tensors that the last run made."""
        return self._state.meter.made

    def loss(self, leaves: Sequence[torch.Tensor], values: Sequence[float]) -> float | None:
        """The loss for these values of the leaves, None if it is not finite."""
        if self._budget.over:
            raise ValueError(f"the surface took more than {limits.SECONDS:g} seconds")
        for leaf, value in zip(leaves, values, strict=True):
            leaf.fill_(value)
        try:
            return _finite(float(self.run({}).item()))
        except Exception as error:
            raise ValueError(f"the program's forward lines raise: {error}") from error

    def run(self, changed: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The loss with these names changed, others as the set-up left them; raises what the lines raise."""
        # A name that a line binds again (`total = total + loss`) begins with its value after the set-up.
        # Lists and dicts are copied: lines that append to them run once for each pair.
        names = _copied(self._variables) if self._containers else dict(self._variables)
        self._state.start_with({**names, **changed})
        self._state.begin(self._budget)
        # Every pair gets the same random numbers, so that all points belong to one surface.
        self._state.draws.go_back(self._draws)
        try:
            for run in self._lines:
                run(self._state)
            assert self._root is not None
            loss: torch.Tensor = self._root(self._state)
            return loss
        finally:
            self._state.start_with(dict(self._variables))


def _copied(names: dict[str, Any]) -> dict[str, Any]:
    """The same names with copies of the lists and dicts; two names of one list share its copy."""
    memo: dict[int, Any] = {}

    def copy(thing: Any) -> Any:
        if type(thing) not in (list, dict):
            return thing
        if id(thing) not in memo:
            made = memo[id(thing)] = type(thing)()
            if isinstance(thing, dict):
                made.update({key: copy(value) for key, value in thing.items()})
            else:
                made.extend([copy(one) for one in thing])
        return memo[id(thing)]

    return {name: copy(thing) for name, thing in names.items()}


class _Watch(Silent):
    """Keeps the error that a run stopped with."""

    error: Problem | None = None

    def frame(self, done: Executed) -> None:
        """Keep the error."""
        self.error = self.error or done.error


def _parts(program: Program, names: tuple[str, str]) -> tuple[int, Sequence[Statement], Statement]:
    """The number of set-up lines (in a program without a loop), the forward lines, and the backward's line."""
    if program.trains_until:
        raise ValueError("the loop that trains is inside of a function or of another loop")
    places = [place for place, line in enumerate(program.body) if line.root is not None]
    if not places:
        raise ValueError("the program calls no `.backward()`")
    end = places[0]
    begin = 0
    if program.loop is None:
        bound = [place for place, line in enumerate(program.body) if _binds(line, names)]
        begin = bound[-1] + 1 if bound else 0
    lines = [line for line in program.body[begin:end] if not line.optimizes]
    if any(line.in_place or _binds(line, names) for line in lines):
        raise ValueError("the lines before `.backward()` change a tensor in place")
    return begin, lines, program.body[end]


def _binds(line: Statement, names: tuple[str, str]) -> bool:
    return isinstance(line.event, Assigned) and bool({*line.event.names, *line.event.owners} & set(names))


def _set_up(program: Program, before: int) -> Interpreter:
    """An interpreter that ran the set-up, or the first `before` lines of a program without a loop."""
    watch = _Watch()
    interpreter = Interpreter(program, watch)
    with torch.enable_grad():
        interpreter.prepare(before)
    if watch.error is not None:
        raise ValueError(f"the program's set-up raises: {watch.error.message}")
    return interpreter


def _leaf(tensor: object, name: str) -> torch.Tensor:
    if isinstance(tensor, torch.Tensor) and tensor.is_leaf and tensor.requires_grad and tensor.numel() == 1:
        return tensor
    raise ValueError(f"`{name}` is no leaf with one element")
