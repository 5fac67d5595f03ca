"""Random numbers: each run has its own generators, where torch and NumPy have one a process, and what draws."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch

from viz.language.entries import Function
from viz.language.problems import NotHere
from viz.language.sizes import check_call, check_creation

#: torch's generator is everybody's: only one thread at a time may put another state into it.
_TURN = threading.RLock()
#: What `torch.Generator()` begins with. A program that sets no seed begins there too: it is the same each time.
DEFAULT_SEED: int = torch.Generator().initial_seed()


#: Where a run's generators stand, torch's and NumPy's; None where nothing was drawn yet.
Mark: TypeAlias = "tuple[torch.Tensor | None, Any]"
#: The runs whose turn it is, the innermost last; only who has the turn looks at it.
_DRAWING: list[Draws] = []


def numpy_generator() -> np.random.RandomState:
    """The generator for `numpy.random` of the run whose turn it is to draw."""
    return _DRAWING[-1].numpy


class Draws:
    """The state of a run's own generators; a new one stands where `torch.Generator()` begins.

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
        """Where the generators stand, to go back there."""
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


def _manual_seed(seed: Any) -> None:
    """`torch.manual_seed`, for this run alone; None, where torch gives its generator."""
    # torch.manual_seed itself would also set the seeds of other devices, which are not the run's.
    torch.default_generator.manual_seed(int(seed))


def _normal(*args: Any, **options: Any) -> torch.Tensor:
    """`torch.normal`: of two numbers and a size, or of tensors, whose shapes give the size.

    TypeError where autograd would record it: torch sends no gradient to `mean` and `std`, whatever they do.
    """
    tensors = [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)]
    if torch.is_grad_enabled() and any(one.requires_grad for one in tensors):
        raise NotHere(
            "`torch.normal` sends no gradient to `mean` and `std`; `mean + std * torch.randn_like(mean)` does"
        )
    if tensors:
        check_call(torch.normal, args, options)
    else:
        check_creation(torch.normal, args, options)
    made: torch.Tensor = torch.normal(*args, **options)
    return made


def _maker(name: str, positional: int, names: str) -> Function:
    call = getattr(torch, name)
    keywords = frozenset({*names.split(), "dtype", "requires_grad"})
    return Function(f"torch.{name}", call, positional, keywords, call, creates=True, draws=True)


#: The members of `torch` that draw.
FUNCTIONS: dict[str, Function] = {
    "rand": _maker("rand", 7, "size"),
    "randn": _maker("randn", 7, "size"),
    "randint": _maker("randint", 3, "low high size"),
    "randperm": _maker("randperm", 1, "n"),
    "normal": Function(
        "torch.normal",
        _normal,
        3,
        frozenset({"mean", "std", "size", "dtype", "requires_grad"}),
        draws=True,
    ),
    "rand_like": Function(
        "torch.rand_like", torch.rand_like, 1, frozenset({"input", "dtype", "requires_grad"}), draws=True
    ),
    "randn_like": Function(
        "torch.randn_like", torch.randn_like, 1, frozenset({"input", "dtype", "requires_grad"}), draws=True
    ),
    "bernoulli": Function("torch.bernoulli", torch.bernoulli, 1, frozenset({"input"}), draws=True),
    "manual_seed": Function("torch.manual_seed", _manual_seed, 1, frozenset({"seed"}), draws=True),
}

#: The methods of a tensor that draw.
METHODS: dict[str, Function] = {
    "uniform_": Function("Tensor.uniform_", torch.Tensor.uniform_, 3, draws=True, changes="value"),
    "normal_": Function(
        "Tensor.normal_", torch.Tensor.normal_, 3, frozenset({"mean", "std"}), draws=True, changes="value"
    ),
}
