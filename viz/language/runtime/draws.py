"""The random numbers of a run: its own generators, where torch, NumPy and Python have one per process."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch

#: Held while a run draws: all threads share torch's generator, so only one at a time may replace its state.
_TURN = threading.RLock()
#: The seed of a new `torch.Generator()`. A program that sets no seed begins with it, so each run is the same.
DEFAULT_SEED: int = torch.Generator().initial_seed()


#: The states of a run's generators, torch's, NumPy's and Python's; None for one that has not been used.
Mark: TypeAlias = "tuple[torch.Tensor | None, Any, Any]"
#: The runs that draw now, the innermost last; only the thread that holds `_TURN` reads it.
_DRAWING: list[Draws] = []


def numpy_generator() -> np.random.RandomState:
    """The generator for `numpy.random` of the run that draws now."""
    return _DRAWING[-1].numpy


class Draws:
    """The state of a run's own generators; a new one begins like `torch.Generator()`.

    `numpy` is what the functions of `numpy.random` draw from, `python` those of Python's `random`.
    """

    __slots__ = ("_inside", "_numpy", "_python", "_state")

    def __init__(self) -> None:
        self._state: torch.Tensor | None = None  # nothing was drawn yet
        self._numpy: np.random.RandomState | None = None
        self._python: random.Random | None = None
        self._inside = False

    @property
    def numpy(self) -> np.random.RandomState:
        """NumPy's generator, seeded with 0 unless the program sets a seed, so that each run is the same."""
        if self._numpy is None:
            self._numpy = np.random.RandomState(0)
        return self._numpy

    @property
    def python(self) -> random.Random:
        """Python's generator, seeded with 0 unless the program sets a seed."""
        if self._python is None:
            self._python = random.Random(0)
        return self._python

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Make the code inside draw from this run's generators; torch's own state is restored even if it raises.

        Meanwhile, other runs wait before they draw.
        """
        if self._inside:
            yield
            return
        shared = torch.default_generator
        with _TURN:
            before = shared.get_state()
            self._inside = True
            _DRAWING.append(self)
            try:
                shared.set_state(_beginning() if self._state is None else self._state)
                yield
            finally:
                _DRAWING.pop()
                self._inside = False
                self._state = shared.get_state()
                shared.set_state(before)

    def mark(self) -> Mark:
        """Return the states of the generators, to return to them."""
        of_numpy = None if self._numpy is None else self._numpy.get_state()
        return self._state, of_numpy, None if self._python is None else self._python.getstate()

    def go_back(self, mark: Mark) -> None:
        """Restore the states in `mark`, so that the same numbers come again."""
        self._state, of_numpy, of_python = mark
        if of_numpy is None:
            self._numpy = None
        else:
            self.numpy.set_state(of_numpy)
        if of_python is None:
            self._python = None
        else:
            self.python.setstate(of_python)


def _beginning() -> torch.Tensor:
    return torch.Generator().manual_seed(DEFAULT_SEED).get_state()
