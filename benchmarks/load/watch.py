"""The CPU time and the memory of processes, as Linux reports them."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """The seconds of CPU time that a process and its child processes have used, in all their threads."""
    return sum(sum(map(int, _fields(one)[11:15])) for one in _family(pid)) / _TICK


def resident_mebibytes(pid: int) -> float:
    """The memory that a process and its child processes use now, in MiB."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _family(pid: int) -> list[int]:
    """A process and its child processes."""
    children = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *(one for some in children for child in some for one in _family(int(child)))]


def _fields(pid: int) -> list[str]:
    """The fields that Linux reports for a process, from its state on."""
    # The name of the program, in brackets, may hold blanks.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
