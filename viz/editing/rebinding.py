"""Finds the names that each pass of a loop binds before it reads them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Sequence

from viz.editing.binding import bound_in

#: What comes first in some code: nothing with the name, a binding of it, or anything else.
_NOTHING, _BOUND, _READ = range(3)


def rebound_in(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the names that a loop with this body binds in each pass before it reads them, as far as it is seen.

    Inner loops count as if they had a pass, and jumps as if they did not happen: a pass in which they do may leave
    a name unbound. No name of Python's own is among them.
    """
    stored = bound_in(body)
    return frozenset(name for name in stored if _first(body, name) == _BOUND and not hasattr(builtins, name))


def _first(statements: Iterable[ast.stmt], name: str) -> int:
    for one in statements:
        found = _first_in(one, name)
        if found != _NOTHING:
            return found
    return _NOTHING


def _first_in(statement: ast.stmt, name: str) -> int:
    match statement:
        case ast.Assign(targets=targets, value=value):
            return _assigned(targets, value, name)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return _assigned([target], value, name)
        case ast.With(items=items, body=body):
            return _READ if any(_has(one, name) for one in items) else _first(body, name)
        case ast.For(target=target, iter=values, body=body, orelse=[]):
            if _has(values, name):
                return _READ
            return _BOUND if name in _names(target) else _READ if _has(target, name) else _first(body, name)
        case ast.While(test=test, body=body, orelse=[]):
            return _READ if _has(test, name) else _first(body, name)
        case ast.If(test=test, body=body, orelse=other):
            one, two = _first(body, name), _first(other, name)
            return _READ if _has(test, name) or one != two else one
    return _READ if _has(statement, name) else _NOTHING


def _assigned(targets: Sequence[ast.expr], value: ast.expr, name: str) -> int:
    if _has(value, name):
        return _READ
    if any(name in _names(one) for one in targets):
        return _BOUND
    return _READ if any(_has(one, name) for one in targets) else _NOTHING


def _names(target: ast.expr) -> set[str]:
    """Return the names that a target binds, unless it is more than a name or several."""
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return {one.id for one in parts if isinstance(one, ast.Name)} if _are_names(parts) else set()


def _are_names(parts: Sequence[ast.expr]) -> bool:
    return all(isinstance(one, ast.Name) for one in parts)


def _has(node: ast.AST, name: str) -> bool:
    """Whether a name occurs anywhere in some code."""
    return any(
        (isinstance(one, ast.Name) and one.id == name)
        or (isinstance(one, (ast.FunctionDef, ast.ClassDef)) and one.name == name)
        or (isinstance(one, (ast.Global, ast.Nonlocal)) and name in one.names)
        or (isinstance(one, ast.alias) and name in (one.name, one.asname))
        for one in ast.walk(node)
    )
