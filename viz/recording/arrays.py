"""Notices that a program wrote into NumPy arrays, which have no version that would tell."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"


class Arrays:
    """The NumPy arrays that names hold, each with its bytes as they were when the name was last looked at."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Array, bytes]] = {}
        #: Whether an array that no name holds was written into since `take_written`.
        self.others_written = False

    def hold(self, name: str, array: Array) -> None:
        """Take down the numbers of the array that `name` holds."""
        self.held[name] = array, array.tobytes()

    def drop(self, name: str) -> None:
        """Forget a name, which may hold no array."""
        self.held.pop(name, None)

    def holds(self, array: object) -> bool:
        """Whether a name holds this very array."""
        return any(one is array for one, _ in self.held.values())

    def named(self) -> list[tuple[str, Array]]:
        """Each name, with its array."""
        return [(name, array) for name, (array, _) in self.held.items()]

    def other_written(self) -> None:
        """An array that no name holds was written into."""
        self.others_written = True

    def take_written(self) -> tuple[list[str], bool]:
        """Return the names of the arrays whose numbers changed, and whether any array was written into since the
        last call: tensors may share its memory."""
        written = [name for name, (array, numbers) in self.held.items() if array.tobytes() != numbers]
        everything, self.others_written = bool(written) or self.others_written, False
        return written, everything
