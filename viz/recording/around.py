"""Context managers from generators, as of `contextlib.contextmanager`, for what runs in each iteration.

contextlib's copy a docstring for each use and look into the traceback of each exception. Entering and leaving one
of these takes half as long.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Given = TypeVar("_Given")


class _Around(AbstractContextManager[_Given]):
    """Runs a generator to its `yield` on entry, and to its end on exit."""

    __slots__ = ("_generator",)

    def __init__(self, generator: Generator[_Given]) -> None:
        self._generator = generator

    def __enter__(self) -> _Given:
        return next(self._generator)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            next(self._generator, None)
            return
        try:
            self._generator.throw(error)
        except BaseException as raised:
            if raised is not error:
                raise


def around(
    function: Callable[_Arguments, Generator[_Given]],
) -> Callable[_Arguments, AbstractContextManager[_Given]]:
    """Make a context manager of a generator function that yields once, and lets every exception through."""

    @wraps(function)
    def make(*args: _Arguments.args, **options: _Arguments.kwargs) -> AbstractContextManager[_Given]:
        return _Around(function(*args, **options))

    return make
