"""Random numbers: a generator for each run, although torch has one a process, and what draws from it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from viz.language.entries import Function

#: torch's generator is everybody's: only one thread at a time may put another state into it.
_TURN = threading.RLock()
#: What `torch.Generator()` begins with. A program that sets no seed begins there too: it is the same each time.
DEFAULT_SEED: int = torch.Generator().initial_seed()


class Draws:
    """The state of a run's own generator; a new one stands where `torch.Generator()` begins."""

    __slots__ = ("_inside", "_state")

    def __init__(self) -> None:
        self._state: torch.Tensor | None = None  # nothing was drawn yet
        self._inside = False

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
            try:
                shared.set_state(_beginning() if self._state is None else self._state)
                yield
            finally:
                self._inside = False
                self._state = shared.get_state()
                shared.set_state(before)

    def mark(self) -> torch.Tensor | None:
        """Where the generator stands, to go back there."""
        return self._state

    def go_back(self, mark: torch.Tensor | None) -> None:
        """Draw again what was drawn since `mark`."""
        self._state = mark


def _beginning() -> torch.Tensor:
    return torch.Generator().manual_seed(DEFAULT_SEED).get_state()


def _manual_seed(seed: Any) -> None:
    """`torch.manual_seed`, for this run alone; None, where torch gives its generator."""
    # torch.manual_seed itself would also set the seeds of other devices, which are not the run's.
    torch.default_generator.manual_seed(int(seed))


def _normal(mean: Any, std: Any, size: Any, **options: Any) -> torch.Tensor:
    """`torch.normal` of two numbers."""
    if isinstance(mean, torch.Tensor) or isinstance(std, torch.Tensor):
        raise TypeError("`torch.normal` takes numbers here; write `mean + std * torch.randn_like(mean)`")
    return torch.normal(mean, std, size, **options)


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
        _normal,
        creates=True,
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
    "uniform_": Function("Tensor.uniform_", torch.Tensor.uniform_, 3, draws=True),
    "normal_": Function("Tensor.normal_", torch.Tensor.normal_, 3, frozenset({"mean", "std"}), draws=True),
}
