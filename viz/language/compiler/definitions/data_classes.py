"""`@dataclass`, above a class of the program."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from viz.language.compiler.calling.call_values import call_value
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.data_classes import as_dataclass
from viz.language.runtime.state import State
from viz.language.vocabulary.classes.data_classes import DATACLASS


def dataclass_of(compiler: Compiler, node: ast.expr, of: ast.ClassDef) -> Callable[[State, Any], Any] | None:
    """What the decorator does to a class, None if it is another one."""
    if compiler.static(node.func if isinstance(node, ast.Call) else node) is not DATACLASS:
        return None
    if isinstance(node, ast.Call) and (node.args or node.keywords):
        raise compiler.refused(node, "`@dataclass` takes no arguments here; leave the parentheses out.")
    fields = [
        one.target.id for one in of.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]
    span = compiler.span(node)
    return lambda state, made: as_dataclass(
        made, fields, lambda function: call_value(state, span, function, [], {})
    )
