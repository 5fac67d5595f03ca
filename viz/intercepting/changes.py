"""Changes to torch that can be made and undone as often as necessary: hooks, and replaced functions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol


class Change(Protocol):
    """A change to torch."""

    def make(self) -> None:
        """Make the change."""

    def undo(self) -> None:
        """Undo it."""


class Registered:
    """Hooks, each with torch's function that registers it."""

    def __init__(self, *hooks: tuple[Callable[[Any], Any], Callable[..., None]]) -> None:
        self._hooks = hooks
        self._handles: list[Any] = []

    def make(self) -> None:
        """Register the hooks."""
        self._handles = [register(hook) for register, hook in self._hooks]

    def undo(self) -> None:
        """Remove them, by the handles that torch returned for them."""
        for handle in self._handles:
            handle.remove()
        self._handles = []


class Replaced:
    """A function of a class or a module, replaced with the result of `make_new`, which gets the one before.

    Several may replace the same function, in different threads, and be undone in any order.
    """

    #: The replacements in force, by the owner's id and the name, after the owner and its own function.
    _all: ClassVar[dict[tuple[int, str], tuple[Any, Any, list[Replaced]]]] = {}
    _lock: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, owner: Any, name: str, make_new: Callable[[Any], Any]) -> None:
        self._owner, self._name, self._make_new = owner, name, make_new
        self._key = id(owner), name

    def make(self) -> None:
        """Replace the function."""
        with self._lock:
            own = self._owner, vars(self._owner)[self._name], list[Replaced]()
            self._all.setdefault(self._key, own)[2].append(self)
            self._set()

    def undo(self) -> None:
        """Restore it, or leave it to the other replacements."""
        with self._lock:
            self._all[self._key][2].remove(self)
            self._set()

    def _set(self) -> None:
        owner, function, replacements = self._all[self._key]
        if not replacements:
            del self._all[self._key]
        for one in replacements:
            function = one._make_new(function)
        setattr(owner, self._name, function)


class Changes:
    """Several changes, in force within the context; `pause` undoes them, and `resume` makes them again."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes
        self._made: list[Change] = []

    def __enter__(self) -> Changes:
        self.resume()
        return self

    def __exit__(self, *raised: object) -> None:
        self.pause()

    def resume(self) -> None:
        """Make the changes."""
        for one in self._changes:
            one.make()
            self._made.append(one)

    def pause(self) -> None:
        """Undo the changes, the last one first."""
        while self._made:
            self._made.pop().undo()
