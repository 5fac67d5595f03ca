"""One tape for equal sources, whoever asks for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from viz.recording.tape import Tape

Program = TypeVar("Program")

#: How many tapes are kept, and how many bytes all of them may take together.
TAPES = 256
BYTES = 512 * 2**20


class Registry(Generic[Program]):
    """Tapes by the text of their source; those that nobody asked for the longest are dropped first.

    A tape that was dropped stays good for whoever holds it.
    """

    def __init__(self, make: Callable[[str], Tape[Program]], tapes: int = TAPES, bytes: int = BYTES) -> None:
        self._make = make
        self._most_tapes = tapes
        self._most_bytes = bytes
        self._tapes: OrderedDict[str, Tape[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def tape_of(self, source: str) -> Tape[Program]:
        """The tape of `source`, made if there is none; what `make` raises goes through."""
        with self._lock:
            tape = self._tapes.get(source)
            if tape is None:
                tape = self._tapes[source] = self._make(source)
            self._tapes.move_to_end(source)
            self._drop()
            return tape

    def __len__(self) -> int:
        return len(self._tapes)

    def _drop(self) -> None:
        """Drop old tapes until the rest fits; the newest stays, whatever its size."""
        total = sum(tape.bytes for tape in self._tapes.values())
        while len(self._tapes) > 1 and (len(self._tapes) > self._most_tapes or total > self._most_bytes):
            _, oldest = self._tapes.popitem(last=False)
            total -= oldest.bytes
