"""Captures what a script prints in its own thread, and passes it on."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Output(io.TextIOBase):
    """Replaces `sys.stdout`: keeps what the script's own thread writes, and passes everything on."""

    def __init__(self, former: TextIO) -> None:
        self._former = former
        self._thread = threading.get_ident()
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        """Keep the text if the script's thread writes it, and pass it on."""
        if threading.get_ident() == self._thread:
            self._kept.append(text)
        self._former.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the former stream."""
        self._former.flush()

    def take(self) -> str:
        """Return what was written since the last call."""
        if not self._kept:
            return ""
        text = "".join(self._kept)
        self._kept.clear()
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._former, name)  # `fileno`, `encoding`, `isatty`: those of the terminal


@contextmanager
def heard_output() -> Iterator[Output]:
    """Capture what this thread prints within the context."""
    former = sys.stdout
    output = Output(former)
    sys.stdout = output
    try:
        yield output
    finally:
        if sys.stdout is output:  # the script may have put a stream of its own there
            sys.stdout = former
