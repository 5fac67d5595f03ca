"""The classes behind the names that a program calls to make a value: `nn.Linear`, `np.float64`, `float`."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import torch
from torch import nn

from viz.language.runtime.entries import Base, Function
from viz.language.vocabulary import layers, losses, optimizers, tensors
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.making import devices, legacy
from viz.language.vocabulary.numpy import functions as numpy_functions
from viz.language.vocabulary.standard import collections as standard

#: Where torch has the classes of these entries, by their names there.
_TABLES = (
    *((nn, layers.CLASSES), (nn, losses.classes()), (torch.optim, optimizers.CLASSES)),
    (collections, standard.CLASSES),
)
_CLASSES: dict[Function, type] = {
    entry: found
    for library, entries in _TABLES
    for name, entry in entries.items()
    if isinstance(found := getattr(library, name, None), type)
} | {
    legacy.CLASSES["Tensor"]: torch.Tensor,
    tensors.SIZE: torch.Size,
    devices.DEVICE: torch.device,
    numpy_functions.NDARRAY: np.ndarray,
}


def class_behind(thing: Any) -> Any:
    """The class that a name means, as in Python; the value itself if it means none."""
    if isinstance(thing, Builtin):
        return thing.makes or thing
    if isinstance(thing, Base):
        return nn.Module if thing.name == "torch.nn.Module" else thing.real or thing
    if isinstance(thing, np.dtype):
        return thing.type
    return _CLASSES.get(thing, thing) if isinstance(thing, Function) else thing
