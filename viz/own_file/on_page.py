"""The file that this server's page shows, which is put here once, before the server starts."""

from __future__ import annotations

from viz.own_file.source_file import SourceFile

_files: list[SourceFile] = []


def put(file: SourceFile) -> None:
    """Make this the file of the page."""
    _files[:] = [file]


def file() -> SourceFile:
    """Return the file of the page."""
    return _files[0]
