"""What is counted behind the stage, for the operator's metrics: what is kept, and what was recorded since."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tapes are kept and the bytes they take, and of each recording since: its seconds and iterations."""

    tapes: int = 0
    bytes: int = 0
    recorded: tuple[tuple[float, int], ...] = ()


class _Counter:
    """Counts, until someone takes what was counted. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept = (0, 0)
        self._recorded: list[tuple[float, int]] = []

    def keep(self, tapes: int, bytes: int) -> None:
        """So many tapes are kept now, and take so many bytes."""
        self._kept = (tapes, bytes)

    def record(self, seconds: float, iterations: int) -> None:
        """A recording took so many seconds of a thread's work and added so many iterations."""
        with self._lock:
            self._recorded.append((seconds, iterations))

    def take(self) -> Counts:
        """What was counted; a recording is told once."""
        with self._lock:
            recorded, self._recorded = self._recorded, []
        return Counts(*self._kept, tuple(recorded))


counter = _Counter()
