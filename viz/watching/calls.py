"""The running calls of the program's functions, and their numbers in the frames of a part."""

from __future__ import annotations

from dataclasses import dataclass

from viz.frames.frame import Call

#: Bytes of a call, and of its place in the list of those around it.
_BYTES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A running call of a function or method of the program, by its `__qualname__`; equal to no other call."""

    name: str


class Calls:
    """Numbers the calls of a part in the order in which there are frames in them.

    So a part has the same numbers whichever parts were recorded before it.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._numbers: dict[Running, int] = {}
        self._last: tuple[tuple[Running, ...], tuple[Call, ...]] = (), ()

    def begin(self) -> None:
        """Begin a part."""
        self._numbers, self._last = {}, ((), ())

    def of(self, running: tuple[Running, ...]) -> tuple[Call, ...]:
        """Return the calls that are running; the same tuple for the same ones."""
        if running != self._last[0]:
            self.bytes += _BYTES * len(running)
            self._last = running, tuple([Call(one.name, self._number(one)) for one in running])
        return self._last[1]

    def _number(self, one: Running) -> int:
        return self._numbers.setdefault(one, len(self._numbers))
