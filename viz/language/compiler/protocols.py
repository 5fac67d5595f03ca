"""The interfaces that the compilers of single constructs use: of all expressions, and of all statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from viz.frames.plain import Span
from viz.language.compiler.scope import Scope
from viz.language.runtime.program import Statement
from viz.language.runtime.state import Expression, State

#: Stores a value in a target.
Store = Callable[[State, Any], None]
Spanned = ast.stmt | ast.expr | ast.keyword | ast.alias | ast.arg | ast.ExceptHandler


class Compiler(Protocol):
    """Compiles the expressions of one program; `scope` knows its names."""

    scope: Scope

    def compile(self, node: ast.expr) -> Expression:
        """The closure for an expression; raises Refused if the language does not support it."""

    def static(self, node: ast.expr) -> Any:
        """Return what an expression means before anything runs, None for most expressions."""

    def span(self, node: Spanned) -> Span:
        """Return the position of a node."""

    def refused(self, node: Spanned, message: str) -> Exception:
        """Return a Refused at the position of `node`."""


class StatementCompiler(Protocol):
    """Compiles the statements of one program."""

    @property
    def expressions(self) -> Compiler:
        """The compiler of the expressions in the statements."""

    #: The loops whose passes are the iterations, if they are inside of others or of functions.
    training: frozenset[ast.For | ast.While]

    def section(self, nodes: Sequence[ast.stmt]) -> tuple[Statement, ...]:
        """The statements of a block."""

    def target(self, target: ast.expr) -> Store:
        """How a value is stored in a target."""
