"""Turns an expression's syntax tree into a closure that evaluates it; refuses those without an entry here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from sys import getsizeof
from typing import Any

from viz import limits
from viz.editing.spans import Source
from viz.frames.plain import Span
from viz.language.compiler import attributes
from viz.language.compiler.call_expressions import call
from viz.language.compiler.comprehensions import comprehension
from viz.language.compiler.functions import lambda_
from viz.language.compiler.indexing import subscript
from viz.language.compiler.operators import binary, choice, compare, either, is_number, unary
from viz.language.compiler.protocols import Compiler, Spanned
from viz.language.compiler.refusals import CONSTRUCTS, UNKNOWN, absent
from viz.language.compiler.scope import Scope
from viz.language.compiler.texts import joined
from viz.language.runtime.entries import Absent, GradMode, Library, Skipped
from viz.language.runtime.problems import NotHere, Refused, problem_of, refused
from viz.language.runtime.showing import check_text
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.containers import check_key

_CONSTANTS = (int, float, str)  # True and False are ints; None is allowed too


class Expressions:
    """Compiles the expressions of one program; `scope` knows its names."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self._source = source
        self.scope = scope

    def compile(self, node: ast.expr) -> Expression:
        """The closure for an expression; raises Refused if the language does not support it."""
        compiler = COMPILERS.get(type(node))
        if compiler is None:
            raise self.refused(node, CONSTRUCTS.get(type(node), UNKNOWN))
        return compiler(self, node)

    def span(self, node: Spanned) -> Span:
        """Return the position of a node."""
        return self._source.span(node)

    def refused(self, node: Spanned, message: str) -> Exception:
        """Return a Refused at the position of `node`."""
        return refused(message, self.span(node))

    def static(self, node: ast.expr) -> Any:
        """Return what an expression means before anything runs: a library or a member of one, None otherwise."""
        if isinstance(node, ast.Name):
            if self.scope.cell(node.id) is not None or self.scope.is_local(node.id):
                return None
            return self.scope.imported(node.id)
        if isinstance(node, ast.Attribute):
            library = self.static(node.value)
            if isinstance(library, Library):
                return self.scope.member(library, node.attr, self.span(node))
            if isinstance(library, Skipped) and not node.attr.startswith("_"):
                return library.member(node.attr)
            if isinstance(library, Absent):
                raise self.refused(node, absent(library))
        return None


def _constant(compiler: Compiler, node: ast.Constant) -> Expression:
    value = node.value
    if value is not None and not isinstance(value, _CONSTANTS):
        raise compiler.refused(node, "A value of this kind is not part of this language; write a number.")
    if isinstance(value, int) and value.bit_length() > limits.INTEGER_BITS:
        raise compiler.refused(
            node, f"Integers stay below 2**{limits.INTEGER_BITS} here; write a float, as in 1e30."
        )
    if isinstance(value, str):
        if len(value) > limits.TEXT:
            raise refused(f"A string has at most {limits.TEXT:,} characters here.", compiler.span(node), "Limit")
        try:
            check_text(value)
        except NotHere as error:
            raise Refused(problem_of(error, compiler.span(node))) from None
    return lambda state: value


def _name(compiler: Compiler, node: ast.Name) -> Expression:
    name, span, scope = node.id, compiler.span(node), compiler.scope
    cell = scope.cell(name)
    if cell is not None:
        return lambda state: state.cells[cell]
    found = compiler.static(node)
    if found is not None:
        _check_value(compiler, node, found)
        return lambda state: found
    if scope.is_local(name):
        return lambda state: _read(state, state.variables, name, span, _UNBOUND.format(name))
    scope.check_read(name, span)

    def read(state: State) -> Any:
        try:
            return state.globals[name]
        except KeyError:
            state.span = span
            raise NameError(f"name {name!r} is not defined") from None

    return read


_UNBOUND = "cannot access local variable {!r} where it is not associated with a value"


def _read(state: State, names: dict[str, Any], name: str, span: Span, missing: str) -> Any:
    if name not in names:
        state.span = span
        raise UnboundLocalError(missing)
    return names[name]


def _check_value(compiler: Compiler, node: ast.expr, found: Any) -> None:
    """Raise Refused for a name that is only supported in a certain place and is no value."""
    if isinstance(found, Builtin):
        raise compiler.refused(node, f"`{found}` can only be called here, as in `{found}(…)`.")
    if isinstance(found, GradMode):
        raise compiler.refused(node, f"`{found}` is only supported after `with`, as in `with {found}():`.")
    if isinstance(found, Absent):
        raise compiler.refused(node, absent(found))


def _list(compiler: Compiler, node: ast.List | ast.Tuple) -> Expression:
    span = compiler.span(node)
    if len(node.elts) > limits.ELEMENTS:
        raise refused(f"A list holds at most {limits.ELEMENTS:,} entries.", span, "Limit")
    entries = [compiler.compile(entry) for entry in node.elts]
    if all(is_number(entry) for entry in node.elts):
        numbers = [entry(_NOTHING) for entry in entries]
        if isinstance(node, ast.List):
            return lambda state: _counted(state, numbers.copy())
        same = tuple(numbers)
        return lambda state: same
    make = list if isinstance(node, ast.List) else tuple

    def build(state: State) -> Any:
        made = make([entry(state) for entry in entries])
        state.span = span
        check_list(made)
        return _counted(state, made)

    return build


def _counted(state: State, made: Any) -> Any:
    """A list, a tuple or a dict that was made; raises LimitReached if the part of the run made too many bytes."""
    state.meter.count_bytes(getsizeof(made))
    return made


def _dict(compiler: Compiler, node: ast.Dict) -> Expression:
    span = compiler.span(node)
    pairs = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            raise compiler.refused(value, "`**` in a dict is not part of this language; write the entries out.")
        pairs.append((compiler.compile(key), compiler.compile(value)))

    def build(state: State) -> Any:
        made = {check_key(key(state)): value(state) for key, value in pairs}
        state.span = span
        check_list(made)
        return _counted(state, made)

    return build


def _attribute(compiler: Compiler, node: ast.Attribute) -> Expression:
    found = compiler.static(node)
    if found is not None:
        _check_value(compiler, node, found)
        return lambda state: found
    owner, read = compiler.compile(node.value), attributes.reading(compiler, node)
    return lambda state: read(state, owner(state))


#: Closures of literal numbers do not use the state.
_NOTHING: Any = None

#: The expressions of the language, by their type in the syntax tree.
COMPILERS: dict[type[ast.expr], Callable[[Compiler, Any], Expression]] = {
    ast.Attribute: _attribute,
    ast.BinOp: binary,
    ast.BoolOp: either,
    ast.Call: call,
    ast.Compare: compare,
    ast.Constant: _constant,
    ast.Dict: _dict,
    ast.IfExp: choice,
    ast.JoinedStr: joined,
    ast.Lambda: lambda_,
    ast.List: _list,
    ast.ListComp: comprehension,
    ast.Name: _name,
    ast.Subscript: subscript,
    ast.Tuple: _list,
    ast.UnaryOp: unary,
}
