"""Collects what is refused in a program, so that its author is told everything at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from viz import limits
from viz.editing.inner import own_names, own_nodes
from viz.frames.plain import Problem, Span
from viz.language.compiler.scope import Scope
from viz.language.runtime.problems import Refused


class RefusalList:
    """The refusals so far, each once.

    A name that a refused statement would have bound is lost: nothing is known of what it would hold, so no later
    refusal is about it, or about a name that is made from it.
    """

    def __init__(self, scope: Scope, span: Callable[[ast.expr | ast.stmt], Span]) -> None:
        self._scope = scope
        self._span = span
        self._problems: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether no more refusals are collected."""
        return len(self._problems) >= limits.REFUSALS

    def check(self) -> None:
        """Raise one Refused for all of them, if there are any."""
        if self._problems:
            raise Refused(*self._problems)

    def add(self, refusal: Refused, node: ast.stmt | ast.Module, lost: Collection[str]) -> None:
        """Collect the refusal of a statement, before which these names were lost, or of the whole program.

        Raises Refused, for all refusals, if no more are collected.
        """
        if not self._follows(refusal.problem, node, lost) and refusal.problem not in self._problems:
            self._problems.append(refusal.problem)
        self._scope.lost |= _names(node)
        if self.full:
            self.check()

    def meet(self, node: ast.stmt) -> None:
        """Learn from a statement, before it is compiled, which names are lost and which no longer are."""
        lost = self._scope.lost
        if not lost:
            return
        if any(one.id in lost for one in _read(node)):
            lost |= _names(node)
        elif isinstance(node, (ast.Assign, ast.Import, ast.ImportFrom, ast.ClassDef)):
            lost -= _names(node)

    def _follows(self, problem: Problem, node: ast.stmt | ast.Module, lost: Collection[str]) -> bool:
        """Whether a refusal in a statement is about a lost name: the refused expression begins with it."""
        found: list[ast.expr | ast.stmt] = [one for one in _read(node) if one.id in lost]
        if found and isinstance(node, ast.ClassDef):
            found.append(node)
        return any(self._place(one) == (problem.line, problem.column) for one in found)

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        where = self._span(node)
        return where.line, where.column


def _names(node: ast.stmt | ast.Module) -> set[str]:
    """The names that a statement binds; for a class also those that its methods give to its objects."""
    methods = (
        [one for one in node.body if isinstance(one, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []
    )
    selves = {one.args.args[0].arg for one in methods if one.args.args}
    return own_names(node) | selves | ({"super"} if methods else set())


def _read(node: ast.stmt | ast.Module) -> Iterator[ast.Name]:
    return (one for one in own_nodes(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
