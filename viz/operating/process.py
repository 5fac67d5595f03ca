"""Settings of a whole process: garbage collection, thread switching, and sockets without delay."""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from stat import S_ISSOCK

#: New objects before a collection. A frame of a small network has hundreds, and they stay alive: with Python's
#: 700, a recording takes a sixth longer.
_NEW = 20_000
#: Seconds between two collections that visit every object; the others visit new objects only.
_THOROUGH = 60.0

#: Seconds that a thread computes while another waits for the interpreter. While one thread records, the server's
#: thread waits for each step of a response: with Python's 5 ms, one response takes 20 to 30 ms. On one core, the
#: switches themselves are slow when many sessions are open.
_SWITCH, _SWITCH_ON_ONE_CORE = 0.0005, 0.003

#: The directory of this process's open files, if the system has one.
_OPEN_FILES = Path("/dev/fd")


class Garbage:
    """Collects garbage without visiting torch and the same tapes again and again.

    A full collection visits every object: 109 ms with torch imported, and twice that with many tapes; every thread
    waits for it. So objects that survive one are frozen, and the next does not visit them. Most of them are freed
    anyway when their last reference goes; for reference cycles, everything is unfrozen from time to time.
    """

    def __init__(self) -> None:
        self._unfrozen = time.monotonic()

    def begin(self) -> None:
        """Collect garbage this way from now on."""
        gc.set_threshold(_NEW, *gc.get_threshold()[1:])
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._around)

    def _around(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] < 2:
            return
        if phase == "stop":
            gc.freeze()
        elif time.monotonic() - self._unfrozen > _THOROUGH:
            self._unfrozen = time.monotonic()
            gc.unfreeze()


class SeldomCollected:
    """A context in which Python looks for garbage less often: most of what is made inside stays alive.

    A recording of 10,000 operations takes a third longer with Python's own threshold. All threads share that: it
    is restored when the last context ends, unless other code has changed it meanwhile.
    """

    _lock = threading.Lock()
    _inside = 0
    _before = (0, 0, 0)

    def __enter__(self) -> None:
        kind = type(self)
        with self._lock:
            kind._inside += 1
            new, *others = before = gc.get_threshold()
            if kind._inside == 1:
                kind._before = before
                if 0 < new < _NEW:  # 0 turns the collections off
                    gc.set_threshold(_NEW, *others)

    def __exit__(self, *raised: object) -> None:
        kind = type(self)
        with self._lock:
            kind._inside -= 1
            if not kind._inside and gc.get_threshold()[0] == _NEW:
                gc.set_threshold(*kind._before)


def share_the_interpreter() -> None:
    """Let waiting threads run soon while others compute."""
    sys.setswitchinterval(_SWITCH_ON_ONE_CORE if _cores() == 1 else _SWITCH)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def send_at_once() -> None:
    """Set TCP_NODELAY on the listening sockets; accepted connections inherit it.

    A response is written in two parts, and the second would wait until the first is acknowledged: 40 ms. asyncio
    sets the option for the sockets that it opens, but not for one that it is given.
    """
    if not _OPEN_FILES.is_dir():
        return
    for number in [int(path.name) for path in _OPEN_FILES.iterdir()]:
        # The file that listed the directory is closed by now.
        with suppress(OSError):
            if S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as one:
                    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
