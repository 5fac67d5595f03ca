"""Finds the statement of a file that Python is running, and the event that its text determines."""

from __future__ import annotations

import ast
from itertools import islice
from types import CodeType

from viz.editing.binding import attributes_of, names_of, owners_of, set_by
from viz.frames.events import Asserted, Assigned, Called, Deleted, Evaluated, Event, Returned
from viz.frames.plain import plain
from viz.syntax import tree_of

#: The heads of a `with` that can make autograd record the code inside, or not.
_GRAD_MODES = ("enable_grad", "set_grad_enabled", "inference_mode", "no_grad")


@plain
class Statement:
    """A statement of a file: its first line, and the event as far as the text determines it.

    For a statement with a block, both are those of its head.
    """

    line: int
    event: Event


def event_of(node: ast.stmt, text: str) -> Event:
    """Return the event of a statement of `text` without a block, as far as the text determines it."""
    match node:
        case ast.Assign(targets=targets):
            return Assigned(names_of(*targets), owners_of(*targets), attributes_of(*targets))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return Assigned(names_of(target), owners_of(target), attributes_of(target))
        case ast.Import(names=names):
            return Assigned(tuple(one.asname or one.name.partition(".")[0] for one in names))
        case ast.ImportFrom(names=names):
            return Assigned(tuple(one.asname or one.name for one in names))
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return Assigned((name,))
        case ast.Expr(value=value) if (assigned := set_by(value)) is not None:
            return Assigned((), owners_of(assigned), (ast.unparse(assigned),))
        case ast.Assert(test=test):
            return Asserted(text_of(test, text))
        case ast.Delete(targets=targets):
            return Deleted(names_of(*targets), owners_of(*targets))
    return Evaluated(text_of(node, text))


def text_of(node: ast.AST, text: str) -> str:
    """Return the source of a node."""
    return ast.get_source_segment(text, node) or ""


def sets_grad_mode(head: str) -> bool:
    """Whether the head of a `with` says whether autograd records the code inside."""
    return any(mode in head for mode in _GRAD_MODES)


class Statements:
    """The statements of one file, found by the instruction that runs. Each instruction is looked up once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tree = tree_of(text)
        self._known: dict[tuple[CodeType, int], Statement] = {}
        self._made: dict[ast.stmt, Statement] = {}

    def at(self, code: CodeType, instruction: int) -> Statement:
        """Return the innermost statement that an instruction belongs to, given by its offset in the bytecode.

        Without a source, each line counts as a statement.
        """
        key = code, instruction
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(code, instruction)
        return known

    def _find(self, code: CodeType, instruction: int) -> Statement:
        line, _, column, _ = next(islice(code.co_positions(), max(0, instruction) // 2, None))
        line = line or code.co_firstlineno
        node = self._around(line, column or 0)
        if node is None:
            return self._line(line)
        if node not in self._made:
            self._made[node] = Statement(node.lineno, self._event(node, code.co_name))
        return self._made[node]

    def _line(self, line: int) -> Statement:
        """Return the statement of a line whose source is not known."""
        return next((one for one in self._known.values() if one.line == line), Statement(line, Called("")))

    def _around(self, line: int, column: int) -> ast.stmt | None:
        """Return the innermost statement around a position."""
        found = None
        pending: list[ast.AST] = [self._tree]
        while pending:
            one = pending.pop()
            if isinstance(one, ast.stmt):
                ends = one.end_lineno or one.lineno, one.end_col_offset or 0
                if not (one.lineno, one.col_offset) <= (line, column) <= ends:
                    continue
                found, pending = one, []
            if not isinstance(one, ast.expr):
                pending.extend(ast.iter_child_nodes(one))
        return found

    def _event(self, node: ast.stmt, function: str) -> Event:
        match node:
            case ast.Return(value=value):
                return Returned(function, "None" if value is None else text_of(value, self._text))
            case ast.If(test=head) | ast.While(test=head) | ast.Match(subject=head):
                return Called(text_of(head, self._text))
            case ast.For(target=target) | ast.AsyncFor(target=target):
                return Assigned(names_of(target))
            case ast.With(items=items) | ast.AsyncWith(items=items):
                return Called(", ".join(text_of(one.context_expr, self._text) for one in items))
        return event_of(node, self._text)
