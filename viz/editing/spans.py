"""The position of a node of the syntax tree in the source, counted in characters."""

from __future__ import annotations

import ast

from viz.frames.plain import Span


class Source:
    """A program's text, and the Span of each node of its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.split("\n")

    def span(self, node: ast.stmt | ast.expr | ast.keyword | ast.alias | ast.arg | ast.ExceptHandler) -> Span:
        """The part of the source that `node` was parsed from."""
        return self.stretch(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)

    def stretch(self, line: int, byte: int, end_line: int, end_byte: int) -> Span:
        """The part of the source from a line (from 1) and a byte of it to another, as Python gives positions."""
        start, end = self._character(line, byte), self._character(end_line, end_byte)
        lines = self._lines[line - 1 : end_line]
        if len(lines) == 1:
            text = lines[0][start:end]
        else:
            text = "\n".join([lines[0][start:], *lines[1:-1], lines[-1][:end]])
        return Span(text, line, start, end_line, end)

    def _character(self, line: int, byte: int) -> int:
        """The column in characters: Python counts it in bytes of UTF-8."""
        text = self._lines[line - 1]
        return byte if text.isascii() else len(text.encode()[:byte].decode(errors="ignore"))
