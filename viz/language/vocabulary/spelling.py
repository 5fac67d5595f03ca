"""Finds the name that a misspelt name means, and none for the name of something else."""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
import math
import pkgutil
import random
import re
import sys
import time
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

_MODULES = (
    *(torch, torch.autograd, torch.fft, torch.linalg, torch.random, torch.special),
    *(nn, nn.init, F, optim, optim.lr_scheduler, np, np.linalg, np.random),
    *(builtins, collections, functools, itertools, math, random, time),
)
_TYPES = (
    *(torch.Tensor, nn.Module, nn.Sequential, optim.Optimizer, torch.autograd.Function, np.ndarray),
    *(str, list, tuple, dict, set, int, float, complex, bytes),
)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` is a slip of, or that it is without `_`, `_loss` or `Loss` at the end.

    None if there is none. It means something else if Python, NumPy or torch have it, if its digits or a short part
    between underscores differ, or if two known names are equally near.
    """
    names = [one for one in known if one != name]
    same = [one for one in names if len(name) > 2 and _letters(one) == _letters(name)]
    if len(same) == 1:
        return same[0]
    if same or is_real(name):
        return None
    begun = [one for one in names if one in (f"{name}_", f"{name}_loss", f"{name}Loss")]
    if len(begun) == 1:
        return begun[0]
    slips = {one: edits for one in names if (edits := _slips(name, one))}
    best = [one for one, edits in slips.items() if edits == min(slips.values())]
    return best[0] if len(best) == 1 else None


def is_real(name: str) -> bool:
    """Whether Python, NumPy or torch have something of this name."""
    return name in _real_names()


def is_plural(one: str, other: str) -> bool:
    """Whether one name is the plural of the other."""
    return one in (f"{other}s", f"{other}es") or other in (f"{one}s", f"{one}es")


@functools.cache
def _real_names() -> frozenset[str]:
    """The names that Python, NumPy and torch have."""
    parts = {one.name for one in pkgutil.iter_modules(torch.__path__)}  # torch imports some of them late
    return frozenset(sys.stdlib_module_names).union(parts, *map(vars, _MODULES), *map(dir, _TYPES))


def _letters(name: str) -> tuple[str, bool]:
    """What names share that differ only in capitals and underscores; but `add_` is not `add`."""
    return name.lower().replace("_", ""), name.endswith("_")


def _slips(name: str, other: str) -> int:
    """Return the edits by which `name` may be a slip of another name; 0 if there are too many for one."""
    if name[:1] != other[:1] or _digits(name) != _digits(other) or not _same_short_parts(name, other):
        return 0
    length, edits = min(len(name), len(other)), _edits(name, other)
    if length < 5:
        return edits if _once(name) == _once(other) or (sorted(name) == sorted(other) and edits == 1) else 0
    return edits if edits <= (1 if length < 9 else 2) else 0


def _digits(name: str) -> str:
    return re.sub(r"\D", "", name)


def _same_short_parts(name: str, other: str) -> bool:
    """Whether no part of up to two letters differs: `x_train` is no slip of `y_train`, nor `W_ih` of `W_hh`."""
    parts, others = name.split("_"), other.split("_")
    return len(parts) == len(others) and all(
        one == two or min(len(one), len(two)) > 2 for one, two in zip(parts, others, strict=True)
    )


def _once(name: str) -> str:
    """A name without the repetition of a letter."""
    return re.sub(r"(.)\1+", r"\1", name)


def _edits(one: str, other: str) -> int:
    """Return how many letters have to be inserted, deleted, replaced or swapped with the next."""
    rows = [list(range(len(other) + 1))]
    for place, letter in enumerate(one, 1):
        before, row = rows[-1], [place]
        for at, wanted in enumerate(other, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (letter != wanted)))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == wanted:
                row[-1] = min(row[-1], rows[-2][at - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
