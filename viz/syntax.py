"""Parses source code, one thread at a time.

Python 3.11 counts the depth of a tree in one counter for all threads: two threads that build trees at the same
time can fail with `SystemError: AST constructor recursion depth mismatch`.
"""

from __future__ import annotations

import ast
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

_LOCK = threading.RLock()
#: The number of attempts: libraries build trees too, in threads that do not take the lock.
_TRIES = 5
#: Some editors put this before the first character of a file; Python accepts it in a file, `ast` in no string.
BYTE_ORDER_MARK = "\ufeff"
#: The number of cached trees: showing a program parses it five times, for its language, its roles and its lines.
_CACHED = 8


@lru_cache(maxsize=_CACHED)
def tree_of(text: str) -> ast.Module:
    """Return the syntax tree of a program; do not change it. Raises what `ast.parse` raises."""
    tree: ast.Module = _read(text.removeprefix(BYTE_ORDER_MARK), "exec")
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
