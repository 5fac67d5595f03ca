"""The names of a program that a function of it sees."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any


class NotHidden(MutableMapping[str, Any]):
    """The names of a program as they are now, without those that a function has itself.

    A name of a function hides that of the program even before it has a value, and when `del` has taken it.
    """

    __slots__ = ("_hidden", "_names")

    def __init__(self, names: Mapping[str, Any], hidden: Collection[str]) -> None:
        self._names = names
        self._hidden = hidden

    def __getitem__(self, name: str) -> Any:
        if name in self._hidden:
            raise KeyError(name)
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name not in self._hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError("names are bound where they belong")

    def __delitem__(self, name: str) -> None:
        raise TypeError("names are deleted where they belong")
