"""The frames of a run's iterations, as many as there is room for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from viz.frames.events import Evaluated
from viz.frames.frame import Frame
from viz.frames.graph import Graph
from viz.frames.tape import LetGo

#: The share of the room for the first iterations, which are never let go; the others are those asked for last.
_START = 8
#: How many of the latest iterations are kept whatever they take: the next one begins where they end.
_LATEST = 2


class Kept:
    """The iterations of a run, by their numbers. Thread-safe.

    If they take more bytes than `room`, iterations after the first ones are let go, those first that nobody asked
    for lately. `bytes` is about what the others take.
    """

    def __init__(self, room: float) -> None:
        self._room = room
        self._count = 0
        self.bytes = 0
        self._first: list[tuple[Frame, ...]] = []
        self._later: OrderedDict[int, tuple[tuple[Frame, ...], int]] = OrderedDict()
        # The last frame of an iteration that was let go if the next one was not: that begins with its variables.
        # Also what was recorded of the latest ones that were skipped.
        self._remains: dict[int, tuple[Frame, ...]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return self._count

    def __contains__(self, number: int) -> bool:
        """Whether an iteration is there, and was not let go."""
        return number < len(self._first) or number in self._later

    def __getitem__(self, number: int) -> tuple[Frame, ...]:
        """Return the frames of an iteration. Raises LetGo, and IndexError if there is no such iteration yet."""
        if not 0 <= number < self._count:
            raise IndexError(number)
        if number < len(self._first):
            return self._first[number]
        with self._lock:
            if number not in self._later:
                raise LetGo(number)
            self._later.move_to_end(number)
            return self._later[number][0]

    def has_room(self, until: int) -> bool:
        """Whether the iterations before `until` would be kept, if each took as much as those that are."""
        kept = len(self._first) + len(self._later)
        return self.bytes * until <= self._room * kept

    def remains(self, number: int) -> tuple[Frame, ...]:
        """Return the frames of an iteration; if only the next one is kept, the last of them. Raises LetGo."""
        try:
            return self[number]
        except LetGo:
            try:
                return self._remains[number]
            except KeyError:
                raise LetGo(number) from None

    def add(self, frames: tuple[Frame, ...], size: int) -> list[int]:
        """Add the next iteration, which takes `size` bytes; return the numbers of those that are let go for it."""
        with self._lock:
            number, self._count = self._count, self._count + 1
            self.bytes += size
            if len(self._first) == number and self.bytes <= self._room / _START:
                self._first.append(frames)
                return []
            self._later[number] = frames, size
            let_go = []
            while self.bytes > self._room and len(self._later) > _LATEST:
                let_go.append(self._forget(next(one for one in self._later if one <= number - _LATEST)))
            return let_go

    def skip(self, frames: tuple[Frame, ...]) -> int:
        """Count the next iteration as let go, of which only these frames were recorded; return its number."""
        with self._lock:
            number, self._count = self._count, self._count + 1
            if number - 1 not in self._later:
                self._remains.pop(number - 2, None)
            self._remains[number] = tuple([replace(one, graph=Graph(), built=()) for one in frames])
            return number

    def end_with(self, frame: Frame) -> None:
        """Let the latest iteration, which was skipped, end with this frame, which has more variables."""
        with self._lock:
            latest = self._count - 1
            self._remains[latest] = (*self._remains[latest][:-1], frame)

    def put(self, number: int, frames: tuple[Frame, ...], size: int) -> list[int]:
        """Keep an iteration again that was let go; return the numbers of those that are let go for it."""
        with self._lock:
            if number < len(self._first) or number in self._later:
                return []
            self._later[number] = frames, size
            self.bytes += size
            latest = self._count - _LATEST
            let_go = []
            while self.bytes > self._room and len(self._later) > _LATEST + 1:
                others = (one for one in self._later if one < latest and one != number)
                gone = next(others, None)
                if gone is None:
                    break
                let_go.append(self._forget(gone))
            return let_go

    def _forget(self, number: int) -> int:
        frames, size = self._later.pop(number)
        self.bytes -= size
        self._remains.pop(number - 1, None)
        if number + 1 in self._later:
            last = replace(frames[-1], graph=Graph(), event=Evaluated(""), changes=(), built=())
            self._remains[number] = (last,)
        return number
