"""`super()`, in a method of a class of the program."""

from __future__ import annotations

import ast

from viz.language.compiler.protocols import Compiler
from viz.language.runtime.program_class import Parent, ProgramClass
from viz.language.runtime.state import Expression, State


def parent(compiler: Compiler, node: ast.Call) -> Expression:
    """`super()`, and `super(Net, self)`."""
    scope, span = compiler.scope, compiler.span(node)
    level = scope.levels.function
    if node.keywords or len(node.args) not in (0, 2) or level is None or scope.place("__class__") is None:
        raise compiler.refused(node, "`super()` is only supported in a method of a class, without arguments.")
    if node.args:
        given = [compiler.compile(one) for one in node.args]
    else:
        if not level.first:
            raise compiler.refused(node, "`super()` needs the method's first argument, `self`; add it.")
        names = [ast.Name(one, ast.Load()) for one in ("__class__", level.first)]
        given = [compiler.compile(ast.copy_location(one, node)) for one in names]

    def read(state: State) -> Parent:
        after, owner = (one(state) for one in given)
        state.span = span
        kind = owner if isinstance(owner, ProgramClass) else type(owner)
        if not isinstance(after, ProgramClass) or not (isinstance(kind, ProgramClass) and issubclass(kind, after)):
            raise TypeError("super(type, obj): obj must be an instance or subtype of type")
        return Parent(after, owner)

    return read
