"""Puts markers into a file's syntax tree: calls that say when a statement ends and when a loop's pass begins."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Literal

from viz.editing.binding import names_of
from viz.editing.training_loops import last_training_line, training_loops
from viz.frames.events import Assigned, Caught, Decided, Evaluated, Event, Jumped, Returned
from viz.intercepting.statements import event_of, text_of
from viz.syntax import own_tree_of

#: The beginning of the name of the markers' owner; no name in source code can begin like this.
PREFIX = "·viz"
#: The end of the name that is true while functions are to run without their markers.
QUIET = "·quiet"

_runs = count()
_WORDS: dict[type[ast.stmt], Literal["break", "continue", "pass"]] = {
    ast.Break: "break",
    ast.Continue: "continue",
    ast.Pass: "pass",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file that reports: its line, the event as far as the source text determines it, and the text.

    `end` is the last line of the statement, or of its head. `iterates` is True for a loop whose passes are
    iterations.
    """

    line: int
    end: int
    event: Event
    text: str = ""
    iterates: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A file's tree with markers; each marker passes the index of its Mark in `marks`."""

    tree: ast.Module
    marks: tuple[Mark, ...]
    name: str
    #: The line of the last statement at the top that trains in a loop.
    trains_until: int

    @property
    def iterates(self) -> bool:
        """Whether any loop of the file trains something."""
        return any(one.iterates for one in self.marks)


def marked(text: str) -> Marked:
    """Parse a file and put markers into its tree; raises SyntaxError.

    The markers call methods of an object, to which the caller has to bind the result's `name`. While `name` with
    QUIET at its end is true, functions run without markers, as compiled code has to.
    """
    tree = own_tree_of(text)
    name = f"{PREFIX}{next(_runs)}"
    training = training_loops([tree])
    until = last_training_line(tree, training)
    writer = _Writer(text, name, training)
    tree.body = writer.block(tree.body, 0)
    ast.fix_missing_locations(tree)
    return Marked(tree, tuple(writer.marks), name, until)


