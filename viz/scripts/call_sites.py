"""Finds the expression of a file that Python evaluates, from Python's frames."""

from __future__ import annotations

import sys
from itertools import islice
from types import CodeType, FrameType

from viz.editing.spans import Source
from viz.frames.plain import Span


class CallSites:
    """Finds places in one file. Each code object and instruction is read once: that takes most of the time."""

    def __init__(self, text: str, filename: str) -> None:
        self._source = Source(text)
        self._filename = filename
        self._spans: dict[tuple[CodeType, int], Span] = {}

    def current(self) -> Span:
        """Return the innermost expression of the file that runs; an empty Span if none does."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return Span("", 1, 0, 1, 0) if frame is None else self.at(frame.f_code, frame.f_lasti)

    def at(self, code: CodeType, instruction: int) -> Span:
        """Return the expression of an instruction, by its offset in the code's bytes."""
        key = code, instruction
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = self._read(code, instruction)
        return known

    def _read(self, code: CodeType, instruction: int) -> Span:
        positions = next(islice(code.co_positions(), instruction // 2, None))
        line, end_line, column, end_column = (one or 0 for one in positions)
        return self._source.stretch(line, column, end_line, end_column)
