"""Hears the warnings of PyTorch and NumPy while a program runs, in the thread that runs it and nowhere else.

For every warning, PyTorch's C++ ones included, Python asks the filters in `warnings.filters` one by one whether
they match. So while any thread listens, the first filter is ours: in a thread that listens it matches, passes the
warning to the listener, and has Python ignore it. In other threads it matches nothing, and the filters after it
decide as usual. Once no thread listens, Python's and PyTorch's state is what it was.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

import torch

#: Called with a warning's text in one line, and the library that warns.
Listener: TypeAlias = Callable[[str, str], None]

#: The libraries whose modules record what they warned of (in `__warningregistry__`), which Python checks first.
_LIBRARIES = ("torch", "numpy", "viz")
#: The beginning of the last sentence of a warning from PyTorch's C++ code.
_TRIGGERED = "(Triggered internally at "
#: The categories of NumPy's warnings from C.
_NUMPYS = (RuntimeWarning, DeprecationWarning)

_thread = threading.local()
_names: Any = vars(ModuleType)["__dict__"]  # an attribute looked up on a lazy module may import it


class _Asked:
    """Replaces a regular expression in a filter, the one for a warning's text or the one for the module's name."""

    def __init__(self, what: str) -> None:
        self._what = what

    def match(self, answer: str) -> bool:
        """Whether the thread listens."""
        return _heard_of(self._what, answer)


class _Category(type):
    """Replaces a category in a filter: in a thread that listens, every category is a subclass of it."""

    def __subclasscheck__(cls, category: type) -> bool:
        return _heard_of("category", category)


class _Heard(Warning, metaclass=_Category):
    """The category of our filter."""


def _heard_of(what: str, answer: Any) -> bool:
    """Take one of the three things that Python asks a filter about, in any order; the third calls the listener.

    Returns False in a thread that does not listen.
    """
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
    """The library that warns; a warning from C code names the module that called it, which may be ours."""
    if module.startswith("torch") or _TRIGGERED in text:
        return "PyTorch"
    return "NumPy" if module.startswith("numpy") or issubclass(category, _NUMPYS) else "PyTorch"


class _Hearing:
    """Changes Python's and PyTorch's handling of warnings while any thread listens."""

    def __init__(self) -> None:
        self._filter: Any = ("ignore", _Asked("text"), _Heard, _Asked("module"), 0)
        self._lock = threading.Lock()
        self._listeners = 0
        self._lists: list[list[Any]] = []  # the lists of filters that ours were put into
        self._always = False
        self._registries: list[dict[Any, Any]] = []
        self._known: list[dict[Any, Any]] = []  # what the registries held

    def find_registries(self) -> None:
        """Find the modules' records of the warnings that they already gave."""
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
        """Count one more thread that listens; install the filter for the first."""
        with self._lock:
            self._listeners += 1
            filters: list[Any] = warnings.filters  # type: ignore[assignment]  # typeshed: a Sequence
            if not filters or filters[0] is not self._filter:
                filters.insert(0, self._filter)
                self._lists.append(filters)
            if self._listeners == 1:
                self._always = torch.is_warn_always_enabled()
                torch.set_warn_always(True)  # so that each run hears what PyTorch warns of once per process
                for registry in self._registries:
                    self._known.append(registry.copy())
                    registry.clear()

    def end(self) -> None:
        """Count one thread less; restore the former state after the last."""
        with self._lock:
            self._listeners -= 1
            if self._listeners:
                return
            self._take_out()
            torch.set_warn_always(self._always)
            for registry in reversed(self._registries):
                registry.update(self._known.pop())

    def _take_out(self) -> None:
        """Remove our filter from the lists that it was put into, wherever it is in them by now."""
        filters: list[Any] = warnings.filters  # type: ignore[assignment]  # typeshed: a Sequence
        if len(self._lists) == 1 and self._lists[0] is filters and filters and filters[0] is self._filter:
            del filters[0]  # nearly always: no other code changed the list meanwhile
        else:
            for each in (*self._lists, filters):
                each[:] = [one for one in each if one is not self._filter]
        self._lists.clear()


_hearing = _Hearing()


def listen_afresh() -> None:
    """Prepare for a new run, which is to hear even the warnings that were already given before it."""
    _hearing.find_registries()


class heard_by:  # noqa: N801  # called like a function; a generator's context manager takes twice as long
    """Send the warnings that this thread raises inside to `listener`, and nowhere else."""

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
