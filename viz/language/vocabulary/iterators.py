"""Iterators: what `zip`, `enumerate`, `reversed` and `parameters()` return; bounds how deep they are nested."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from gc import get_referents
from types import GeneratorType
from typing import Any, cast

import numpy as np

from viz import limits
from viz.errors import LimitReached
from viz.language.runtime.kinds import Kind
from viz.language.vocabulary.containers.kinds import VIEWS, itself, type_name
from viz.language.vocabulary.streams import STREAMS, Stream

#: The iterators that take their entries from other iterators: C code calls itself for each level of them.
_OF_OTHERS = (zip, enumerate)
_REVERSED: tuple[Any, ...] = ((), [], range(0), range(2**64), deque(), {}, *VIEWS)
#: What `zip`, `enumerate` and `reversed` go through.
_ENTRIES: tuple[Iterable[Any], ...] = (
    *((), [], set(), deque(), "", "é", range(0), range(2**64), np.zeros(0)),
    *VIEWS,
)

#: A program can iterate over such a value once. It holds what it still has to go through.
ITERATOR = Kind(says=type_name, inside=get_referents, iterate=itself)

KINDS: dict[type, Kind] = {
    **dict.fromkeys(
        (
            *_OF_OTHERS,
            GeneratorType,
            *[type(reversed(one)) for one in _REVERSED],
            *[type(iter(one)) for one in _ENTRIES],
        ),
        ITERATOR,
    ),
    **dict.fromkeys(STREAMS.values(), replace(ITERATOR, inside=lambda one: one.held)),
}


def check_nesting(iterator: Iterator[Any]) -> Iterator[Any]:
    """The iterator itself; raises LimitReached if `zip`, `enumerate` and the like are nested too deep in it.

    Python would overflow its stack when it goes through them, or frees them.
    """
    level = [iterator]
    for _ in range(limits.NESTING):
        level = list({id(one): one for outer in level for one in _sources(outer)}.values())
        if not level:
            return iterator
    raise LimitReached(f"`zip`, `enumerate` and the like are nested at most {limits.NESTING} deep.")


def _sources(iterator: Iterator[Any]) -> Iterable[Iterator[Any]]:
    """The iterators of this kind that `iterator` takes its entries from."""
    if isinstance(iterator, Stream):
        return [one for one in iterator.sources if isinstance(one, (Stream, *_OF_OTHERS))]
    # To copy such an iterator Python calls its class with what it takes entries from.
    arguments = cast(tuple[Any, tuple[Any, ...]], iterator.__reduce__())[1]
    return [one for one in arguments if isinstance(one, (Stream, *_OF_OTHERS))]
