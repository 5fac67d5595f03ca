"""Text to syntax tree, for one thread at a time.

Python 3.11 counts how deep a tree is in one place for all threads: two that build trees at once can end in
`SystemError: AST constructor recursion depth mismatch`.
"""

from __future__ import annotations

import ast
import threading
from functools import lru_cache
from typing import Any

_TURN = threading.RLock()
#: How often a text is read: libraries build trees too, in threads that do not wait for their turn.
_TRIES = 5
#: What some editors put before the first character of a file; Python reads a file with it, `ast` no string.
BYTE_ORDER_MARK = "\ufeff"
#: Trees that are kept: a program that comes on stage is read five times, by its language, its roles and its lines.
_KEPT = 8


@lru_cache(maxsize=_KEPT)
def tree_of(text: str) -> ast.Module:
    """The syntax tree of a program, which is for reading only; raises what `ast.parse` does."""
    tree: ast.Module = _read(text.removeprefix(BYTE_ORDER_MARK), "exec")
    return tree


def expression_of(text: str) -> ast.expr:
    """The syntax tree of an expression; raises what `ast.parse` does."""
    tree: ast.Expression = _read(text, "eval")
    return tree.body


def _read(text: str, mode: str) -> Any:
    with _TURN:
        for left in reversed(range(_TRIES)):
            try:
                return ast.parse(text, mode=mode)
            except SystemError:
                if not left:
                    raise
    raise AssertionError("the last try returns or raises")
