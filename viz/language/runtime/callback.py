"""A function of the program that torch may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Callback:
    """A function of the program that torch may call, for an argument that takes a function."""

    __slots__ = ()

    @property
    def holds(self) -> tuple[Any, ...]:
        """The values that the function holds, such as the defaults of its arguments."""
        raise NotImplementedError

    def __copy__(self) -> Callback:
        return self

    def __deepcopy__(self, memo: Mapping[int, Any]) -> Callback:
        return self  # as Python copies functions: a copy of the running program would be behind it

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function, as the program would."""
        raise NotImplementedError
