"""The lines of a program as the stage shows them: tokens with a class, and long literals folded to one line."""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterator

from viz.editing.loops import iteration_loop
from viz.syntax import tree_of

#: A statement that spans more lines than this is folded to one.
LONGEST_UNFOLDED = 2

Part = tuple[str, str]

_CLASSES = {tokenize.NUMBER: "number", tokenize.STRING: "string", tokenize.COMMENT: "comment"}


def code_lines(source: str) -> list[list[Part]]:
    """Each line of the source as (class, text) parts; the class "" means plain text."""
    lines = source.splitlines()
    parts: list[list[Part]] = [[] for _ in lines]
    ends = [0] * len(lines)
    for name, (row, start), (end_row, end) in _marked(source):
        if row != end_row:
            continue
        line, done = lines[row - 1], ends[row - 1]
        if start > done:
            parts[row - 1].append(("", line[done:start]))
        parts[row - 1].append((name, line[start:end]))
        ends[row - 1] = end
    for row, line in enumerate(lines):
        if ends[row] < len(line):
            parts[row].append(("", line[ends[row] :]))
    return parts


def _marked(source: str) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """The tokens that have a class, with their start and end (line from 1, column from 0)."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = _CLASSES.get(token.type)
        if token.type == tokenize.NAME and keyword.iskeyword(token.string):
            name = "keyword"
        if name:
            yield name, token.start, token.end


def folds(source: str) -> list[tuple[int, int, str]]:
    """Long statements as (first line, last line, text for one line), so that the loop stays in view."""
    lines = source.splitlines()
    found: list[tuple[int, int, str]] = []
    for statement in tree_of(source).body:
        last = statement.end_lineno or statement.lineno
        if last - statement.lineno < LONGEST_UNFOLDED or not isinstance(statement, ast.Assign):
            continue
        head = lines[statement.lineno - 1].rstrip().rstrip("([{ ")
        found.append((statement.lineno, last, f"{head}([…])" if "=" in head else f"{head} …"))
    return found


def running_lines(source: str) -> list[int]:
    """The first line of every statement that produces a frame: a click can go to these."""
    statements = tree_of(source).body
    loop = iteration_loop(statements)
    return sorted({line for one in statements for line in _lines(one, loop)})


def _lines(statement: ast.stmt, loop: ast.For | None) -> Iterator[int]:
    """The lines of a statement and its blocks, without the head of the iteration loop, which produces no frame."""
    pending: list[ast.stmt] = [statement]
    while pending:
        one = pending.pop()
        if one is not loop:
            yield one.lineno
        pending.extend(inner for inner in ast.iter_child_nodes(one) if isinstance(inner, ast.stmt))


def loop_lines(source: str) -> tuple[int, int] | None:
    """The first and last line of the iteration loop; None if the program has none."""
    loop = iteration_loop(tree_of(source).body)
    return None if loop is None else (loop.lineno, loop.end_lineno or loop.lineno)


def may_call(source: str) -> bool:
    """Whether a program defines functions or methods, whose calls the page names."""
    return any(isinstance(one, ast.FunctionDef) for one in ast.walk(tree_of(source)))


def may_print(source: str) -> bool:
    """Whether a program names `print`. The page has a place for what is printed, from the start."""
    return any(isinstance(one, ast.Name) and one.id == "print" for one in ast.walk(tree_of(source)))
