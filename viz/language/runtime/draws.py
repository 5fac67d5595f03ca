"""The random numbers of a run: each run has its own generators, where torch and NumPy have one per process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch

#: All threads share torch's generator: only one thread at a time may replace its state.
_TURN = threading.RLock()
#: What `torch.Generator()` begins with. A program that sets no seed begins there too: it is the same each time.
DEFAULT_SEED: int = torch.Generator().initial_seed()


#: The states of a run's generators, torch's and NumPy's; None if nothing was drawn yet.
Mark: TypeAlias = "tuple[torch.Tensor | None, Any]"
#: The runs whose turn it is, the innermost last; only who has the turn looks at it.
_DRAWING: list[Draws] = []


def numpy_generator() -> np.random.RandomState:
    """The generator for `numpy.random` of the run whose turn it is to draw."""
    return _DRAWING[-1].numpy


class Draws:
    """The state of a run's own generators; a new one begins like `torch.Generator()`.

    `numpy` is what the functions of `numpy.random` draw from.
    """

    __slots__ = ("_inside", "_numpy", "_state")

    def __init__(self) -> None:
        self._state: torch.Tensor | None = None  # nothing was drawn yet
        self._numpy: np.random.RandomState | None = None
        self._inside = False

    @property
    def numpy(self) -> np.random.RandomState:
        """NumPy's generator; one that no seed was set for begins with 0, so that a run is the same each time."""
        if self._numpy is None:
            self._numpy = np.random.RandomState(0)
        return self._numpy

    @contextmanager
    def turn(self) -> Iterator[None]:
        """What draws inside draws from this run's generator; torch's own stays as it was, whatever is raised.

        Other runs that draw wait meanwhile.
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
        return self._state, None if self._numpy is None else self._numpy.get_state()

    def go_back(self, mark: Mark) -> None:
        """Draw again what was drawn since `mark`."""
        self._state, state = mark
        if state is None:
            self._numpy = None
        else:
            self.numpy.set_state(state)


def _beginning() -> torch.Tensor:
    return torch.Generator().manual_seed(DEFAULT_SEED).get_state()
