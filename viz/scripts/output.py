"""Captures what a script prints in its own thread, and passes it on."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, TextIO


class Output:
    """Stands in for `sys.stdout`: keeps what the script's own thread writes, and passes everything on.

    It is no stream itself: `fileno`, `isatty`, `encoding` and the like are those of the stream that it stands for.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._thread = threading.get_ident()
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        """Keep the text if the script's thread writes it, and pass it on."""
        if threading.get_ident() == self._thread:
            self._kept.append(text)
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of the strings."""
        for line in lines:
            self.write(line)

    def take(self) -> str:
        """Return what was written since the last call."""
        if not self._kept:
            return ""
        text = "".join(self._kept)
        self._kept.clear()
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
