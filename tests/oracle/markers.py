"""Puts markers into a file's syntax tree that report when a statement ends and when a pass begins."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from viz.editing.binding import names_of, owners_of
from viz.editing.loops import iteration_loop
from viz.frames.events import Assigned, Evaluated, Event, Jumped

#: What the markers are called by in the file; no name of Python may begin so.
NAME = "·viz"


_WORDS: dict[type[ast.stmt], Literal["break", "continue", "pass"]] = {
    ast.Break: "break",
    ast.Continue: "continue",
    ast.Pass: "pass",
}


@dataclass
class Marked:
    """A file's tree with markers; `events` are what each statement did, as far as its text tells."""

    tree: ast.Module
    loop: ast.For | None
    events: list[Event] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def marked(text: str, filename: str) -> Marked:
    """The tree of a file with markers."""
    tree = ast.parse(text, filename)
    found = Marked(tree, iteration_loop(tree.body))
    _Marker(text, found).module(tree)
    ast.fix_missing_locations(tree)
    return found


class _Marker:
    def __init__(self, text: str, found: Marked) -> None:
        self._text = text
        self._found = found

    def module(self, tree: ast.Module) -> None:
        loop = self._found.loop
        if loop is None:
            tree.body = self.block(tree.body, 0)
            return
        place = tree.body.index(loop)
        before, after = tree.body[:place], tree.body[place + 1 :]
        loop.iter = self._call(loop.iter, "iterations", loop.iter)
        loop.body = self.block(loop.body, 0)
        tree.body = [*self.block(before, 0), loop, self._mark(loop, "after"), *self.block(after, 0)]

    def block(self, nodes: Sequence[ast.stmt], depth: int) -> list[ast.stmt]:
        return [one for node in nodes for one in self.statement(node, depth)]

    def statement(self, node: ast.stmt, depth: int) -> list[ast.stmt]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                return [node]
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
            case ast.FunctionDef() | ast.ClassDef():
                return self._definition(node)
        return [node, self._done(node, self._event(node))]

    def _return(self, node: ast.Return) -> list[ast.stmt]:
        value = node.value or ast.copy_location(ast.Constant(None), node)
        number = self._number(node, Evaluated(self._of(value) if node.value else "None"))
        node.value = self._call(value, "returned", ast.Constant(number), value)
        return [node]

    def _with(self, node: ast.With, depth: int) -> list[ast.stmt]:
        number = self._number(node, Evaluated(", ".join(self._of(one.context_expr) for one in node.items)))
        node.body = [self._mark(node, "entered", number), *self.block(node.body, depth)]
        return [node]

    def _definition(self, node: ast.FunctionDef | ast.ClassDef) -> list[ast.stmt]:
        for one in [node] if isinstance(node, ast.FunctionDef) else node.body:
            if isinstance(one, ast.FunctionDef):
                self._function(one)
        return [node, self._done(node, Assigned((node.name,)))]

    def _function(self, node: ast.FunctionDef) -> None:
        body = self.block(node.body, 0)
        context = ast.With([ast.withitem(self._attribute(node, "called"))], body)
        node.body = [ast.copy_location(context, node)]

    def _if(self, node: ast.If, depth: int, keyword: str) -> list[ast.stmt]:
        number = self._number(node, Evaluated(self._of(node.test)))
        node.test = self._call(node.test, "decided", ast.Constant(keyword), ast.Constant(number), node.test)
        node.body = self.block(node.body, depth)
        other = node.orelse
        is_elif = len(other) == 1 and isinstance(other[0], ast.If) and self._of(other[0]).startswith("elif")
        node.orelse = self._if(other[0], depth, "elif") if is_elif else self.block(other, depth)  # type: ignore[arg-type]
        return [node]

    def _while(self, node: ast.While, depth: int) -> list[ast.stmt]:
        number = self._number(node, Evaluated(self._of(node.test)))
        node.test = self._call(
            node.test, "again", ast.Constant(number), ast.Constant(depth), ast.Lambda(_no_arguments(), node.test)
        )
        node.body = self.block(node.body, depth + 1)
        return [self._mark(node, "enter", depth), node, self._mark(node, "leave", depth)]

    def _for(self, node: ast.For, depth: int) -> list[ast.stmt]:
        names = names_of(node.target)
        number = self._number(node, Assigned(names))
        self._found.texts[number] = self._of(node.iter)
        node.iter = self._call(node.iter, "passes", ast.Constant(depth), node.iter)
        node.body = [self._mark(node, "passed", number, depth), *self.block(node.body, depth + 1)]
        node.orelse = [self._mark(node, "over", number, depth), *self.block(node.orelse, depth)]
        return [node, self._mark(node, "leave", depth)]

    def _event(self, node: ast.stmt) -> Event:
        match node:
            case ast.Assign(targets=targets):
                return Assigned(names_of(*targets), owners_of(*targets))
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                return Assigned(names_of(target), owners_of(target))
            case ast.Import(names=names):
                return Assigned(tuple(one.asname or one.name.partition(".")[0] for one in names))
            case ast.ImportFrom(names=names):
                return Assigned(tuple(one.asname or one.name for one in names))
        return Evaluated(self._of(node))

    def _of(self, node: ast.AST) -> str:
        return ast.get_source_segment(self._text, node) or ""

    def _number(self, node: ast.stmt, event: Event) -> int:
        self._found.events.append(event)
        self._found.lines.append(node.lineno)
        self._found.texts.append(event.text if isinstance(event, Evaluated) else "")
        return len(self._found.events) - 1

    def _done(self, node: ast.stmt, event: Event) -> ast.stmt:
        return self._mark(node, "done", self._number(node, event))

    def _mark(self, node: ast.stmt, method: str, *numbers: int) -> ast.stmt:
        call = self._call(node, method, *[ast.Constant(one) for one in numbers])
        return ast.copy_location(ast.Expr(call), node)

    def _call(self, where: ast.AST, method: str, *args: ast.expr) -> ast.expr:
        call = ast.Call(self._attribute(where, method), list(args), [])
        return ast.copy_location(call, where)

    def _attribute(self, where: ast.AST, method: str) -> ast.expr:
        name = ast.copy_location(ast.Name(NAME, ast.Load()), where)
        return ast.copy_location(ast.Attribute(name, method, ast.Load()), where)


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])