class _Writer:
    """Rewrites statements; `depth` counts the loops around them in the function or the file."""

    def __init__(self, text: str, name: str, iterations: set[ast.For | ast.While]) -> None:
        self.marks: list[Mark] = []
        self._name = name
        self._text = text
        self._iterations = iterations

    def block(self, nodes: Sequence[ast.stmt], depth: int) -> list[ast.stmt]:
        """Return the statements with their markers."""
        return [one for node in nodes for one in self._statement(node, depth)]

    def _statement(self, node: ast.stmt, depth: int) -> list[ast.stmt]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
                return [node]
            case ast.AnnAssign(value=None):
                return [node]  # it binds nothing
            case ast.Break() | ast.Continue() | ast.Pass():
                return [self._done(node, Jumped(_WORDS[type(node)])), node]
            case ast.Return():
                return self._return(node)
            case ast.If():
                return self._if(node, depth, "if")
            case ast.While():
                return self._while(node, depth)
            case ast.For():
                return self._for(node, depth)
            case ast.With():
                return self._with(node, depth)
            case ast.Try() | ast.TryStar():
                return self._try(node, depth)
            case ast.Match():
                return self._match(node, depth)
            case ast.FunctionDef() | ast.ClassDef():
                return self._definition(node)
        return [node, self._done(node, event_of(node, self._text))]

    def _return(self, node: ast.Return) -> list[ast.stmt]:
        value = node.value or ast.copy_location(ast.Constant(None), node)
        number = self._number(node, Returned("", self._of(value) if node.value else "None"))
        node.value = self._call(value, "returned", ast.Constant(number), value)
        return [node]

    def _with(self, node: ast.With, depth: int) -> list[ast.stmt]:
        number = self._number(node, Evaluated(", ".join(self._of(one.context_expr) for one in node.items)))
        node.body = [self._mark(node, "entered", number), *self.block(node.body, depth)]
        return [node, self._mark(node, "leave", depth)]  # it may have ended loops inside by taking an exception

    def _try(self, node: ast.Try | ast.TryStar, depth: int) -> list[ast.stmt]:
        node.body = self.block(node.body, depth)
        for handler in node.handlers:
            text = self._of(handler).partition(":")[0]
            number = self._number(handler, Caught(text), text)
            handler.body = [self._mark(handler, "caught", number, depth), *self.block(handler.body, depth)]
        node.orelse = self.block(node.orelse, depth)
        node.finalbody = self.block(node.finalbody, depth)
        return [node]

    def _match(self, node: ast.Match, depth: int) -> list[ast.stmt]:
        for case in node.cases:
            number = self._number(case.pattern, Evaluated(f"case {self._of(case.pattern)}"))
            case.body = [self._mark(case.pattern, "done", number), *self.block(case.body, depth)]
        return [node]

    def _definition(self, node: ast.FunctionDef | ast.ClassDef) -> list[ast.stmt]:
        for one in _functions(node):
            # A generator may pause between two statements of its caller, so it runs but is not stepped into.
            if not _yields(one):
                head, rest = _head(one)
                quiet = ast.copy_location(ast.Name(f"{self._name}{QUIET}", ast.Load()), one)
                plain = deepcopy(rest)
                context = ast.With([ast.withitem(self._attribute(one, "called"))], self.block(rest, 0))
                either = ast.If(quiet, plain or [ast.Pass()], [ast.copy_location(context, one)])
                one.body = [*head, ast.copy_location(either, one)]
        return [node, self._done(node, Assigned((node.name,)))]

    def _if(self, node: ast.If, depth: int, keyword: Literal["if", "elif"]) -> list[ast.stmt]:
        number = self._number(node, Decided(keyword, self._of(node.test), False))
        node.test = self._call(node.test, "decided", ast.Constant(number), node.test)
        node.body = self.block(node.body, depth)
        match node.orelse:
            case [ast.If() as other] if self._of(other).startswith("elif"):
                self._if(other, depth, "elif")
            case other:
                node.orelse = self.block(other, depth)
        return [node]

    def _while(self, node: ast.While, depth: int) -> list[ast.stmt]:
        event = Decided("while", self._of(node.test), False)
        number = self._number(node, event, iterates=node in self._iterations)
        places = ast.Constant(number), ast.Constant(depth)
        again = self._call(node.test, "again", *places)
        tested = self._call(node.test, "tested", *places, node.test)
        node.test = ast.copy_location(ast.BoolOp(ast.And(), [again, tested]), node.test)
        node.body = self.block(node.body, depth + 1)
        node.orelse = self.block(node.orelse, depth)
        return [self._mark(node, "enter", number, depth), node, self._mark(node, "leave", depth)]

    def _for(self, node: ast.For, depth: int) -> list[ast.stmt]:
        event = Assigned(names_of(node.target))
        number = self._number(node, event, self._of(node.iter), node in self._iterations)
        node.body = [self._mark(node, "passed", number, depth), *self.block(node.body, depth + 1)]
        node.orelse = [self._mark(node, "finished", number, depth), *self.block(node.orelse, depth)]
        return [self._mark(node, "enter", number, depth), node, self._mark(node, "leave", depth)]

    def _of(self, node: ast.AST) -> str:
        return text_of(node, self._text)

    def _number(
        self,
        node: ast.stmt | ast.ExceptHandler | ast.pattern,
        event: Event,
        text: str | None = None,
        iterates: bool = False,
    ) -> int:
        """Add a Mark; return its index."""
        if text is None:
            text = event.text if isinstance(event, (Evaluated, Decided, Returned)) else ""
        self.marks.append(Mark(node.lineno, _end(node), event, text, iterates))
        return len(self.marks) - 1

    def _done(self, node: ast.stmt, event: Event) -> ast.stmt:
        return self._mark(node, "done", self._number(node, event))

    def _mark(self, node: ast.AST, method: str, *numbers: int) -> ast.stmt:
        call = self._call(node, method, *[ast.Constant(one) for one in numbers])
        return ast.copy_location(ast.Expr(call), node)

    def _call(self, where: ast.AST, method: str, *args: ast.expr) -> ast.expr:
        call = ast.Call(self._attribute(where, method), list(args), [])
        return ast.copy_location(call, where)

    def _attribute(self, where: ast.AST, method: str) -> ast.expr:
        name = ast.copy_location(ast.Name(self._name, ast.Load()), where)
        return ast.copy_location(ast.Attribute(name, method, ast.Load()), where)


def _functions(node: ast.FunctionDef | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yield a function itself, or the methods of a class; nested functions follow with the bodies."""
    if isinstance(node, ast.FunctionDef):
        yield node
        return
    for one in node.body:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            yield from _functions(one)


def _head(function: ast.FunctionDef) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Split a function's body: what has to come first, its docstring and what its names mean, and the rest."""
    documented = ast.get_docstring(function, clean=False) is not None
    head, rest = function.body[:documented], function.body[documented:]
    moved = _Declarations()
    left = [moved.visit(one) for one in rest]
    return [*head, *moved.found], left


class _Declarations(ast.NodeTransformer):
    """Takes `global` and `nonlocal` out of a function's statements: Python allows them once, before any use."""

    def __init__(self) -> None:
        self.found: list[ast.stmt] = []

    def _take(self, node: ast.Global | ast.Nonlocal) -> ast.stmt:
        self.found.append(node)
        return ast.copy_location(ast.Expr(ast.Constant("")), node)  # like a docstring, it is no step

    visit_Global = visit_Nonlocal = _take  # noqa: N815  # called by these names

    def _leave(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _leave  # noqa: N815


def _end(node: ast.stmt | ast.ExceptHandler | ast.pattern) -> int:
    """Return the last line of a statement, or of the head of one with a block."""
    match node:
        case ast.If(test=head) | ast.While(test=head) | ast.For(iter=head):
            last: int | None = head.end_lineno
        case ast.With(items=items):
            last = items[-1].context_expr.end_lineno
        case ast.FunctionDef() | ast.ClassDef() | ast.ExceptHandler():
            last = node.lineno
        case _:
            last = node.end_lineno
    return last or node.lineno


def _yields(function: ast.FunctionDef) -> bool:
    """Whether a function is a generator: it contains a `yield` that is not in a nested function."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(one))
    return False
