"""A function of the program that torch may call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Callback:
    """A function that the program wrote: torch may call it, where an argument takes a function."""

    __slots__ = ()

    @property
    def holds(self) -> Iterable[Any]:
        """The values that it keeps: what its arguments are where they are left out."""
        raise NotImplementedError

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run it, as the program would."""
        raise NotImplementedError
