"""Edits of a call's arguments that keep every other argument, comment and line break in place."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Sequence
from typing import NamedTuple

from viz.editing.literals import WIDTH
from viz.editing.source import Edit, ParsedSource

_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


class _Token(NamedTuple):
    text: str
    start: int
    end: int


class _Part(NamedTuple):
    """One argument in the text: its start, its end, and the place of the comma after it, if there is one."""

    start: int
    end: int
    comma: int | None

    @property
    def after(self) -> int:
        """The end of the argument with its comma."""
        return self.end if self.comma is None else self.comma + 1


def removal(source: ParsedSource, call: ast.Call, names: Collection[str]) -> list[Edit]:
    """Return edits that remove the keyword arguments `names` from a call, each with one comma."""
    gone = {source.start(keyword) for keyword in call.keywords if keyword.arg in names}
    cuts: list[Edit] = []
    kept: _Part | None = None
    for part in _parts(source, call)[1]:
        if part.start not in gone:
            kept = part
            continue
        cuts.append(_cut(source.text, part))
        if part.comma is None and kept is not None and kept.comma is not None:
            cuts.append(Edit(kept.comma, kept.comma + 1, ""))
    return _merged(cuts)


def addition(source: ParsedSource, call: ast.Call, texts: Sequence[str]) -> list[Edit]:
    """Return edits that add arguments after the last one of a call, with the same layout."""
    if not texts:
        return []
    opened, parts = _parts(source, call)
    if not parts:
        return [Edit(opened, opened, ", ".join(texts))]
    last = parts[-1]
    before = source.text[: last.start].rpartition("\n")[2]
    comment = re.match(r"[ \t]*#.*", source.rest_of_line(last.after))
    one_a_line = comment is not None or not before.strip()
    indent = " " * source.column(opened) if before.strip() else before
    comma = "," if last.comma is None else ""
    column = source.column(last.after) + len(comma)
    tail = max(len(source.rest_of_line(last.after)), 1)
    pieces = []
    for text in texts:
        breaks = one_a_line or column + len(" ") + len(text) + tail > WIDTH
        pieces.append(("\n" + indent if breaks else " ") + text)
        column = (len(indent) if breaks else column + len(" ")) + len(text) + len(",")
    added = ",".join(pieces) + ("" if comma else ",")
    if comment is None:
        return [Edit(last.after, last.after, comma + added)]
    place = last.after + comment.end()
    return [Edit(last.after, last.after, comma), Edit(place, place, added)]


def _cut(text: str, part: _Part) -> Edit:
    """Return the edit that removes an argument with its comma and the white space that is no longer needed."""
    start = len(text[: part.start].rstrip())
    end = part.after + len(text[part.after :]) - len(text[part.after :].lstrip(" \t"))
    line = text[:start].rpartition("\n")[2]
    # The line break at the end of a comment has to stay, unless a line break or a comment follows.
    if start < part.start and ("#" not in line or text[end : end + 1] in {"\r", "\n", "#"}):
        return Edit(start, part.after, "")
    return Edit(part.start, end, "")


def _merged(cuts: list[Edit]) -> list[Edit]:
    """Return the cuts with overlapping ones merged."""
    merged: list[Edit] = []
    for cut in sorted(cuts):
        if merged and cut.start <= merged[-1].end:
            merged[-1] = Edit(merged[-1].start, max(merged[-1].end, cut.end), "")
        else:
            merged.append(cut)
    return merged


def _parts(source: ParsedSource, call: ast.Call) -> tuple[int, list[_Part]]:
    """Return the place after the call's opening parenthesis, and its arguments.

    The tree has neither commas nor the parentheses around an argument, so this reads the tokens.
    """
    tokens = _tokens(source, call)
    opening = _opening(tokens)
    parts: list[_Part] = []
    argument: list[_Token] = []
    depth = 0
    for token in tokens[opening + 1 : -1]:
        if token.text == "," and depth == 0:
            parts.append(_Part(argument[0].start, argument[-1].end, token.start))
            argument = []
        else:
            depth += _DEPTH.get(token.text, 0)
            argument.append(token)
    if argument:
        parts.append(_Part(argument[0].start, argument[-1].end, None))
    return tokens[opening].end, parts


def _opening(tokens: list[_Token]) -> int:
    """Return the index of the parenthesis that the last token closes."""
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        depth += _DEPTH.get(tokens[index].text, 0)
        if depth == 0:
            return index
    raise AssertionError("a call ends with a parenthesis that was opened")


def _tokens(source: ParsedSource, call: ast.Call) -> list[_Token]:
    """Return the tokens of a call with their offsets in the source, without comments and line breaks."""
    text, start = source.segment(call), source.start(call)
    line_starts = [start, *(start + place.end() for place in re.finditer("\n", text))]
    return [
        _Token(
            token.string,
            line_starts[token.start[0] - 1] + token.start[1],
            line_starts[token.end[0] - 1] + token.end[1],
        )
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline)
        if token.type not in _LAYOUT
    ]
