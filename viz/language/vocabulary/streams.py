"""Iterators of Python's library, made here: each entry is checked against the run's limits before it is computed.

Python's own would go through an endless iterator in C code, where nothing can stop them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from viz.language.runtime.meter import GENERATOR
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State


class Stream(Iterator[Any]):
    """An iterator that takes its entries from `sources`, and holds other values in `held`."""

    __slots__ = ("_entries", "_state", "held", "sources")

    def __init__(
        self, state: State, entries: Iterator[Any], sources: Iterable[Any] = (), held: Iterable[Any] = ()
    ) -> None:
        self._state = state
        self._entries = entries
        self.sources = tuple(sources)
        self.held = (*self.sources, *held)
        state.meter.count_bytes(GENERATOR)

    def __copy__(self) -> Stream:
        raise NotHere(f"a {type(self).__name__} cannot be copied; make a list of it")

    def __deepcopy__(self, memo: object) -> Stream:
        return self.__copy__()

    def __next__(self) -> Any:
        self._state.check_depth()
        return next(self._entries)


#: The names of these iterators in Python, whose classes they are here.
_NAMES = ("map", "filter", "chain", "count", "cycle", "repeat", "product", "zip_longest", "islice", "combinations")
_MORE = ("permutations", "combinations_with_replacement", "accumulate", "takewhile", "dropwhile", "starmap")
_LAST = ("filterfalse", "pairwise", "groupby", "_grouper")
STREAMS: dict[str, type[Stream]] = {
    name: type(name, (Stream,), {"__slots__": ()}) for name in (*_NAMES, *_MORE, *_LAST)
}
