"""Notices in-place changes of lists, dicts and sets, which Python does not report."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import chain, islice
from typing import Any

from viz.pytorch.objects import attributes_of
from viz.watching.observer import Observer

#: The most entries of a list or a dict that are compared, including those of nested lists.
_MOST = 100
#: The types of what is compared.
_CHANGED = (list, dict, set, deque, OrderedDict, defaultdict, Counter)


class Contents:
    """The lists, dicts and sets that a script's names hold, each as it was at the last look."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._known: dict[int, tuple[object, list[Any], AbstractContextManager[None]]] = {}

    def report(self) -> None:
        """Report the changes since `look`."""
        for key, (thing, before, around) in list(self._known.items()):
            if not _same(before, _entries(thing)):
                around.__exit__(None, None, None)
                del self._known[key]

    def look(self, visible: Mapping[str, Any]) -> None:
        """Remember the lists and dicts that these names lead to, and forget all others."""
        held = {id(one): one for one in _containers(visible.values())}
        self._known = {key: one for key, one in self._known.items() if key in held}
        for key, thing in held.items():
            if key not in self._known:
                around = self._observer.changing(thing, "entries")
                around.__enter__()
                self._known[key] = thing, _entries(thing), around


def _containers(things: Iterable[Any]) -> Iterator[Any]:
    """Yield the lists, dicts and sets among these things and inside them, each once, the outermost first."""
    pending, seen = deque(things), set[int]()
    while pending and len(seen) < _MOST:
        one = pending.popleft()
        if id(one) in seen:
            continue
        if type(one) in (tuple, *_CHANGED):
            seen.add(id(one))
            if type(one) is not tuple:
                yield one
            pending.extend(islice(one.values() if isinstance(one, dict) else one, _MOST))
        elif type(one).__module__ == "__main__":
            seen.add(id(one))
            pending.extend(thing for _, thing in attributes_of(one))


def _entries(thing: Any) -> list[Any]:
    """Return the number of entries of a list, a dict or a set, and the first of them."""
    entries = chain.from_iterable(thing.items()) if isinstance(thing, dict) else thing
    return [len(thing), *islice(entries, _MOST)]


def _same(before: list[Any], now: list[Any]) -> bool:
    """Whether the entries are the same objects or equal lengths."""
    return len(before) == len(now) and all(
        one is other or (type(one) is int and type(other) is int and one == other)
        for one, other in zip(before, now, strict=True)
    )
