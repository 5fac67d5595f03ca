"""Who may record: one at a time, and whoever needs little goes first.

Threads that compute at the same time share one interpreter: each takes as many times longer as there are of them,
and all that a visitor waits for with them. So they take turns. Most need one of some hundredths of a second; a
program that costs more goes on once nobody with less to do is waiting, and whoever sends such programs all the
time waits for all others.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from viz import limits

#: Seconds of work that nobody interrupts, and of whoever had much of late, or was interrupted already.
UNDISTURBED, BRIEFLY = 0.15, 0.02
#: Seconds of work from which on others go first who had less; twice as much stands behind again, and so on.
NOTICED = 0.125
#: Whoever had more is interrupted soon. Who moves a number every ten seconds stays below it.
FAIR = 0.5
#: Seconds in which what someone had counts for half as much.
FORGOTTEN = 30.0
#: The house is full where turns took more of the time than this share, lately: in seconds until half is forgotten.
FULL, LATELY = 0.25, 2.0
#: Seconds after which who was interrupted goes on in any case, for so many seconds: it may hold what others need.
LONGEST, MEANWHILE = 1.0, 0.01
#: Characters of a program that is read at once; reading a longer one may take a tenth of a second.
LONG = 3_000


class Account:
    """What was worked for someone of late, while he waited; in `forgotten` seconds half of it is forgotten."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, forgotten: float = FORGOTTEN, had: float = 0.0
    ) -> None:
        self._clock = clock
        self._forgotten = forgotten
        self._seconds = had
        self._when = clock()

    def add(self, seconds: float) -> None:
        """So much more was worked."""
        self._seconds, self._when = self.left + seconds, self._clock()

    @property
    def level(self) -> int:
        """0 for whoever had little, 1 from NOTICED on, 2 from twice that on, and so on."""
        return max(0, 1 + math.floor(math.log2(max(self.left / NOTICED, 0.5))))

    @property
    def left(self) -> float:
        """Seconds that are not forgotten yet."""
        left: float = self._seconds * 0.5 ** ((self._clock() - self._when) / self._forgotten)
        return left

    @property
    def share(self) -> float:
        """The share of the time that was worked, of late."""
        return self.left * math.log(2) / self._forgotten


class _Turn:
    """One thread's turn: for whom, whether it is a long one, and how the thread is told to go on."""

    __slots__ = ("_account", "_began", "_behind", "_level", "_undisturbed", "go", "long")

    def __init__(self, account: Account | None, behind: bool) -> None:
        self.go = threading.Event()
        self.long = self._behind = behind
        self._account = account
        self._level = 0 if account is None else account.level
        self._undisturbed = 0.0
        self._began = time.thread_time()

    @property
    def rank(self) -> tuple[bool, int]:
        """Whose is the lowest goes first, and of equals who came first."""
        return self.long, self._level

    def begin(self, undisturbed: float | None = None) -> None:
        """From now on the thread works, for so many seconds whoever waits; as a rule for as many as it may."""
        interrupted = self.long and not self._behind
        had_much = self._account is not None and self._account.left >= FAIR
        self._undisturbed = undisturbed or (BRIEFLY if interrupted or had_much else UNDISTURBED)
        self._began = time.thread_time()

    def end(self) -> float:
        """The thread stops to work, for a while or for good; how many seconds it worked."""
        worked = time.thread_time() - self._began
        if self._account is not None and not self._behind:
            self._account.add(worked)
            self._level = self._account.level
        return worked

    @property
    def over(self) -> bool:
        """Whether the thread worked so long that others may interrupt it; who did once is one who needs much."""
        over = time.thread_time() - self._began > self._undisturbed
        self.long |= over
        return over

    def gives_way_to(self, other: _Turn, over: bool) -> bool:
        """Whether another one goes first now; what nobody waits for gives way at once, but not to its like."""
        return other.rank <= self.rank if over else self._behind and not other._behind


class _Mine(threading.local):
    """What a thread knows of itself."""

    def __init__(self) -> None:
        self.turn: _Turn | None = None
        self.account: Account | None = None


class Turns:
    """The turns of one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._taken = Account(clock, LATELY)
        self._present: _Turn | None = None
        self._waiting: list[_Turn] = []
        self._mine = _Mine()

    @contextmanager
    def of(self, account: Account) -> Iterator[None]:
        """Turns inside are for the owner of this account."""
        before, self._mine.account = self._mine.account, account
        try:
            yield
        finally:
            self._mine.account = before

    @contextmanager
    def turn(self, behind: bool = False) -> Iterator[None]:
        """Wait for a turn, and have it inside; `behind`: nobody waits for what is done there.

        A turn inside a turn is the same turn.
        """
        if self._mine.turn is not None:
            yield
            return
        turn = self._mine.turn = _Turn(self._mine.account, behind)
        self._join(turn)
        turn.go.wait()
        turn.begin()
        try:
            yield
        finally:
            self._end(turn)
            self._mine.turn = None
            self._leave(turn)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Have no turn inside, where this thread waits for what others do; they may need one for it."""
        turn = self._mine.turn
        if turn is None:
            yield
            return
        self._end(turn)
        self._leave(turn)
        try:
            yield
        finally:
            self._join(turn)
            turn.go.wait()
            turn.begin()

    def reading(self, text: str) -> AbstractContextManager[None]:
        """What reading a program takes: a turn, where the text is a long one."""
        return self.turn() if len(text) > LONG else nullcontext()

    def give_way(self) -> None:
        """Let others go first who need no more than this thread; for LONGEST seconds at most."""
        turn = self._mine.turn
        if turn is None:
            return
        over = turn.over
        with self._lock:
            mine = self._present is turn
            if not (over or mine) or (mine and not any(turn.gives_way_to(one, over) for one in self._waiting)):
                return
        self._end(turn)
        self._leave(turn)
        self._join(turn)
        if turn.go.wait(LONGEST):
            turn.begin()
            return
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
        turn.begin(MEANWHILE)

    def crowded(self) -> bool:
        """Whether someone waits who is waited for, or would soon: turns took much of the time, lately."""
        with self._lock:
            return self._taken.share > FULL or any(not turn.long for turn in self._waiting)

    def _end(self, turn: _Turn) -> None:
        worked = turn.end()
        if not turn.long:
            with self._lock:
                self._taken.add(worked)

    def _join(self, turn: _Turn) -> None:
        with self._lock:
            turn.go.clear()
            self._waiting.append(turn)
            self._call()

    def _leave(self, turn: _Turn) -> None:
        with self._lock:
            if self._present is turn:
                self._present = None
            self._call()

    def _call(self) -> None:
        """Have the next one go on, where it is nobody's turn; of equals who came first."""
        if self._present is None and self._waiting:
            self._present = min(self._waiting, key=lambda turn: turn.rank)
            self._waiting.remove(self._present)
            self._present.go.set()


_turns = Turns()
turn, of, aside, reading, crowded = _turns.turn, _turns.of, _turns.aside, _turns.reading, _turns.crowded


def begin() -> None:
    """From now on, programs that are run give way to others."""
    limits.when_at_work(_turns.give_way)
