"""Finds the names that a part of a program binds, before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

#: Syntax with a scope of its own: its names are not bound in the code around it.
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OWN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)


def bound_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that these nodes bind, without the local names of functions in them."""
    return {name for node in nodes for name in _bound(node)}


def declared_in(nodes: Iterable[ast.AST], kind: type[ast.Global] | type[ast.Nonlocal]) -> set[str]:
    """Every name that these statements of a function declare `global`, or `nonlocal`."""
    found: set[str] = set()
    pending = list(nodes)
    while pending:
        one = pending.pop()
        if isinstance(one, kind):
            found.update(one.names)
        if not isinstance(one, _OWN):
            pending.extend(ast.iter_child_nodes(one))
    return found


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


def attributes_of(*targets: ast.expr) -> tuple[str, ...]:
    """The attributes that targets assign to, as source: `self.layer`."""
    return tuple([ast.unparse(one) for one in _flat(targets) if isinstance(one, ast.Attribute)])


def set_by(node: ast.expr) -> ast.expr | None:
    """The attribute that a call of `setattr` sets: `net.rate` for `setattr(net, "rate", 1)`.

    It is `getattr(net, name)` if the source does not say which one; None for any other expression.
    """
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr"):
        return None
    if len(node.args) != 3 or node.keywords:
        return None
    owner, name, _ = node.args
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return ast.Attribute(owner, name.value, ast.Store())
    return ast.Call(ast.Name("getattr", ast.Load()), [owner, name], [])


def _flat(targets: Iterable[ast.expr]) -> Iterator[ast.expr]:
    for one in targets:
        if isinstance(one, (ast.Tuple, ast.List)):
            yield from _flat(one.elts)
        elif isinstance(one, ast.Starred):
            yield from _flat([one.value])
        else:
            yield one


def _bound(node: ast.AST) -> Iterator[str]:
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Name) and isinstance(one.ctx, (ast.Store, ast.Del)):
            yield one.id
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            yield one.name
        if isinstance(one, ast.ExceptHandler) and one.name is not None:
            yield one.name
        if isinstance(one, _COMPREHENSIONS):  # `:=` in it binds a name outside
            yield from (each.target.id for each in ast.walk(one) if isinstance(each, ast.NamedExpr))
        if not isinstance(one, _OWN):
            pending.extend(ast.iter_child_nodes(one))
