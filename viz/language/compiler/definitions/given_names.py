"""The names of attributes that a program gives to its own objects and modules, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.editing.binding import bound_in

#: The functions and methods that make an attribute of a string among their arguments.
_NAMING = frozenset({"setattr", "add_module", "register_module", "register_parameter", "register_buffer"})
#: The classes that make attributes of the strings in what they are given: `OrderedDict([("fc", layer)])`.
_NAMING_ALL = frozenset({"OrderedDict"})
#: The attributes of torch's layers that a program may assign to.
_OF_LAYERS = frozenset({"weight", "bias"})


def attributes_in(tree: ast.AST) -> set[str]:
    """Every attribute that a program gives to its own objects and modules, and those of its classes."""
    return {name for name in _given(tree) if not name.startswith("__")}


def _given(tree: ast.AST) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    classes = any(isinstance(one, ast.ClassDef) for one in nodes)
    for one in nodes:
        if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load):
            if classes or one.attr in _OF_LAYERS:
                yield one.attr
        elif isinstance(one, ast.ClassDef):
            yield from bound_in(one.body)  # the names of annotations without a value, too
        elif isinstance(one, ast.Call):
            called = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if called in _NAMING:
                yield from _strings([*one.args, *[each.value for each in one.keywords]])
            elif called in _NAMING_ALL:
                yield from _strings(ast.walk(one))
            elif called == "namedtuple":
                yield from _fields(one)


def _fields(call: ast.Call) -> Iterator[str]:
    """The fields of a `namedtuple`, as far as the source says them."""
    for one in ast.walk(call):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield from (field for field in one.value.replace(",", " ").split() if field[0] != "_")


def _strings(nodes: Iterator[ast.AST] | list[ast.expr]) -> Iterator[str]:
    for one in nodes:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isidentifier():
            yield one.value
