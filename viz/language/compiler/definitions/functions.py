"""Functions of the program: `def`, `lambda`, `return` and `yield`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from viz.editing.binding import bound_in, declared_in
from viz.frames.events import Assigned, Evaluated, Returned
from viz.frames.plain import Value
from viz.language.compiler.calling.arguments import arguments
from viz.language.compiler.calling.call_values import call_value
from viz.language.compiler.levels import Level, Sort
from viz.language.compiler.protocols import Compiler, StatementCompiler
from viz.language.compiler.refusals import CONSTRUCTS
from viz.language.runtime.entries import GradMode
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.meter import FUNCTION
from viz.language.runtime.problems import refused
from viz.language.runtime.program import Flow, Statement, Steps
from viz.language.runtime.signature import Signature
from viz.language.runtime.state import Enclosing, Expression, Sees, State
from viz.language.runtime.user_function import Defined, InMode, Mode, Written

#: Returns what a function that is made now sees around it.
Around = Callable[[State], Enclosing]


def define(compiler: StatementCompiler, node: ast.FunctionDef) -> Statement:
    """`def name(…):`, which makes the function, gives it to its decorators, and binds the name."""
    expressions, name = compiler.expressions, node.name
    decorators = [decorator(expressions, one) for one in reversed(node.decorator_list)]
    around = closure_here(expressions)
    expressions.scope.bind(name, expressions.span(node))
    written = read_function(compiler, node)
    expressions.scope.impure |= written.changes
    store = name_store(expressions, name)

    def run(state: State) -> None:
        state.meter.count_bytes(FUNCTION)
        made: Any = Defined(written, state, around(state))
        for one in decorators:
            made = one(state, made)
        store(state, made)

    return Statement(expressions.span(node), run, Assigned((name,)))


def decorator(compiler: Compiler, node: ast.expr) -> Callable[[State, Any], Any]:
    """How a decorator changes a function: it is called with it, or a mode of autograd surrounds each call."""
    span = compiler.span(node)
    found = compiler.static(node.func) if isinstance(node, ast.Call) else compiler.static(node)
    if isinstance(found, GradMode):
        if not isinstance(node, ast.Call):
            raise compiler.refused(node, f"This decorator is written `@{found.example}` here.")
        mode = mode_of(compiler, node, found)
        return lambda state, made: InMode(made, mode(state))
    value = compiler.compile(node)
    return lambda state, made: call_value(state, span, value(state), [made], {})


def mode_of(compiler: Compiler, node: ast.Call, found: GradMode) -> Callable[[State], Mode]:
    """How a call such as `torch.no_grad()` is evaluated: to a function that enters the mode."""
    given, span = arguments(compiler, node), compiler.span(node)
    misuse = None if given.count is None or given.names is None else found.misuse(given.count, given.names)
    if misuse is not None:
        raise compiler.refused(node, misuse)

    def evaluate(state: State) -> Mode:
        args, options = given.evaluate(state)
        wrong = found.misuse(len(args), list(options))
        if wrong is not None or not all(isinstance(one, bool) for one in (*args, *options.values())):
            raise refused(wrong or f"The mode is True or False here, as in `{found}(False)`.", span)
        return partial(found.make, *args, **options)

    return evaluate


def closure_here(compiler: Compiler) -> Around:
    """How the code that is being compiled finds what a function made there sees around it."""
    if compiler.scope.levels.in_class:  # the names of a class body are not seen by the functions in it
        return lambda state: state.enclosing
    return lambda state: state.closure


def name_store(compiler: Compiler, name: str) -> Callable[[State, Any], None]:
    """How a value is bound to a name, where the name belongs."""
    place = compiler.scope.place(name)
    if place is None:
        level = compiler.scope.levels.function
        if level is not None:
            level.rebinds = True
        return lambda state, value: state.globals.__setitem__(name, value)
    if place == 0:
        return lambda state, value: state.variables.__setitem__(name, value)
    at = place - 1
    if compiler.scope.levels.function is not None:
        compiler.scope.levels.function.rebinds = True
    return lambda state, value: state.enclosing[at].__setitem__(name, value)


def read_function(compiler: StatementCompiler, node: ast.FunctionDef) -> Written:
    """The function that a `def` defines, without its decorators."""
    expressions = compiler.expressions
    scope = expressions.scope
    title = scope.levels.qualified(node.name)
    signature, defaults = _arguments(expressions, node.args)
    everywhere, outside = (declared_in(node.body, kind) for kind in (ast.Global, ast.Nonlocal))
    _check_declared(expressions, node, everywhere | outside, signature)
    names = {*signature.names, *bound_in(node.body)} - outside
    first = signature.positional[0] if signature.positional else ""
    with scope.level(Sort.FUNCTION, names, node.name, everywhere, first) as level:
        body = compiler.section(node.body)
    sees, yields = _sees(level, node.body), _yields(node)
    return Written(node.name, title, signature, defaults, sees, body, None, level.rebinds, yields)


def _check_declared(compiler: Compiler, node: ast.FunctionDef, declared: set[str], signature: Signature) -> None:
    """Raise Refused if a `global` or `nonlocal` names an argument, or a `nonlocal` nothing around the function."""
    for one in ast.walk(node):
        if isinstance(one, (ast.Global, ast.Nonlocal)):
            for name in one.names:
                if name in declared and name in signature.names:
                    raise compiler.refused(one, f"`{name}` is an argument already; choose another name.")
                outer = compiler.scope.place(name)
                if isinstance(one, ast.Nonlocal) and name in declared and outer is None:
                    raise compiler.refused(
                        one, f"No function around this one binds `{name}`; assign to it there, or write `global`."
                    )


def _sees(level: Level, body: Sequence[ast.AST]) -> Sees:
    """The names that a function binds in its body, and those that it takes from the functions around it."""
    free = {name: place for name, place in level.free.items() if not name.startswith("__")}
    return Sees((frozenset(bound_in(body)) | free.keys()) - level.elsewhere, free)


def _yields(node: ast.FunctionDef) -> bool:
    """Whether a function is a generator: it contains a `yield` that is not in a nested function."""
    pending: list[ast.AST] = list(node.body)
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(one))
    return False


def return_(compiler: StatementCompiler, node: ast.Return) -> Statement:
    """`return …`, in a function."""
    expressions = compiler.expressions
    level = expressions.scope.levels.innermost
    if level is None or level.sort is not Sort.FUNCTION:
        raise expressions.refused(
            node, "`return` is only allowed in a function; assign the result to a name instead."
        )
    value = None if node.value is None else expressions.compile(node.value)
    name = level.title
    text = "None" if node.value is None else expressions.span(node.value).text

    def run(state: State) -> Flow:
        result = None if value is None else value(state)
        state.result = result
        state.event = Returned(name, text, _numbers(state, result))
        return Flow.RETURN

    return Statement(expressions.span(node), run, Returned(name, text))


def yield_(compiler: StatementCompiler, node: ast.Expr) -> Statement:
    """`yield …` and `yield from …`, each on a line of its own."""
    expressions, found = compiler.expressions, node.value
    assert isinstance(found, (ast.Yield, ast.YieldFrom))
    level = expressions.scope.levels.innermost
    if level is None or level.sort is not Sort.FUNCTION:
        raise expressions.refused(
            node, "`yield` is only allowed in a function; assign the value to a name instead."
        )
    span = expressions.span(found)
    value = (lambda state: None) if found.value is None else expressions.compile(found.value)
    several = isinstance(found, ast.YieldFrom)

    def steps(state: State) -> Steps:
        result = value(state)
        if several:
            yield from entries_of(state, span, result)
        else:
            yield result
        return None

    def run(state: State) -> None:
        raise AssertionError("a generator pauses at this statement")

    return Statement(span, run, Evaluated(span.text), steps=steps)


def lambda_(compiler: Compiler, node: ast.Lambda) -> Expression:
    """`lambda …: …`."""
    scope = compiler.scope
    signature, defaults = _arguments(compiler, node.args)
    around, title = closure_here(compiler), scope.levels.qualified("<lambda>")
    with scope.level(Sort.FUNCTION, signature.names, "<lambda>") as level:
        expression = compiler.compile(node.body)
    sees = _sees(level, [node.body])
    written = Written("lambda", title, signature, defaults, sees, expression=expression, rebinds=level.rebinds)

    def run(state: State) -> Defined:
        state.meter.count_bytes(FUNCTION)
        return Defined(written, state, around(state))

    return run


def _arguments(compiler: Compiler, node: ast.arguments) -> tuple[Signature, dict[str, Expression]]:
    """A function's arguments, and the defaults of those that may be omitted."""
    given = [*node.posonlyargs, *node.args, *node.kwonlyargs]
    stars = [one for one in (node.vararg, node.kwarg) if one is not None]
    names = [one.arg for one in (*given, *stars)]
    for one in (*given, *stars):
        compiler.scope.check_new(one.arg, compiler.span(one))
        if names.count(one.arg) > 1:
            raise compiler.refused(one, f"`{one.arg}` is an argument already; choose another name.")
    positional = tuple([one.arg for one in (*node.posonlyargs, *node.args)])
    named = tuple([one.arg for one in node.kwonlyargs])
    defaults = dict(zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True))
    by_name = zip(named, node.kw_defaults, strict=True)
    defaults |= {name: default for name, default in by_name if default is not None}
    rest, options = ("" if one is None else one.arg for one in (node.vararg, node.kwarg))
    signature = Signature(positional, len(node.posonlyargs), named, rest, options)
    return signature, {name: compiler.compile(one) for name, one in defaults.items()}


def _numbers(state: State, result: Any) -> Value | None:
    """The numbers that a function returns, if it returns a number or a tensor and the frame is recorded."""
    if isinstance(result, torch.Tensor):
        return state.observer.read(result)
    return result if isinstance(result, (bool, int, float)) else None


def is_declaration(compiler: StatementCompiler, node: ast.stmt) -> bool:
    """Whether a statement is `global` or `nonlocal`: it says where names belong, and does nothing at run time."""
    if not isinstance(node, (ast.Global, ast.Nonlocal)):
        return False
    if compiler.expressions.scope.levels.function is None:
        raise compiler.expressions.refused(node, CONSTRUCTS[type(node)])
    return True
