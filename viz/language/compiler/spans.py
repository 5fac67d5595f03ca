"""The position of a node of the syntax tree in the source, counted in characters."""

from __future__ import annotations

import ast

from viz.frames.plain import Span


class Source:
    """A program's text, and the Span of each node of its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.split("\n")

    def span(self, node: ast.stmt | ast.expr | ast.keyword | ast.alias | ast.arg) -> Span:
        """The part of the source that `node` was parsed from."""
        end_line = node.end_lineno or node.lineno
        start = self._character(node.lineno, node.col_offset)
        end = self._character(end_line, node.end_col_offset or 0)
        lines = self._lines[node.lineno - 1 : end_line]
        if len(lines) == 1:
            text = lines[0][start:end]
        else:
            text = "\n".join([lines[0][start:], *lines[1:-1], lines[-1][:end]])
        return Span(text, node.lineno, start, end_line, end)

    def _character(self, line: int, byte: int) -> int:
        """The column in characters: Python counts it in bytes of UTF-8."""
        text = self._lines[line - 1]
        return byte if text.isascii() else len(text.encode()[:byte].decode(errors="ignore"))
