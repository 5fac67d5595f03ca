"""Which names a stretch of a program binds, found before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

#: What has names of its own: they are not the names of what stands around it.
_OWN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp)


def bound_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that is bound somewhere in these nodes, without those of the functions in them."""
    return {name for node in nodes for name in _bound(node)}


def names_of(target: ast.expr) -> list[str]:
    """The names that a target binds; `W.grad` for an attribute, and the name in `a` for what is in `a[0]`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for one in target.elts for name in names_of(one)]
    if isinstance(target, ast.Subscript):
        return names_of(target.value)
    return [ast.unparse(target)]


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
