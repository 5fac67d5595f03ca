"""What this server's page shows: the file, put here once before the server starts, and which run of it."""

from __future__ import annotations

from threading import Lock

from viz.own_file.source_file import SourceFile

_files: list[SourceFile] = []
_attempts = [0]
_lock = Lock()


def put(file: SourceFile) -> None:
    """Make this the file of the page."""
    _files[:] = [file]


def file() -> SourceFile:
    """Return the file of the page."""
    return _files[0]


def attempt() -> int:
    """Return how often the file was run again as it is."""
    return _attempts[0]


def run_again() -> None:
    """Have every page run the file again."""
    with _lock:
        _attempts[0] += 1
