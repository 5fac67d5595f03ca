"""Compiles a program with each statement on its own line, so that a trace of lines is a trace of statements."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import TypeAlias

from viz.editing.loops import top_level

FILE = "<audited>"
#: What has a number.
Statement: TypeAlias = ast.stmt | ast.ExceptHandler


@dataclass(frozen=True)
class Numbered:
    """The code of a program, and its statements by number; the code has the number as the statement's line.

    An `except` has a number of its own, as the page shows when it takes an exception.
    """

    code: CodeType
    statements: dict[int, Statement]
    tree: ast.Module

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

    def is_top(self, number: int) -> bool:
        """Whether a statement belongs to the program itself, perhaps below `if __name__ == "__main__":`."""
        return any(one is self.statements[number] for one in top_level(self.tree.body))

    def lost(self, number: int) -> set[str]:
        """The names of the exceptions around a statement: Python deletes them at the end of their `except`."""
        inner = self.statements[number]
        handlers = [one for one in self.statements.values() if isinstance(one, ast.ExceptHandler) and one.name]
        return {one.name or "" for one in handlers if any(node is inner for node in ast.walk(one))}

    def returns(self, number: int) -> bool:
        """Whether a statement is a `return`."""
        return isinstance(self.statements[number], ast.Return)

    def in_function(self, number: int) -> bool:
        """Whether a statement is in the body of a function."""
        return number in self._in_functions

    @cached_property
    def own_functions(self) -> set[str]:
        """The names of the program's own Functions, each with its own backward."""
        return functions_in(self.tree)

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
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
            targets = [node.target]
        else:
            return []
        names = [one.id for target in targets for one in _names(target)]
        return list(dict.fromkeys(names))

    def is_nothing(self, number: int) -> bool:
        """Whether a statement does nothing that the page shows: a string, `try:`, an annotation alone."""
        node = self.statements[number]
        if isinstance(node, ast.Try) or (isinstance(node, ast.AnnAssign) and node.value is None):
            return True
        return (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )


def numbered(source: str) -> Numbered:
    """Compile a program with each of its statements on a line of its own."""
    original, tree = ast.parse(source), ast.parse(source)
    written, again = [[node for node in ast.walk(one) if isinstance(node, Statement)] for one in (original, tree)]
    statements: dict[int, Statement] = {}
    for number, (old, node) in enumerate(zip(written, again, strict=True), 1):
        statements[number] = old
        _put_on_line(node, number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's advice about the text
        return Numbered(compile(tree, FILE, "exec"), statements, original)


def functions_in(tree: ast.Module) -> set[str]:
    """The names of the classes that derive from torch's Function."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {one.name for one in classes if any(ast.unparse(base).endswith("Function") for base in one.bases)}


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
    if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.expr, ast.arg, ast.keyword, ast.alias)):
        node.lineno = node.end_lineno = number
        node.col_offset, node.end_col_offset = 0, 1
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Statement):
            _put_on_line(child, number)
