"""Text to syntax tree, for one thread at a time.

Python 3.11 counts how deep a tree is in one place for all threads: two that build trees at once can end in
`SystemError: AST constructor recursion depth mismatch`.
"""

from __future__ import annotations

import ast
import threading

_TURN = threading.RLock()


def tree_of(text: str) -> ast.Module:
    """The syntax tree of a program; raises what `ast.parse` does."""
    with _TURN:
        return ast.parse(text)


def expression_of(text: str) -> ast.expr:
    """The syntax tree of an expression; raises what `ast.parse` does."""
    with _TURN:
        return ast.parse(text, mode="eval").body
