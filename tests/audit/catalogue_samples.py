"""PyTorch's own sample inputs: the databases behind its tests, with the same numbers each time."""

from __future__ import annotations

import importlib
import random
import sys
import types
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import torch

#: The modules in which PyTorch keeps them.
_HOME = "torch.testing._internal"
SEED = 16


def operations() -> list[Any]:
    """`op_db`: an entry for each operation (for some several, with different samples)."""
    return list(_database("common_methods_invocations", "op_db"))


def modules() -> list[Any]:
    """`module_db`: an entry for each module."""
    return list(_database("common_modules", "module_db"))


def optimizers() -> list[Any]:
    """`optim_db`: an entry for each optimizer."""
    return list(_database("common_optimizers", "optim_db"))


def optimizers_home() -> types.ModuleType:
    """The module in which the schedulers of `optim_db` are looked up."""
    return _module("common_optimizers")


@contextmanager
def seeded() -> Iterator[None]:
    """Make samples drawn inside the same each time, and restore the generators."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        random.seed(SEED)
        np.random.seed(SEED)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def drawn(samples: Callable[[], Any], most: int | None = None) -> list[Any]:
    """The samples, or the first `most`, as a list, with the same numbers each time."""
    with seeded():
        return list(islice(samples(), most))


def _database(module: str, name: str) -> Any:
    return getattr(_module(module), name)


def _module(name: str) -> types.ModuleType:
    # PyTorch's test module derives its TestCase from that of the package `expecttest`. No sample uses it, so a
    # plain TestCase replaces it if the package is not installed.
    if "expecttest" not in sys.modules and importlib.util.find_spec("expecttest") is None:
        stand_in = types.ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]
        sys.modules["expecttest"] = stand_in
        try:
            return importlib.import_module(f"{_HOME}.{name}")
        finally:
            del sys.modules["expecttest"]
    return importlib.import_module(f"{_HOME}.{name}")
