"""The checkpoints of a run: now and then a copy of its state, at the start of an iteration."""

from __future__ import annotations

import ast
import time
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from torch import optim

from viz import limits
from viz.editing.loops import iteration_loop
from viz.editing.rebinding import rebound_in
from viz.language.checkpoints.copies import Copy, Known
from viz.language.checkpoints.forms import UNREADABLE
from viz.language.runtime.program import Program
from viz.language.runtime.state import State
from viz.syntax import tree_of

#: Iterations from one checkpoint to the next, at first, and how many times as long as a copy they take at least.
_SPACING, _WORTH = 64, 50
#: The share of the room for all checkpoints that one may take.
_SHARE = 4


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run when iteration `number` began."""

    number: int
    copy: Copy
    _marks: tuple[Any, ...]

    def put(self, state: State, known: Known) -> None:
        """Let another run, whose loop has begun, go on from here; raise NotCopied if it cannot."""
        self.copy.put(state.globals, known)
        for part, mark in zip(_parts(state), self._marks, strict=True):
            part.go_back(mark)
        for one in known.things:
            if isinstance(one, optim.Optimizer):
                state.groups.add(one)

    def rejoin(self, state: State) -> bool:
        """Put the names in their order once iteration `number` has bound the others; return whether it has."""
        names = state.globals
        if not names.keys() >= set(self.copy.names):
            return False
        now = dict(names)
        names.clear()
        names.update({name: now.pop(name) for name in self.copy.names} | now)
        return True


class Checkpoints:
    """The checkpoints of one run, whose program is run again from them.

    There are none if the copies may not be the state to the last bit: a value is of a kind that is not copied, a
    variable holds a tensor with a graph that the next iteration may read. If they take more than their room, every
    second one is let go.
    """

    def __init__(self, program: Program) -> None:
        #: About how many bytes they take.
        self.bytes = 0
        self._program = program
        self._kept: list[Checkpoint] = []
        self._kinds: tuple[str, ...] = ()
        self._spacing = self._wait = _SPACING
        self._last = 0
        self._time = time.perf_counter()
        self._cost = 0.0
        self._left_out: frozenset[str] | None = None

    @property
    def possible(self) -> bool:
        """Whether the program's loop is at its top, and nothing in it handles exceptions.

        A handler could hide that a name is not bound again, or show a text of torch with the version of a tensor.
        """
        return self._program.loop is not None and not any(isinstance(one, ast.Try) for one in ast.walk(self._tree))

    def reach(self, number: int) -> bool:
        """Whether there is a checkpoint up to an iteration."""
        return bool(self._kept) and self._kept[0].number <= number

    def begin(self, known: Known) -> None:
        """Remember what the run had when its loop began."""
        self._kinds = known.kinds

    def pass_by(self, number: int, state: State, known: Known, unversioned: frozenset[int]) -> None:
        """Keep the state at the start of an iteration if enough ran since the checkpoint before."""
        if number - self._last < self._wait:
            return
        now = time.perf_counter()
        if now - self._time < _WORTH * self._cost:
            return
        try:
            self._keep(number, state, known, unversioned)
            self._wait = self._spacing
        except UNREADABLE:
            self._wait *= 2
        self._last, self._time = number, time.perf_counter()
        self._cost = self._time - now

    def before(self, number: int, known: Known) -> Checkpoint | None:
        """Return the last checkpoint up to an iteration, for a run that had this when its loop began."""
        kept = list(self._kept)
        place = bisect_right(kept, number, key=lambda one: one.number)
        return kept[place - 1] if place and self._kinds == known.kinds else None

    @property
    def _tree(self) -> ast.Module:
        return tree_of(self._program.source)

    def _keep(self, number: int, state: State, known: Known, unversioned: frozenset[int]) -> None:
        if self._left_out is None:
            loop = iteration_loop(self._tree.body)
            self._left_out = frozenset() if loop is None else rebound_in(loop.body)
        before = self._kept[-1].copy if self._kept else None
        room = limits.CHECKPOINTS / _SHARE
        copy = Copy(state.globals, self._left_out, known, before, unversioned, room)
        known.forget_others(copy.values)
        self._kept.append(Checkpoint(number, copy, tuple([one.mark() for one in _parts(state)])))
        self.bytes += copy.bytes
        while self.bytes > limits.CHECKPOINTS and len(self._kept) > 1:
            self._spacing *= 2
            self._kept = self._kept[1::2]
            self.bytes = _together(self._kept)


def _parts(state: State) -> tuple[Any, ...]:
    """Return the parts of a run's state besides its variables."""
    return state.draws, state.meter, state.clock, state.print_options


def _together(kept: list[Checkpoint]) -> int:
    """Return about how many bytes these take together."""
    seen: set[int] = set()
    return sum(one.copy.measured(seen) for one in kept)
