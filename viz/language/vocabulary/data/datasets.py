"""Datasets: the base of a program's own, those of torch, and how torch divides them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset, random_split

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Base, Function
from viz.language.runtime.kinds import Kind, describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.program_class import Instance
from viz.language.runtime.sizes import check_count
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard
from viz.language.vocabulary.tensor_parts import part

#: What has entries by their numbers.
_SOURCES = (Dataset, Instance, list, tuple, range, torch.Tensor)


class DatasetInstance(Dataset[Any], Instance):
    """The base of the classes that derive from `Dataset`."""


class Bounded(Dataset[Any]):
    """A dataset for torch's code, which would make a list of all numbers below the length of any dataset."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        if hasattr(dataset, "__getitems__"):  # those of Subset take several at once
            self.__getitems__ = dataset.__getitems__

    def __len__(self) -> int:
        length = len(self.dataset)
        check_count(length)
        return length

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[index]


class Entries(Iterator[Any]):
    """What `iter` returns for a dataset or a loader. What torch does for an entry is one step of the program."""

    __slots__ = ("_draws", "_entries", "_state", "source")

    def __init__(self, state: State, source: Any, entries: Iterable[Any], draws: bool) -> None:
        self.source = source
        self._state = state
        self._draws = draws
        self._entries = heard(state, state.span, partial(iter, entries), draws, apart=True)

    def __next__(self) -> Any:
        return heard(self._state, self._state.span, partial(next, self._entries), self._draws, apart=True)


Entries.__name__ = "iterator"  # what Python calls it, on the page and in its messages


def check_source(thing: Any) -> None:
    """Raise TypeError for what is no dataset, LimitReached for datasets that are nested too deep."""
    if not isinstance(thing, _SOURCES):
        raise NotHere(f"a dataset is an object with `__len__` and `__getitem__`, or a list, not {describe(thing)}")
    level = [thing]
    for _ in range(limits.NESTING):
        level = list({id(inner): inner for one in level for inner in _inner(one)}.values())
        if not level:
            return
    raise LimitReached(f"Datasets are nested at most {limits.NESTING} deep.")


def _inner(thing: Any) -> Sequence[Any]:
    """The datasets that one of torch's takes its entries from."""
    if isinstance(thing, ConcatDataset):
        return thing.datasets
    return (thing.dataset,) if isinstance(thing, (Subset, Bounded)) else ()


def _numbers(key: Any) -> Any:
    """The index of a dataset's entries: an integer, a slice or a list of integers."""
    for one in key if isinstance(key, list) else (key,):
        if not (type(one) is int or isinstance(one, slice)):
            raise NotHere(f"an entry of a dataset is read by its number, as in `data[0]`, not by {describe(one)}")
    return key


def _of_tensors(state: State, span: Span, data: TensorDataset, key: Any) -> tuple[Any, ...]:
    """`data[key]` of a TensorDataset: the same rows of each of its tensors."""
    return tuple([part(state, span, one, key) for one in data.tensors])


def _of_others(state: State, span: Span, data: Any, key: Any) -> Any:
    """`data[key]` of a Subset, or of several datasets in a row."""
    return heard(state, span, partial(data.__getitem__, _numbers(key)), apart=True)


def _entries(state: State, span: Span, data: Any) -> Iterable[Any]:
    return Entries(state, data, data, draws=False)


def _tensor_dataset(*tensors: Any) -> TensorDataset:
    """`TensorDataset`, of tensors with as many rows each."""
    if not tensors or not all(isinstance(one, torch.Tensor) and one.dim() for one in tensors):
        raise NotHere("`TensorDataset` takes tensors with one row for each example, as in `TensorDataset(x, y)`")
    return TensorDataset(*tensors)


def _subset(dataset: Any, indices: Any) -> Subset[Any]:
    """`Subset`, of the entries with these numbers."""
    check_source(dataset)
    if not isinstance(indices, (list, tuple, range, torch.Tensor)):
        raise NotHere("`Subset` takes a dataset and the numbers of its entries, as in `Subset(data, [0, 2])`")
    return Subset(dataset, indices)  # type: ignore[arg-type]  # torch takes tensors too


def _concatenated(datasets: Any) -> ConcatDataset[Any]:
    """`ConcatDataset`, of a list of datasets."""
    if not isinstance(datasets, (list, tuple)):
        raise NotHere("`ConcatDataset` takes a list of datasets, as in `ConcatDataset([a, b])`")
    for one in datasets:
        check_source(one)
    return ConcatDataset(datasets)


def _random_split(dataset: Any, lengths: Any, generator: Any = torch.default_generator) -> list[Subset[Any]]:
    """`random_split`, into parts of these lengths, or of these shares."""
    check_source(dataset)
    if not isinstance(lengths, (list, tuple)) or not all(type(one) in (int, float) for one in lengths):
        raise NotHere("`random_split` takes a dataset and a list of lengths, as in `random_split(data, [8, 2])`")
    parts = random_split(Bounded(dataset), lengths, generator)
    for one in parts:
        one.dataset = dataset
    return parts


def function(name: str, call: Callable[..., Any], positional: int, names: str = "") -> Function:
    """The entry of a function or a class of torch.utils.data, which may ask a dataset for its length."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return heard(state, span, partial(call, *args, **options), draws=True, apart=True)

    keywords = frozenset(names.split())
    return Function(f"torch.utils.data.{name}", call, positional, keywords, keeps=True, callables=True, runs=run)


MEMBERS: dict[str, Any] = {
    "Dataset": Base("torch.utils.data.Dataset", DatasetInstance),
    "TensorDataset": function("TensorDataset", _tensor_dataset, 20),
    "Subset": function("Subset", _subset, 2, "dataset indices"),
    "ConcatDataset": function("ConcatDataset", _concatenated, 1, "datasets"),
    "random_split": function("random_split", _random_split, 3, "dataset lengths generator"),
}


def _kind(says: str, inside: Callable[[Any], Sequence[Any]], index: Any, *readable: str) -> Kind:
    attributes = {name: Attribute(name, partial(_read, name)) for name in readable}
    return Kind(says=says, inside=inside, attributes=attributes, index=index, iterate=_entries)


def _read(name: str, thing: Any) -> Any:
    return getattr(thing, name)


KINDS: dict[type, Kind] = {
    TensorDataset: _kind("a TensorDataset", lambda data: data.tensors, _of_tensors, "tensors"),
    Subset: _kind("a Subset", lambda data: (data.dataset, data.indices), _of_others, "dataset", "indices"),
    ConcatDataset: _kind("a ConcatDataset", lambda data: data.datasets, _of_others, "datasets"),
}
