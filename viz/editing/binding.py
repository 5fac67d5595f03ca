"""Finds the names that a part of a program binds, before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

#: Syntax with a scope of its own: its names are not bound in the code around it.
_OWN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp)


def bound_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that these nodes bind, without the local names of functions in them."""
    return {name for node in nodes for name in _bound(node)}


def names_of(*targets: ast.expr) -> tuple[str, ...]:
    """The names that targets bind."""
    return tuple([one.id for one in _flat(targets) if isinstance(one, ast.Name)])


def owners_of(*targets: ast.expr) -> tuple[str, ...]:
    """What owns each target that binds no name, up to the first bracket or the last dot: `a` for `a[0]`."""
    owners = []
    for one in _flat(targets):
        owner = one.value if isinstance(one, (ast.Attribute, ast.Subscript)) else None
        while isinstance(owner, ast.Subscript):
            owner = owner.value
        if owner is not None:
            owners.append(ast.unparse(owner))
    return tuple(owners)


def _flat(targets: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for one in targets:
        if isinstance(one, (ast.Tuple, ast.List)):
            yield from _flat(one.elts)
        else:
            yield one


def _bound(node: ast.AST) -> Iterator[str]:
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            yield one.name
        if not isinstance(one, _OWN):
            pending.extend(ast.iter_child_nodes(one))
