"""Finds the statements inside a statement, and its own nodes, which are those outside of them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)


def own_nodes(node: ast.stmt | ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of the statements inside it."""
    pending: list[ast.AST] = [node]
    while pending:
        one = pending.pop()
        yield one
        pending.extend(child for child in ast.iter_child_nodes(one) if not isinstance(child, ast.stmt))


def own_names(node: ast.stmt | ast.Module) -> set[str]:
    """Return every name that a statement itself binds, without the arguments of a function."""
    return {name for one in own_nodes(node) if (name := _bound_by(one)) is not None}


def without_header(node: ast.stmt, wanted: Callable[[ast.stmt], bool]) -> list[ast.stmt]:
    """Return those of the statements inside a statement that are `wanted`.

    They keep a plain header if that is what allows `return`, `break` or `continue`; a method has no name of its
    own then. An import of several names becomes one import for each.
    """
    if isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) > 1:
        return [_like(node, names=[one]) for one in node.names]
    inner = [one for one in _inner(node) if wanted(one)]
    if not inner or _has_plain_header(node):
        return []
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [_plain_function(node, inner, node.name)]
    if isinstance(node, ast.ClassDef):
        methods = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [_plain_function(one, one.body, "_") if isinstance(one, methods) else one for one in inner]
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        return [ast.copy_location(ast.While(ast.copy_location(ast.Constant(True), node), inner, []), node)]
    return inner


def _inner(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements directly inside a statement, of all its blocks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, (ast.excepthandler, ast.match_case)):
            yield from _inner(child)


def _has_plain_header(node: ast.stmt) -> bool:
    """Whether the header is as plain as those made here: what is wrong with it is wrong with those too."""
    if isinstance(node, ast.While):
        return isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.FunctionDef):
        return False
    args = node.args
    more = node.decorator_list or node.returns or args.posonlyargs or args.vararg or args.kwonlyargs or args.kwarg
    return not (more or args.defaults or any(one.annotation for one in args.args))


def _plain_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, body: list[ast.stmt], name: str
) -> ast.FunctionDef:
    """Return a function with this body and name, and arguments that are names only."""
    names = [one for one in ast.walk(node.args) if isinstance(one, ast.arg)]
    plain = [_like(one, annotation=None) for one in {one.arg: one for one in names}.values()]
    arguments = ast.arguments([], plain, None, [], [], None, [])
    made = ast.FunctionDef(name, arguments, body, [], None, None)
    return ast.copy_location(made, node)


def _like(node: _Node, **changed: Any) -> _Node:
    """Return a node with some fields changed."""
    made = copy(node)
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def _bound_by(node: ast.AST) -> str | None:
    """Return the name that a node binds."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.alias):
        return node.asname or node.name.partition(".")[0]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs)):
        return node.name
    return None
