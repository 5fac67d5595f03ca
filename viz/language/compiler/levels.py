"""The levels of names while a program is compiled: functions, comprehensions and class bodies, one in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum


class Sort(Enum):
    """What has names of its own."""

    FUNCTION = "function"
    COMPREHENSION = "comprehension"
    #: The statements of a class: the functions inside do not see these names.
    CLASS = "class"
    #: The name `__class__` around the methods of a class, for `super()`.
    METHODS = "methods"


@dataclass(slots=True)
class Level:
    """What is being compiled, with its names, and those that it declares `global`.

    `first` is the first argument of a function, `free` are the names that it takes from functions around it, each
    with its place among the names there, and `rebinds` says that it binds a name that is not its own.
    """

    sort: Sort
    names: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    title: str = ""
    first: str = ""
    free: dict[str, int] = field(default_factory=dict)
    rebinds: bool = False


class Levels:
    """The levels around the code that is being compiled, the outermost first; none at the top of a program."""

    def __init__(self) -> None:
        self._levels: list[Level] = []

    @contextmanager
    def inside(self, level: Level) -> Iterator[Level]:
        """Compile the code of a level inside."""
        self._levels.append(level)
        try:
            yield level
        finally:
            self._levels.pop()

    @property
    def innermost(self) -> Level | None:
        """The level of the code that is being compiled, None at the top of the program."""
        return self._levels[-1] if self._levels else None

    @property
    def function(self) -> Level | None:
        """The innermost function, None outside of functions."""
        found = (one for one in reversed(self._levels) if one.sort is Sort.FUNCTION)
        return next(found, None)

    @property
    def in_class(self) -> bool:
        """Whether the code is directly in a class body."""
        return bool(self._levels) and self._levels[-1].sort is Sort.CLASS

    def qualified(self, name: str) -> str:
        """A name as Python's `__qualname__` writes it: `Net.forward`, `outer.<locals>.inner`."""
        titles = []
        for one in self._levels:
            if one.sort is Sort.FUNCTION:
                titles += [one.title, "<locals>"]
            elif one.sort is Sort.CLASS:
                titles.append(one.title)
        return ".".join([*titles, name])

    def place(self, name: str) -> int | None:
        """How many levels out a name is bound, 0 for one of the code's own; None for a name of the program.

        The names of a class body are its own only.
        """
        distance = 0
        crossed: list[tuple[Level, int]] = []
        for at, level in enumerate(reversed(self._levels)):
            if level.sort is Sort.CLASS and at:
                continue
            if name in level.elsewhere:
                return None
            if name in level.names:
                self._note(name, crossed, distance)
                return distance
            if level.sort is Sort.FUNCTION:
                crossed.append((level, distance))
            distance += 1
        return None

    def _note(self, name: str, crossed: Iterable[tuple[Level, int]], distance: int) -> None:
        """Remember that these functions take a name from one around them."""
        for level, at in crossed:
            level.free[name] = distance - at - 1
