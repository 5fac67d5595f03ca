"""Notices in-place changes of lists and dicts, which Python does not report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from itertools import chain, islice
from typing import Any

from viz.watching.observer import Observer

#: The most entries of a list or a dict that are compared, including those of nested lists.
_MOST = 100


class Contents:
    """The lists and dicts that a script's names hold, each as it was at the last look."""

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
        """Remember the lists and dicts that these names hold, and forget all others."""
        held = {id(one): one for one in visible.values() if type(one) in (list, dict)}
        self._known = {key: one for key, one in self._known.items() if key in held}
        for key, thing in held.items():
            if key not in self._known:
                around = self._observer.changing(thing, "entries")
                around.__enter__()
                self._known[key] = thing, _entries(thing), around


def _entries(thing: Any) -> list[Any]:
    """Return the first entries of a list or a dict, flattened, with the length of each nested container."""
    found: list[Any] = []
    pending = [thing]
    while pending and len(found) < _MOST:
        one = pending.pop()
        if type(one) in (list, tuple, dict):
            entries = chain.from_iterable(one.items()) if type(one) is dict else one
            found.append(len(one))
            pending.extend(islice(entries, _MOST))
        else:
            found.append(one)
    return found


def _same(before: list[Any], now: list[Any]) -> bool:
    """Whether the entries are the same objects or equal lengths."""
    return len(before) == len(now) and all(
        one is other or (type(one) is int and type(other) is int and one == other)
        for one, other in zip(before, now, strict=True)
    )
