"""Hears what torch warns of while a program runs, in the thread that runs it and nowhere else.

Python keeps the state of its warnings for the whole process: `warnings.catch_warnings` in one thread changes what
the others see. So `warnings.warn` itself is replaced once, by a function that asks whether its thread listens.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_thread = threading.local()
_warn: Callable[..., None] = warnings.warn


def _tell(message: Warning | str, category: Any = None, stacklevel: int = 1, source: Any = None) -> None:
    """`warnings.warn`, but for a thread that listens."""
    listener: Callable[[str], None] | None = getattr(_thread, "listener", None)
    if listener is None:
        _warn(message, category, stacklevel + 1, source)
    else:
        listener(" ".join(str(message).split()))


warnings.warn = _tell


@contextmanager
def heard_by(listener: Callable[[str], None]) -> Iterator[None]:
    """What this thread warns of inside goes to `listener`, as one line, and nowhere else."""
    before = getattr(_thread, "listener", None)
    _thread.listener = listener
    try:
        yield
    finally:
        _thread.listener = before
