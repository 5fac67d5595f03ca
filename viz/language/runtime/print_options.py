"""How tensors and arrays are printed: each run has options of its own, where torch has one set per process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from math import ceil, prod
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import _tensor_str

_ORIGINAL: Any = type(_tensor_str.PRINT_OPTS)


#: The options that a run has set, of torch and of NumPy.
OptionsMark: TypeAlias = "tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]"


class _OfThread(threading.local, _ORIGINAL):  # type: ignore[misc]
    """torch's options, for each thread, as NumPy has them: another run may print at the same time."""


_tensor_str.PRINT_OPTS = _OfThread(**asdict(_tensor_str.PRINT_OPTS))


class PrintOptions:
    """The options that a run has set, None for a library of which it has set none."""

    __slots__ = ("_numpy", "_torch")

    def __init__(self) -> None:
        self._torch: Mapping[str, Any] | None = None
        self._numpy: Mapping[str, Any] | None = None

    def set_torch(self, **options: Any) -> None:
        """`torch.set_printoptions`, for this run alone."""
        torch.set_printoptions(**options)  # type: ignore[no-untyped-call]
        self._torch = vars(_tensor_str.PRINT_OPTS).copy()

    def set_numpy(self, **options: Any) -> None:
        """`np.set_printoptions`, for this run alone."""
        np.set_printoptions(**options)
        self._numpy = np.get_printoptions()

    def mark(self) -> OptionsMark:
        """Return the options that are set, to return to them."""
        return self._torch, self._numpy

    def go_back(self, mark: OptionsMark) -> None:
        """Set the options in `mark`."""
        self._torch, self._numpy = mark

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Print with this run's options inside, and with the thread's own afterwards."""
        of_torch, of_numpy = vars(_tensor_str.PRINT_OPTS).copy(), np.get_printoptions()
        try:
            if self._torch is not None:
                vars(_tensor_str.PRINT_OPTS).update(self._torch)
            if self._numpy is not None:
                np.set_printoptions(**self._numpy)
            yield
        finally:
            if self._torch is not None:
                vars(_tensor_str.PRINT_OPTS).update(of_torch)
            if self._numpy is not None:
                np.set_printoptions(**of_numpy)


def numbers_of_tensor(tensor: torch.Tensor) -> int:
    """How many numbers the string of a tensor shows with the options that are set, at least 1."""
    options = _tensor_str.PRINT_OPTS
    return _shown(tensor.shape, options.threshold, options.edgeitems)


def numbers_of_array(array: np.ndarray[Any, Any]) -> int:
    """How many numbers the string of an array shows with the options that are set, at least 1."""
    options = np.get_printoptions()
    return _shown(array.shape, options["threshold"], options["edgeitems"])


def _shown(shape: Sequence[int], threshold: float, edges: float) -> int:
    """Numbers that are shown of this shape: of more than `threshold`, some at both edges of each dimension."""
    if prod(shape) > threshold:
        shape = [min(size, max(1, ceil(2 * edges))) for size in shape]
    return max(1, prod(shape))
