"""Counts for the operator's metrics: the tapes that a worker caches, and what it has recorded."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of cached tapes and their bytes, and the seconds and iterations of each new recording."""

    tapes: int = 0
    bytes: int = 0
    recordings: tuple[tuple[float, int], ...] = ()


class Counter:
    """Collects counts until `take` reports them. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cached = (0, 0)
        self._recordings: list[tuple[float, int]] = []

    def set_cached(self, tapes: int, bytes: int) -> None:
        """Set the number of cached tapes and the bytes that they take together."""
        self._cached = (tapes, bytes)

    def add_recording(self, seconds: float, iterations: int) -> None:
        """Add a recording: its thread's seconds of work, and the number of iterations that it added."""
        with self._lock:
            self._recordings.append((seconds, iterations))

    def take(self) -> Counts:
        """Return the counts; each recording is returned once."""
        with self._lock:
            recordings, self._recordings = self._recordings, []
        return Counts(*self._cached, tuple(recordings))
