"""Compiles a program with each statement on its own line, so that a trace of lines is a trace of statements."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

FILE = "<audited>"


@dataclass(frozen=True)
class Numbered:
    """The code of a program, and its statements by number; the code has the number as the statement's line."""

    code: CodeType
    statements: dict[int, ast.stmt]

    def line(self, number: int) -> int:
        """The line in which a statement begins."""
        return self.statements[number].lineno

    def end(self, number: int) -> int:
        """The line in which a statement ends, or its head if it has a block."""
        node = self.statements[number]
        body = getattr(node, "body", None)
        return max(node.lineno, body[0].lineno - 1) if body else node.end_lineno or node.lineno

    def inside(self, number: int, other: int) -> bool:
        """Whether a statement is in the block of another one, not in its `else`."""
        node, inner = self.statements[number], self.statements[other]
        return any(one is inner for each in getattr(node, "body", []) for one in ast.walk(each))

    def in_function(self, number: int) -> bool:
        """Whether a statement is in the body of a function."""
        return number in self._in_functions

    @cached_property
    def _in_functions(self) -> set[int]:
        """The statements in the bodies of functions."""
        defined = [one for one in self.statements.values() if isinstance(one, ast.FunctionDef)]
        inner = {id(one) for node in defined for each in node.body for one in ast.walk(each)}
        return {number for number, one in self.statements.items() if id(one) in inner}

    def bound(self, number: int) -> list[str]:
        """The names that a statement assigns to, in order, without elements and attributes."""
        node = self.statements[number]
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.For)):
            targets = [node.target]
        else:
            return []
        names = [one.id for target in targets for one in _names(target)]
        return list(dict.fromkeys(names))

    def is_text(self, number: int) -> bool:
        """Whether a statement is only a string, which Python drops."""
        node = self.statements[number]
        return (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )


def numbered(source: str) -> Numbered:
    """Compile a program with each of its statements on a line of its own."""
    written = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    tree = ast.parse(source)
    statements: dict[int, ast.stmt] = {}
    again = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for number, (old, node) in enumerate(zip(written, again, strict=True), 1):
        statements[number] = old
        _put_on_line(node, number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's advice about the text
        return Numbered(compile(tree, FILE, "exec"), statements)


def _names(target: ast.expr) -> Iterator[ast.Name]:
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from _names(one)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)


def _put_on_line(node: ast.AST, number: int) -> None:
    """Set the line of a statement, without the statements inside it."""
    if isinstance(node, (ast.stmt, ast.expr, ast.arg, ast.keyword, ast.alias)):
        node.lineno = node.end_lineno = number
        node.col_offset, node.end_col_offset = 0, 1
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            _put_on_line(child, number)
