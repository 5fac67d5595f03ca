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
from viz.language.compiler.calling.arguments import spread
from viz.language.compiler.calling.call_expressions import call
from viz.language.compiler.comprehensions import comprehension
from viz.language.compiler.definitions.functions import lambda_, name_store
from viz.language.compiler.indexing import subscript
from viz.language.compiler.operators import binary, choice, compare, either, is_number, unary
from viz.language.compiler.protocols import Compiler, Spanned
from viz.language.compiler.refusals import CONSTRUCTS, UNKNOWN, absent
from viz.language.compiler.scope import Scope
from viz.language.compiler.texts import joined
from viz.language.runtime.entries import Absent, Base, Function, GradMode, Library, Skipped
from viz.language.runtime.problems import NotHere, Refused, problem_of, refused
from viz.language.runtime.showing import check_text
from viz.language.runtime.sizes import check_keys, check_list
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.builtins import BUILTINS, Builtin
from viz.language.vocabulary.containers.keys import check_element, check_key
from viz.language.vocabulary.kinds import describe

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
            return self.scope.imported(node.id) if self.scope.place(node.id) is None else None
        if isinstance(node, ast.Attribute):
            library = self.static(node.value)
            if isinstance(library, Library):
                return self.scope.member(library, node.attr, self.span(node))
            if isinstance(library, Base):
                return library.methods.get(node.attr)
            if isinstance(library, (Function, Builtin)):
                return library.members.get(node.attr)
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
    if name == "__name__":
        return lambda state: "__main__"
    place = scope.place(name)
    if place is not None:
        return _of_level(name, place, span, compiler)
    found = compiler.static(node)
    if found is not None:
        _check_value(compiler, node, found)
        return lambda state: found
    scope.check_read(name, span)

    return lambda state: _global(state, name, span)


def _of_level(name: str, place: int, span: Span, compiler: Compiler) -> Expression:
    """How a name of a function, a comprehension or a class body is read, or of one around it."""
    in_class = compiler.scope.levels.in_class
    missing = f"cannot access local variable {name!r} where it is not associated with a value"

    def own(state: State) -> Any:
        try:
            return state.variables[name]
        except KeyError:
            if in_class:  # as in Python, the name may be one of the program
                return _global(state, name, span)
            state.span = span
            raise UnboundLocalError(missing) from None

    if place == 0:
        return own
    at = place - 1
    outside = f"cannot access free variable {name!r} where it is not associated with a value in enclosing scope"

    def enclosing(state: State) -> Any:
        try:
            return state.enclosing[at][name]
        except KeyError:
            state.span = span
            raise NameError(outside) from None

    return enclosing


def _global(state: State, name: str, span: Span) -> Any:
    """A name of the program, or a function of Python."""
    try:
        return state.globals[name]
    except KeyError:
        if name in BUILTINS:
            return BUILTINS[name]
        state.span = span
        raise NameError(f"name {name!r} is not defined") from None


def _check_value(compiler: Compiler, node: ast.expr, found: Any) -> None:
    """Raise Refused for a name that is only supported in a certain place and is no value."""
    if isinstance(found, GradMode):
        raise compiler.refused(node, f"`{found}` is only supported after `with`, as in `with {found.example}:`.")
    if isinstance(found, Absent):
        raise compiler.refused(node, absent(found))


def _list(compiler: Compiler, node: ast.List | ast.Tuple) -> Expression:
    span = compiler.span(node)
    if len(node.elts) > limits.ELEMENTS:
        raise refused(f"A list holds at most {limits.ELEMENTS:,} entries.", span, "Limit")
    if any(isinstance(entry, ast.Starred) for entry in node.elts):
        return _spread(compiler, node)
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


def _spread(compiler: Compiler, node: ast.List | ast.Tuple) -> Expression:
    """`[*a, b]`."""
    entries, span = spread(compiler, node.elts), compiler.span(node)
    make = list if isinstance(node, ast.List) else tuple

    def build(state: State) -> Any:
        made = make(entries(state))
        state.span = span
        return _counted(state, made)

    return build


def _set(compiler: Compiler, node: ast.Set) -> Expression:
    """`{a, b}`."""
    entries, span = _list(compiler, ast.copy_location(ast.List(node.elts, ast.Load()), node)), compiler.span(node)

    def build(state: State) -> Any:
        given = entries(state)
        state.span = span
        check_keys(given)
        return _counted(state, {check_element(one) for one in given})

    return build


def _counted(state: State, made: Any) -> Any:
    """A list, a tuple or a dict that was made; raises LimitReached if the part of the run made too many bytes."""
    state.meter.count_bytes(getsizeof(made))
    return made


def _dict(compiler: Compiler, node: ast.Dict) -> Expression:
    span = compiler.span(node)
    pairs = [
        (None if key is None else compiler.compile(key), compiler.compile(value))
        for key, value in zip(node.keys, node.values, strict=True)
    ]

    def build(state: State) -> Any:
        made: dict[Any, Any] = {}
        for key, value in pairs:
            if key is not None:
                name = check_key(key(state))  # as in Python, before its value
                made[name] = value(state)
                continue
            more = value(state)  # after `**`
            state.span = span
            if not isinstance(more, dict):
                raise refused(f"`**` takes a dict, not {describe(more)}.", span)
            made.update(more)
        state.span = span
        check_list(made)
        return _counted(state, made)

    return build


def _walrus(compiler: Compiler, node: ast.NamedExpr) -> Expression:
    """`(name := value)`, which binds the name outside of comprehensions."""
    value, name, scope = compiler.compile(node.value), node.target.id, compiler.scope
    scope.bind(name, compiler.span(node.target))
    store = name_store(compiler, name)

    def run(state: State) -> Any:
        result = value(state)
        store(state, result)
        state.rebound()  # the event of the statement does not tell of this name
        return result

    return run


def _attribute(compiler: Compiler, node: ast.Attribute) -> Expression:
    found = compiler.static(node)
    if found is not None:
        _check_value(compiler, node, found)
        return lambda state: found
    if isinstance(compiler.static(node.value), Library):
        return lambda state: None  # `np.newaxis`
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
    ast.DictComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.IfExp: choice,
    ast.JoinedStr: joined,
    ast.Lambda: lambda_,
    ast.List: _list,
    ast.ListComp: comprehension,
    ast.Name: _name,
    ast.NamedExpr: _walrus,
    ast.Set: _set,
    ast.SetComp: comprehension,
    ast.Subscript: subscript,
    ast.Tuple: _list,
    ast.UnaryOp: unary,
}
