"""Finds the tensors in nested containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from dataclasses import fields, is_dataclass
from enum import Enum
from numbers import Number

import torch

#: Types without tensors in them, some of which are sequences.
_PLAIN = (type(None), Number, str, bytes, bytearray, memoryview, range, Enum, torch.dtype, torch.device)


def tensors_in(things: object) -> Iterator[torch.Tensor]:
    """Yield the tensors in `things`, in order: a tensor, or a nesting of containers.

    Containers are sequences (lists, tuples, named tuples, deques), mappings (their values), sets and dataclasses,
    nested as deeply as you like. One that occurs several times, or contains itself, is read once. Numbers,
    strings, None, enums, dtypes and devices are skipped; any other object raises TypeError.
    """
    read: dict[int, object] = {}  # by id; the containers are kept, so no other gets the id
    pending = [things]
    while pending:
        thing = pending.pop()
        if isinstance(thing, torch.Tensor):
            yield thing
        elif not isinstance(thing, _PLAIN) and id(thing) not in read:
            read[id(thing)] = thing
            pending.extend(reversed(_parts(thing)))


def _parts(thing: object) -> list[object]:
    """Return what a container holds; raises TypeError for anything else."""
    if isinstance(thing, Mapping):
        return list(thing.values())
    if isinstance(thing, (Sequence, Set, ValuesView)):
        return list(thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return [getattr(thing, one.name, None) for one in fields(thing)]
    raise TypeError(
        f"cannot look for tensors in an object of type {type(thing).__name__}; put them into a list, tuple, dict, "
        "set or dataclass"
    )
