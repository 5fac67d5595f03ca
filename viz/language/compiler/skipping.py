"""Calls, settings and imports that change nothing here: they are skipped, with what their arguments do."""

from __future__ import annotations

import ast
from collections.abc import Callable

from viz.frames import events
from viz.language.compiler.calling.arguments import arguments
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.entries import Absent, Function, Library, Nothing, Skipped
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.pictures import subplots
from viz.language.vocabulary.skipped import COMMANDS, LIBRARIES
from viz.syntax import Command
from viz.text import shortened

#: Methods of tensors, arrays, lists and strings that change nothing: an argument that calls only these is not
#: evaluated. Others may draw random numbers, append to a list, or build a graph.
_PURE = frozenset(
    (
        *("argmax", "argmin", "astype", "clone", "contiguous", "copy", "cpu", "detach", "double", "exp"),
        *("flatten", "float", "format", "item", "items", "join", "keys", "long", "max", "mean", "min", "numpy"),
        *("permute", "ravel", "reshape", "round", "size", "split", "squeeze", "std", "sum", "tolist"),
        *("transpose", "unsqueeze", "values", "view"),
    )
)
#: Python's functions that do more than return a value.
_IMPURE = frozenset({"print", "next", "setattr"})


def skipped_of(compiler: Compiler, node: ast.expr) -> Skipped | None:
    """What an expression reaches into if that changes nothing here: `plt.figure(…)`, `plt.gca().set_title`."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        found = compiler.static(node)
        if found is not None:
            return found if isinstance(found, Skipped) else None
        node = node.func if isinstance(node, ast.Call) else node.value
    return None


def skip(compiler: Compiler, *nodes: ast.expr) -> Callable[[State], None]:
    """What these expressions do, without their values; nothing if they only compute something."""
    parts = [one for node in nodes for one in _arguments(compiler, node)]
    effects = [compiler.compile(one) for one in parts if not _is_pure(compiler, one)]

    def run(state: State) -> None:
        for one in effects:
            one(state)

    return run


def skipped(compiler: Compiler, node: ast.Call, found: Skipped) -> Expression:
    """A call of what changes nothing here; its value stands for what Python would return."""
    nothing = Nothing(found)
    if found.name.endswith(".subplots"):
        evaluate = arguments(compiler, node).evaluate
        return lambda state: (nothing, subplots(nothing, *evaluate(state)))
    effects = skip(compiler, node)

    def run(state: State) -> Nothing:
        effects(state)
        return nothing

    return run


def command(compiler: Compiler, node: Command) -> events.Skipped:
    """The event of a notebook's command; raises Refused if that would do something."""
    name = node.text.replace("! ", "!", 1).split()[0]
    if name not in COMMANDS:
        said = f"`{shortened(name, 40)}` is a command of notebooks and not Python; delete this line."
        raise compiler.refused(node, said)
    return events.Skipped(node.text, COMMANDS[name])


def not_held(thing: object) -> str | None:
    """Why the import of a library or of a member binds no name: a sentence, None if it does."""
    if isinstance(thing, Absent):
        return f"`{thing}` is not part of this language, so this line is skipped: {thing.instead}."
    if isinstance(thing, Library) and thing.name in LIBRARIES:
        thing = next(iter(thing.members.values()))
    return thing.says if isinstance(thing, Skipped) else None


def _arguments(compiler: Compiler, node: ast.expr) -> list[ast.expr]:
    """What is evaluated for a chain of skipped calls: their arguments, in Python's order; else the node itself."""
    if isinstance(node, ast.Starred):
        return _arguments(compiler, node.value)
    if skipped_of(compiler, node) is None:
        return [node]
    if isinstance(node, ast.Call):
        given = [*node.args, *[one.value for one in node.keywords]]
        return [*_arguments(compiler, node.func), *[part for one in given for part in _arguments(compiler, one)]]
    if isinstance(node, ast.Subscript):
        return [*_arguments(compiler, node.value), node.slice]
    return _arguments(compiler, node.value) if isinstance(node, ast.Attribute) else []


def _is_pure(compiler: Compiler, node: ast.AST) -> bool:
    """Whether evaluating an expression does nothing but compute a value."""
    return not any(
        isinstance(one, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await))
        or (isinstance(one, ast.Call) and not _calls_nothing(compiler, one))
        for one in ast.walk(node)
    )


def _calls_nothing(compiler: Compiler, node: ast.Call) -> bool:
    """Whether a call changes nothing and draws nothing."""
    called = compiler.static(node.func)
    if isinstance(called, Builtin):
        return called.name not in _IMPURE
    if isinstance(called, Function):
        return not (called.draws or called.changes or called.around or called.runs or called.callables)
    return isinstance(called, Skipped) or (isinstance(node.func, ast.Attribute) and node.func.attr in _PURE)
