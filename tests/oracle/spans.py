"""Finds the place of a call in the user's files from Python's frames; cached by code object and instruction."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import islice
from types import CodeType, FrameType

from viz.editing.spans import Source
from viz.frames.plain import Span


class CallSites:
    """Finds the expression of the user's files that Python evaluates now."""

    def __init__(self, files: Mapping[str, Source]) -> None:
        self._files = files
        self._spans: dict[tuple[CodeType, int], Span] = {}

    def current(self, depth: int = 1) -> Span:
        """The innermost expression of the user's files that runs, `depth` frames below the caller or deeper."""
        frame: FrameType | None = sys._getframe(depth + 1)
        while frame is not None and frame.f_code.co_filename not in self._files:
            frame = frame.f_back
        if frame is None:
            return Span("", 1, 0, 1, 0)
        key = frame.f_code, frame.f_lasti
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = self._read(frame)
        return known

    def _read(self, frame: FrameType) -> Span:
        text = self._files[frame.f_code.co_filename]
        positions = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
        line, end_line, column, end_column = (one or 0 for one in positions)
        return text.stretch(line, column, end_line, end_column)
