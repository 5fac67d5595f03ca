"""Hears what PyTorch and NumPy warn of while a program runs, in the thread that runs it and nowhere else.

For every warning, also for one of PyTorch's C++ code, Python asks the filters in `warnings.filters` one by one
whether they match. So while a thread listens, the first filter is ours: in a thread that listens it matches, tells
the listener, and has Python ignore the warning. In other threads it matches nothing, and the filters behind it
decide as ever. When nothing listens any more, Python's and PyTorch's state is what it was.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

import torch

#: Is given a warning's text in one line, and the library that warns.
Listener: TypeAlias = Callable[[str, str], None]

#: The libraries whose modules keep lists of what they warned of (`__warningregistry__`), which Python asks first.
_LIBRARIES = ("torch", "numpy", "viz")
#: PyTorch's C++ code ends its warnings so.
_TRIGGERED = "(Triggered internally at "
#: The categories of NumPy's warnings from C.
_NUMPYS = (RuntimeWarning, DeprecationWarning)

_thread = threading.local()
_names: Any = vars(ModuleType)["__dict__"]  # to ask a module itself may import it


class _Asked:
    """Stands in a filter in place of a regular expression, for the text of a warning or for the module's name."""

    def __init__(self, what: str) -> None:
        self._what = what

    def match(self, answer: str) -> bool:
        """Whether the thread listens."""
        return _told(self._what, answer)


class _Category(type):
    """Stands in a filter in place of a category: every one is a subclass of it, in a thread that listens."""

    def __subclasscheck__(cls, category: type) -> bool:
        return _told("category", category)


class _Heard(Warning, metaclass=_Category):
    """The category of our filter."""


def _told(what: str, answer: Any) -> bool:
    """One of the three things that Python asks a filter about, in whatever order; with the third the listener is
    told. False in a thread that does not listen."""
    listener: Listener | None = getattr(_thread, "listener", None)
    if listener is None:
        return False
    asked: dict[str, Any] = _thread.asked
    asked[what] = answer
    if len(asked) == 3:
        text, library = asked["text"], _library(**asked)
        asked.clear()
        listener(" ".join(text.split()), library)
    return True


def _library(text: str, module: str, category: type) -> str:
    """Which library warns; from C code it does so in the name of the module that called it, which may be ours."""
    if module.startswith("torch") or _TRIGGERED in text:
        return "PyTorch"
    return "NumPy" if module.startswith("numpy") or issubclass(category, _NUMPYS) else "PyTorch"


class _Hearing:
    """Python's and PyTorch's state of warnings while any thread listens."""

    def __init__(self) -> None:
        self._filter: Any = ("ignore", _Asked("text"), _Heard, _Asked("module"), 0)
        self._lock = threading.Lock()
        self._listeners = 0
        self._lists: list[list[Any]] = []  # the lists of filters that ours were put into
        self._always = False
        self._registries: list[dict[Any, Any]] = []
        self._known: list[dict[Any, Any]] = []  # what the registries held

    def find_registries(self) -> None:
        """Find the lists of what was warned of already."""
        found = [
            registry
            for name, module in sys.modules.copy().items()
            if name.startswith(_LIBRARIES) and isinstance(module, ModuleType)
            if (registry := _names.__get__(module).get("__warningregistry__"))
        ]
        with self._lock:
            if not self._listeners:
                self._registries = found

    def begin(self) -> None:
        """One more thread listens."""
        with self._lock:
            self._listeners += 1
            filters: list[Any] = warnings.filters  # type: ignore[assignment]  # typeshed: a Sequence
            if not filters or filters[0] is not self._filter:
                filters.insert(0, self._filter)
                self._lists.append(filters)
            if self._listeners == 1:
                self._always = torch.is_warn_always_enabled()
                torch.set_warn_always(True)  # each run hears what PyTorch warns of once in a process
                for registry in self._registries:
                    self._known.append(registry.copy())
                    registry.clear()

    def end(self) -> None:
        """One thread listens no more."""
        with self._lock:
            self._listeners -= 1
            if self._listeners:
                return
            self._take_out()
            torch.set_warn_always(self._always)
            for registry in reversed(self._registries):
                registry.update(self._known.pop())

    def _take_out(self) -> None:
        """Take our filter out of the lists that it was put into, wherever in them it is by now."""
        filters: list[Any] = warnings.filters  # type: ignore[assignment]  # typeshed: a Sequence
        if len(self._lists) == 1 and self._lists[0] is filters and filters and filters[0] is self._filter:
            del filters[0]  # nearly always: no other code changed the list meanwhile
        else:
            for each in (*self._lists, filters):
                each[:] = [one for one in each if one is not self._filter]
        self._lists.clear()


_hearing = _Hearing()


def listen_afresh() -> None:
    """A run begins: it hears of a warning too that was given before it."""
    _hearing.find_registries()


class heard_by:  # noqa: N801  # used as a function is; a generator's context manager takes twice as long
    """What this thread is warned of inside goes to `listener`, and nowhere else."""

    __slots__ = ("_before", "_listener")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __enter__(self) -> None:
        self._before = getattr(_thread, "listener", None)
        _thread.listener, _thread.asked = self._listener, {}
        _hearing.begin()

    def __exit__(self, *raised: object) -> None:
        _hearing.end()
        _thread.listener = self._before
