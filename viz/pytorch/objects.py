"""Reads the objects of classes that a program defines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn


def attributes_of(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an object whose class is the program's own, without what torch keeps in a module."""
    if type(thing).__module__ == "__main__":
        held = getattr(thing, "__dict__", {})
        inner = isinstance(thing, nn.Module)
        for name, one in list(held.items()):
            if not (inner and (name[0] == "_" or name == "training")):
                yield name, one
