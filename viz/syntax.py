"""Parses source code, one thread at a time.

Python 3.11 counts the depth of a tree in one counter for all threads: two threads that build trees at the same
time can fail with `SystemError: AST constructor recursion depth mismatch`.
"""

from __future__ import annotations

import ast
import re
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

_LOCK = threading.RLock()
#: The number of attempts: libraries build trees too, in threads that do not take the lock.
_TRIES = 5
#: Some editors put this before the first character of a file; Python accepts it in a file, `ast` in no string.
BYTE_ORDER_MARK = "\ufeff"
#: A line that a notebook takes for a command and not for Python: `%matplotlib inline`, `!pip install …`.
_COMMAND = re.compile(r"[ \t]*((?:%%?[A-Za-z]|![ \t]*[A-Za-z]).*)")
#: The most commands in one text; the parser runs once more for each.
_COMMANDS = 20
#: The number of cached trees: showing a program parses it five times, for its language, its roles and its lines.
_CACHED = 8


class Command(ast.Constant):
    """A line of a notebook that is no Python: `text` begins with `%` or `!`."""

    def __init__(self, text: str) -> None:
        super().__init__(value=...)
        self.text = text


@lru_cache(maxsize=_CACHED)
def tree_of(text: str) -> ast.Module:
    """Return the syntax tree of a program; do not change it. Raises what `ast.parse` raises.

    A command of a notebook is an expression statement with a Command in it.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        tree: ast.Module = _read(text, "exec")
    except SyntaxError as error:
        tree = _with_commands(text, error)
    return tree


def _with_commands(text: str, error: SyntaxError) -> ast.Module:
    """The tree of a notebook's text, which Python cannot read; raises SyntaxError if its commands are not why."""
    parts = re.split("(\r\n|\r|\n)", text)  # the lines, and what ends them
    commands: dict[int, Command] = {}
    tree: ast.Module | None = None
    while tree is None:
        line = error.lineno or 0
        found = _COMMAND.fullmatch(parts[2 * line - 2]) if 0 < line <= len(parts) // 2 + 1 else None
        if found is None or line in commands or len(commands) >= _COMMANDS:
            raise error
        commands[line] = Command(found[1].rstrip())
        parts[2 * line - 2] = parts[2 * line - 2][: found.start(1)] + "..."
        try:
            tree = _read("".join(parts), "exec")
        except SyntaxError as other:
            error = other
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and node.lineno in commands:
            command = commands.pop(node.lineno)
            node.end_col_offset = node.col_offset + len(command.text.encode())
            node.value = ast.copy_location(command, node)
    if commands:  # a line inside of brackets is no command
        raise error
    return tree


def own_tree_of(text: str) -> ast.Module:
    """Return a syntax tree of a program that the caller may change. Raises what `ast.parse` raises."""
    tree: ast.Module = _read(text.removeprefix(BYTE_ORDER_MARK), "exec")
    return tree


def expression_of(text: str) -> ast.expr:
    """Return the syntax tree of an expression. Raises what `ast.parse` raises."""
    tree: ast.Expression = _read(text, "eval")
    return tree.body


def text_of_file(file: Path) -> str:
    """Return the text of a Python file. Raises OSError, and UnicodeDecodeError if it is not UTF-8."""
    return file.read_text(encoding="utf-8-sig")  # without the mark that some editors put at the beginning


def _read(text: str, mode: str) -> Any:
    with _LOCK:
        for left in reversed(range(_TRIES)):
            try:
                return ast.parse(text, mode=mode)
            except SystemError:
                if not left:
                    raise
    raise AssertionError("the last try returns or raises")
