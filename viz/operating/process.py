"""What a whole process does for its visitors: garbage is collected seldom, and answers leave at once."""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from stat import S_ISSOCK

#: So many new lists and the like before anyone looks whether one is garbage. A frame of a small network has
#: hundreds, and they stay: at the 700 of Python a recording takes a sixth longer.
_NEW = 20_000
#: Seconds between two collections that look at everything; those between look at what is new.
_THOROUGH = 60.0

#: Seconds that a thread computes while another waits for the interpreter. Beside whoever records, the server's own
#: thread waits anew for each step of an answer that is ready: with Python's 5 ms, 20 to 30 for one answer. Where
#: all share one core, it is the switches themselves that take long in a full house.
_SWITCH, _SWITCH_ON_ONE_CORE = 0.0005, 0.003

#: The open files of this process, by number, where the system has it.
_OPEN_FILES = Path("/dev/fd")


class Garbage:
    """Collects garbage without looking at the same tapes, and at torch, again and again.

    A full collection visits every object, 109 ms once torch is imported, and as much again with a hall full of
    tapes; all wait for it. What one has found alive is frozen: the next does not visit it. Most of it is freed all
    the same, once nobody refers to it; for what refers to itself, everything is thawed once in a while.
    """

    def __init__(self) -> None:
        self._thawed = time.monotonic()

    def begin(self) -> None:
        """Collect this way from now on."""
        gc.set_threshold(_NEW, *gc.get_threshold()[1:])
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._around)

    def _around(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] < 2:
            return
        if phase == "stop":
            gc.freeze()
        elif time.monotonic() - self._thawed > _THOROUGH:
            self._thawed = time.monotonic()
            gc.unfreeze()


def share_the_interpreter() -> None:
    """Have what is ready go on soon, whoever computes meanwhile."""
    sys.setswitchinterval(_SWITCH_ON_ONE_CORE if _cores() == 1 else _SWITCH)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def send_at_once() -> None:
    """Have the sockets that listen send what is written without waiting for the other side.

    An answer is written in two parts, and the second would wait until the first is acknowledged: 40 ms. asyncio
    sees to that for the sockets it opens; the one that it is handed does not say that it is one of TCP. What is
    accepted is as what listens.
    """
    if not _OPEN_FILES.is_dir():
        return
    for number in [int(path.name) for path in _OPEN_FILES.iterdir()]:
        # The list itself was an open file.
        with suppress(OSError):
            if S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as one:
                    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
