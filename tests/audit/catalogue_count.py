"""Counts the samples of a database that become programs and those that do not, and finds those that differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch

from tests.audit.catalogue_text import Head, TooLarge, Unwritable

DTYPES = (torch.float32, torch.float64)
#: The most samples of one operation and dtype that become programs; if there are more, they are spread over all.
MOST_SAMPLES = 16
#: The elements along each dimension of the corner of a large tensor.
_CORNERS = (5, 4, 3, 2)
#: A random number among a sample's arguments.
_FRACTION = re.compile(r"\d+\.\d{5,}(e-?\d+)?")


@dataclass(slots=True)
class Count:
    """Counts a database's samples and its entries: those that the language has, and those that it lacks."""

    title: str
    entries: int = 0
    had: set[str] = field(default_factory=set)
    #: The names that the language lacks, each with its sentence.
    missing: dict[str, str] = field(default_factory=dict)
    samples: int = 0
    alike: int = 0
    #: Samples with a large tensor that was replaced by its corner.
    narrowed: int = 0
    #: Samples that raise in a form (such as in place with a larger result), or that raise once narrowed.
    unfit: int = 0
    unwritable: Counter[str] = field(default_factory=Counter)
    beyond: int = 0
    #: Programs that the language refuses because of their arguments, by its sentence.
    refused: Counter[str] = field(default_factory=Counter)
    programs: int = 0
    at_edges: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A program without its loss. `entry` names its entry of the database; `raises` says that it may raise."""

    entry: str
    name: str
    source: str
    raises: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A call: its arguments and options, and for a module, those of its constructor."""

    args: tuple[Any, ...]
    options: dict[str, Any]
    made: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})

    @property
    def values(self) -> tuple[Any, ...]:
        """All values that are written into the program."""
        return (*self.args, *self.options.values(), *self.made[0], *self.made[1].values())

    @property
    def tensors(self) -> list[torch.Tensor]:
        """The tensors among the arguments, including those in lists."""
        return list(_tensors((*self.args, *self.options.values())))

    def changed(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Sample:
        """The same call with each tensor replaced by what `change` returns for it."""
        args = tuple([_changed(one, change) for one in self.args])
        return replace(
            self, args=args, options={name: _changed(one, change) for name, one in self.options.items()}
        )


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    for one in values:
        if isinstance(one, torch.Tensor):
            yield one
        elif isinstance(one, (list, tuple)):
            yield from _tensors(one)


def _changed(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, (list, tuple)) and any(isinstance(one, torch.Tensor) for one in value):
        return type(value)([_changed(one, change) for one in value])
    return value


def different(samples: Iterable[Sample], count: Count) -> list[Sample]:
    """The samples that can be written, one of each kind: the first of those that differ only in random numbers."""
    found: dict[tuple[str, ...], Sample] = {}
    for sample in samples:
        count.samples += 1
        try:
            small = _narrowed(sample)
            kind = _kind(small)
        except Unwritable as error:
            count.unwritable[str(error)] += 1
            continue
        count.narrowed += small is not sample
        if kind in found:
            count.alike += 1
        found.setdefault(kind, small)
    return list(_spread(list(found.values()), count))


def _narrowed(sample: Sample) -> Sample:
    """The sample itself if its tensors can be written, otherwise the sample with a corner of each tensor."""
    for size in (None, *_CORNERS):
        small = sample if size is None else sample.changed(partial(_corner, size=size))
        try:
            _kind(small)
        except TooLarge:
            continue
        return small
    raise Unwritable("a tensor of very many dimensions")


def _corner(value: torch.Tensor, size: int) -> torch.Tensor:
    """The first elements along each dimension; an index outside of them becomes that of the last one."""
    part = value.detach()[tuple([slice(size)] * value.dim())].clone()
    if not (part.is_floating_point() or part.is_complex() or part.dtype is torch.bool):
        part = part.clamp(max=size - 1)
    return part.requires_grad_(value.requires_grad)


def _kind(sample: Sample) -> tuple[str, ...]:
    """A key that is equal for samples that differ only in random numbers. Raises TooLarge or Unwritable."""
    head = Head()
    texts = [_FRACTION.sub("~", head.put(one)) for one in sample.values]
    return (*head.kinds, *texts, *sample.options, *sample.made[1])


def _spread(samples: list[Sample], count: Count) -> Iterator[Sample]:
    """At most MOST_SAMPLES of the samples, evenly spread from the first to the last."""
    if len(samples) <= MOST_SAMPLES:
        yield from samples
        return
    count.beyond += len(samples) - MOST_SAMPLES
    for number in range(MOST_SAMPLES):
        yield samples[number * (len(samples) - 1) // (MOST_SAMPLES - 1)]
