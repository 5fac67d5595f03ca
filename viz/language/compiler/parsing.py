"""Reads a program: text to syntax tree to statements, or a refusal of what is not supported."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from viz import limits
from viz.editing.spans import Source
from viz.frames.plain import Problem, Span
from viz.language.compiler.statements import Statements
from viz.language.runtime.problems import Refused
from viz.language.runtime.program import Program
from viz.syntax import BYTE_ORDER_MARK, tree_of
from viz.text import ended

_STRANGE = re.compile("[\0\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
#: How many parsed programs are cached, and up to what length: a whole class may run the same one.
_KEPT, _SHORT = 64, 4_000
_ENDLESS = re.compile("[0-9][0-9_]{4000}")


def parse(source: str) -> Program:
    """The program with this source; raises Refused, with a sentence about each statement that is not supported.

    There are at most `limits.REFUSALS` of them. Parsing runs no part of the program.
    """
    return _kept(source) if len(source) <= _SHORT else _parse(source)


@lru_cache(maxsize=_KEPT)
def _kept(source: str) -> Program:
    return _parse(source)


def _parse(source: str) -> Program:
    if len(source) > limits.CHARACTERS:
        line = source.count("\n", 0, limits.CHARACTERS) + 1
        message = f"A program has at most {limits.CHARACTERS:,} characters; this one has {len(source):,}."
        raise Refused(Problem(message, line, 0, "Limit"))
    text = re.sub("\r\n?", "\n", source.removeprefix(BYTE_ORDER_MARK))
    _check_characters(text)
    tree = _tree(text)
    _check_nesting(tree, Source(text))
    return Statements(source, Source(text), tree).program()


def _tree(text: str) -> ast.Module:
    """The syntax tree; raises Refused, in Python's own words, if the text is not Python."""
    try:
        return tree_of(text)
    except SyntaxError as error:
        line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
        message = f"Python cannot read this line: {ended(error.msg.partition(' - ')[0])}"
        raise Refused(Problem(message, line, column, "SyntaxError")) from None
    except (RecursionError, MemoryError):
        # Python does not say where; code nested too deeply is probably on the longest line.
        lines = text.split("\n")
        raise Refused(Problem(_too_deep(), lines.index(max(lines, key=len)) + 1, 0, "Limit")) from None


def _check_characters(text: str) -> None:
    """Raise Refused for a character that source may not contain, or that displays a line in another order than it
    is read, and for a number with more digits than Python reads."""
    found = _STRANGE.search(text)
    if found is not None:
        raise _refused_at(text, found.start(), "This character is not allowed in a program; delete it.", "Refused")
    found = _ENDLESS.search(text)
    if found is not None:
        message = f"Integers stay below 2**{limits.INTEGER_BITS} here; write a float, as in 1e30."
        raise _refused_at(text, found.start(), message, "Limit")


def _refused_at(text: str, place: int, message: str, kind: str) -> Refused:
    line = text.count("\n", 0, place) + 1
    return Refused(Problem(message, line, place - (text.rfind("\n", 0, place) + 1), kind))


def _check_nesting(tree: ast.Module, source: Source) -> None:
    """Raise Refused if brackets, operators or calls are nested too deeply for a recursive walk."""
    pending: list[tuple[ast.AST, int, Span | None]] = [(tree, 0, None)]
    while pending:
        node, depth, where = pending.pop()
        if isinstance(node, ast.expr):
            depth += 1
            if depth == 1:
                where = source.span(node)
            if depth > limits.NESTING:
                line, column = (where.line, where.column) if where else (node.lineno, 0)
                raise Refused(Problem(_too_deep(), line, column, "Limit"))
        pending.extend((child, depth, where) for child in ast.iter_child_nodes(node))


def _too_deep() -> str:
    return f"Expressions are nested at most {limits.NESTING} deep; give the parts names on lines of their own."
