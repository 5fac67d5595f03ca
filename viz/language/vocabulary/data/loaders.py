"""`DataLoader`, which makes batches of a dataset, and the samplers that it may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    default_collate,
)

from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Attribute, Function
from viz.language.runtime.kinds import Kind, describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_count, check_elements, elements
from viz.language.runtime.state import State
from viz.language.vocabulary.data.datasets import Bounded, Entries, check_source, function
from viz.language.vocabulary.hearing import tensors_in


class _Batches(Entries):
    """What `iter` returns for a DataLoader."""

    __slots__ = ()


class _Numbers(Entries):
    """What `iter` returns for a sampler."""

    __slots__ = ()


# What Python calls them, on the page and in its messages.
_Batches.__name__, _Numbers.__name__ = "_SingleProcessDataLoaderIter", "generator"
#: The arguments of DataLoader that a program may name; the batches are made in the run's own process, in any case.
_NAMES = (
    "dataset batch_size shuffle sampler batch_sampler num_workers collate_fn pin_memory drop_last generator "
    "persistent_workers"
)


def _collate(samples: list[Any]) -> Any:
    """Stack a batch as torch does by default, unless that is too large."""
    first = list(tensors_in(_values(samples[:1])))
    check_elements(len(samples) * sum(elements(one) for one in first))
    return default_collate(samples)


def _values(samples: Sequence[Any]) -> list[Any]:
    return [tuple(one.values()) if isinstance(one, dict) else one for one in samples]


def _loader(
    dataset: Any,
    batch_size: Any = 1,
    shuffle: Any = None,
    sampler: Any = None,
    batch_sampler: Any = None,
    num_workers: Any = 0,
    collate_fn: Any = None,
    pin_memory: Any = False,
    drop_last: Any = False,
    generator: Any = None,
    persistent_workers: Any = False,
) -> DataLoader[Any]:
    """`DataLoader`: the batches are the same with any number of workers, and here there are none."""
    check_source(dataset)
    check_count(batch_size)
    for one in (sampler, batch_sampler):
        if not (one is None or isinstance(one, (Sampler, list))):
            raise NotHere(f"a sampler is one of `torch.utils.data` or a list here, not {describe(one)}")
    if collate_fn is not None and not isinstance(collate_fn, Callback):
        raise NotHere("`collate_fn` is a function of the program here")
    batched = batch_size is not None or batch_sampler is not None
    return DataLoader(
        Bounded(dataset),
        batch_size,
        shuffle,
        sampler,
        batch_sampler,
        min(num_workers, 0),
        _collate if collate_fn is None and batched else collate_fn,
        False,
        drop_last,
        generator=generator,
    )


def _batches(state: State, span: Span, loader: DataLoader[Any]) -> Iterable[Any]:
    return _Batches(state, loader, loader, draws=True)


def _numbers(state: State, span: Span, sampler: Any) -> Iterable[Any]:
    return _Numbers(state, sampler, sampler, draws=True)


def _weighted(weights: Any, num_samples: Any, replacement: Any = True, generator: Any = None) -> Sampler[int]:
    """`WeightedRandomSampler`, which draws as many numbers as the program says."""
    check_count(num_samples)
    return WeightedRandomSampler(weights, num_samples, replacement, generator)


def _random(data_source: Any, replacement: Any = False, num_samples: Any = None, generator: Any = None) -> Any:
    """`RandomSampler`, which draws as many numbers as the program says, or as the dataset has entries."""
    check_source(data_source)
    check_count(num_samples)
    return RandomSampler(Bounded(data_source), replacement, num_samples, generator)


def _sequential(data_source: Any) -> Sampler[int]:
    """`SequentialSampler`, of the numbers of a dataset's entries in their order."""
    check_source(data_source)
    return SequentialSampler(Bounded(data_source))


def _batch_sampler(sampler: Any, batch_size: Any, drop_last: Any) -> Sampler[list[int]]:
    """`BatchSampler`, which puts the numbers of another sampler together."""
    check_count(batch_size)
    if not isinstance(sampler, (Sampler, list, range)):
        raise NotHere(f"a sampler is one of `torch.utils.data` or a list here, not {describe(sampler)}")
    return BatchSampler(sampler, batch_size, drop_last)


MEMBERS: dict[str, Function] = {
    "DataLoader": function("DataLoader", _loader, 9, _NAMES),
    "SubsetRandomSampler": function("SubsetRandomSampler", SubsetRandomSampler, 2, "indices generator"),
    "WeightedRandomSampler": function(
        "WeightedRandomSampler", _weighted, 4, "weights num_samples replacement generator"
    ),
    "RandomSampler": function("RandomSampler", _random, 4, "data_source replacement num_samples generator"),
    "SequentialSampler": function("SequentialSampler", _sequential, 1, "data_source"),
    "BatchSampler": function("BatchSampler", _batch_sampler, 3, "sampler batch_size drop_last"),
}

_SAMPLER = Kind(says="a sampler", inside=lambda sampler: vars(sampler).values(), iterate=_numbers)
KINDS: dict[type, Kind] = {
    DataLoader: Kind(
        says="a DataLoader",
        inside=lambda loader: (loader.dataset, loader.sampler, loader.collate_fn),
        attributes={
            "dataset": Attribute("dataset", attrgetter("dataset.dataset")),
            "batch_size": Attribute("batch_size", attrgetter("batch_size")),
            "drop_last": Attribute("drop_last", attrgetter("drop_last")),
            "sampler": Attribute("sampler", attrgetter("sampler")),
        },
        iterate=_batches,
    ),
    **dict.fromkeys(
        (SubsetRandomSampler, WeightedRandomSampler, RandomSampler, SequentialSampler, BatchSampler), _SAMPLER
    ),
    Bounded: Kind(says="a dataset", inside=lambda data: (data.dataset,)),
    **dict.fromkeys(
        (Entries, _Batches, _Numbers),
        Kind(
            says="an iterator",
            inside=lambda entries: (entries.source,),
            iterate=lambda state, span, entries: entries,
        ),
    ),
}
