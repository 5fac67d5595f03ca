"""The classes behind the names that a program calls to make a value: `nn.Linear`, `torch.Tensor`, `float`."""

from __future__ import annotations

import collections
from typing import Any

import torch
from torch import nn

from viz.language.runtime.entries import Base, Function
from viz.language.vocabulary import layers, losses, optimizers
from viz.language.vocabulary.builtins import Builtin
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
}


def class_behind(thing: Any) -> Any:
    """The class that a name means, as in Python; the value itself if it means none."""
    if isinstance(thing, Builtin):
        return thing.makes or thing
    if isinstance(thing, Base):
        return nn.Module if thing.name == "torch.nn.Module" else thing.real or thing
    return _CLASSES.get(thing, thing) if isinstance(thing, Function) else thing
