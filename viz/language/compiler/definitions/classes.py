"""Compiles `class`: the program's own classes, modules among them, and a `torch.autograd.Function`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from viz.editing.binding import bound_in
from viz.frames.events import Assigned
from viz.language.compiler.definitions.data_classes import dataclass_of
from viz.language.compiler.definitions.functions import closure_here, decorator, name_store, read_function
from viz.language.compiler.levels import Sort
from viz.language.compiler.protocols import Compiler, StatementCompiler
from viz.language.runtime.entries import Base, Function
from viz.language.runtime.meter import CLASS, FUNCTION
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Statement
from viz.language.runtime.program_class import SPECIAL, ProgramClass, Property, Static, make
from viz.language.runtime.state import Enclosing, State
from viz.language.runtime.user_function import Defined, Written
from viz.language.vocabulary.autograd.custom_function import METHOD_NAMES, Custom
from viz.language.vocabulary.classes.derived_layers import base_of

#: Does one statement of a class body, which sees these names around it.
_Step = Callable[[State, Enclosing], None]


def class_(compiler: StatementCompiler, node: ast.ClassDef) -> Statement:
    """`class Net(nn.Module):`, with its methods and what else its body binds."""
    expressions = compiler.expressions
    if any(_is_function(expressions.static(one)) for one in node.bases):
        return _function(compiler, node)
    if node.keywords:
        raise expressions.refused(node.keywords[0], "A class has no named arguments here; leave them out.")
    bases = [_base(expressions, one) for one in node.bases]
    decorators = [_class_decorator(expressions, one, node) for one in reversed(node.decorator_list)]
    around, name = closure_here(expressions), node.name
    title = expressions.scope.levels.qualified(name)
    expressions.scope.bind(name, expressions.span(node))
    steps = _body(compiler, node)
    store, span = name_store(expressions, name), expressions.span(node)

    def run(state: State) -> None:
        state.meter.count_bytes(CLASS)
        own: dict[str, Any] = {}  # `__class__`, which the methods see
        names: dict[str, Any] = {}
        found = [one(state) for one in bases]
        enclosing = (own, *around(state))
        with state.with_names(names, enclosing):
            for step in steps:
                step(state, enclosing)
        state.span = span
        own["__class__"] = made = make(state, name, title, tuple(one for one in found if one is not None), names)
        for one in decorators:
            made = one(state, made)
        store(state, made)

    return Statement(expressions.span(node), run, Assigned((name,)))


def _base(compiler: Compiler, node: ast.expr) -> Callable[[State], ProgramClass | None]:
    """The class behind one of the bases; None for `object`."""
    found, span = compiler.static(node), compiler.span(node)
    if isinstance(found, Base) and isinstance(found.real, ProgramClass):
        real = found.real
        return lambda state: real
    layer = base_of(found) if isinstance(found, Function) else None
    if layer is not None:
        return lambda state: layer
    if isinstance(node, ast.Name) and node.id == "object" and compiler.scope.place("object") is None:
        return lambda state: None
    message = (
        f"`{span.text}` cannot be derived from here; a class derives from `nn.Module`, from a layer, from a class "
        "of the program, or from nothing."
    )
    if found is not None or isinstance(node, ast.Starred):
        raise compiler.refused(node, message)
    value = compiler.compile(node)

    def read(state: State) -> ProgramClass:
        base = value(state)
        if not isinstance(base, ProgramClass):
            raise refused(message, span)
        return base

    return read


def _class_decorator(compiler: Compiler, node: ast.expr, of: ast.ClassDef) -> Callable[[State, Any], Any]:
    return dataclass_of(compiler, node, of) or decorator(compiler, node)


def _body(compiler: StatementCompiler, node: ast.ClassDef) -> list[_Step]:
    """The statements of a class body: methods, and assignments."""
    scope = compiler.expressions.scope
    with scope.level(Sort.METHODS, ["__class__"]), scope.level(Sort.CLASS, bound_in(node.body), node.name):
        steps = [_member(compiler, one) for one in node.body]
    return [one for one in steps if one is not None]


def _member(compiler: StatementCompiler, node: ast.stmt) -> _Step | None:
    expressions = compiler.expressions
    if isinstance(node, ast.Pass) or _is_text(node) or (isinstance(node, ast.AnnAssign) and node.value is None):
        return None
    if isinstance(node, ast.FunctionDef):
        return _method(compiler, node)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        assert node.value is not None
        value = expressions.compile(node.value)
        stores = [compiler.target(one) for one in targets]

        def assign(state: State, enclosing: Enclosing) -> None:
            result = value(state)
            for store in stores:
                store(state, result)

        return assign
    raise expressions.refused(
        node, "The body of a class has methods and assignments here; move this line out of it."
    )


def _method(compiler: StatementCompiler, node: ast.FunctionDef) -> _Step:
    expressions, name = compiler.expressions, node.name
    if name.startswith("__") and name not in SPECIAL:
        raise expressions.refused(
            node, f"The special method `{name}` is not part of this language; give the method a name of its own."
        )
    wraps = [_method_decorator(expressions, one) for one in reversed(node.decorator_list)]
    written = read_function(compiler, node)
    expressions.scope.impure |= written.changes

    def run(state: State, enclosing: Enclosing) -> None:
        state.meter.count_bytes(FUNCTION)
        made: Any = Defined(written, state, enclosing)
        for wrap in wraps:
            made = wrap(state, made)
        state.variables[name] = made

    return run


def _method_decorator(compiler: Compiler, node: ast.expr) -> Callable[[State, Any], Any]:
    """What a decorator makes of a method: `@staticmethod`, `@property` and its setter, or as of a function."""
    if isinstance(node, ast.Name) and compiler.scope.place(node.id) is None:
        wrap = _WRAPS.get(node.id)
        if wrap is not None:
            return lambda state, made: wrap(made)
    if isinstance(node, ast.Attribute) and node.attr == "setter":
        value, span = compiler.compile(node.value), compiler.span(node)

        def with_setter(state: State, made: Any) -> Property:
            found = value(state)
            if not isinstance(found, Property):
                raise refused("`.setter` follows the name of a property of the same class.", span)
            return Property(found.get, made)

        return with_setter
    return decorator(compiler, node)


_WRAPS: dict[str, Callable[[Any], Any]] = {
    "staticmethod": Static,
    "classmethod": lambda function: Static(function, of_class=True),
    "property": Property,
}


def _is_function(found: Any) -> bool:
    """Whether a base is `torch.autograd.Function`."""
    return isinstance(found, Base) and found.real is None


def _function(compiler: StatementCompiler, node: ast.ClassDef) -> Statement:
    """`class Square(torch.autograd.Function):` with its two static methods."""
    expressions, name = compiler.expressions, node.name
    if len(node.bases) > 1 or node.keywords or node.decorator_list or expressions.scope.in_function:
        raise expressions.refused(
            node,
            "A `torch.autograd.Function` has one base and no decorator, and is defined outside of functions here.",
        )
    expressions.scope.bind(name, expressions.span(node))
    methods: dict[str, Written] = {}
    with expressions.scope.level(Sort.CLASS, METHOD_NAMES, name):
        for one in node.body:
            if not _is_text(one):
                method = _method_name(expressions, one)
                methods[method] = _static_method(compiler, one)
    missing = next((one for one in METHOD_NAMES if one not in methods), None)
    if missing is not None:
        raise expressions.refused(
            node, f"A Function needs a static method `{missing}(ctx, …)`; add it to the class."
        )
    expressions.scope.impure |= any(one.changes for one in methods.values())

    def run(state: State) -> None:
        state.variables[name] = Custom(name, methods, state)

    return Statement(expressions.span(node), run, Assigned((name,)))


def _method_name(compiler: Compiler, node: ast.stmt) -> str:
    if not isinstance(node, ast.FunctionDef) or node.name not in METHOD_NAMES:
        raise compiler.refused(node, "A Function can only have the static methods `forward` and `backward` here.")
    marks = [one.id if isinstance(one, ast.Name) else "" for one in node.decorator_list]
    if marks != ["staticmethod"]:
        raise compiler.refused(
            node, f"Write `@staticmethod` on the line above `{node.name}`, and nothing else there."
        )
    return node.name


def _static_method(compiler: StatementCompiler, node: ast.stmt) -> Written:
    assert isinstance(node, ast.FunctionDef)
    if not node.args.args:
        raise compiler.expressions.refused(node, f"The first argument of `{node.name}` is `ctx`; write it.")
    return read_function(compiler, node)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
