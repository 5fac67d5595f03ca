"""The arguments of a call: what the call passes, those after `*` and `**` among them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from viz.language.compiler.protocols import Compiler
from viz.language.runtime.iterating import entries_of, gathered
from viz.language.runtime.problems import refused
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.kinds import describe

#: What a call passes: by position, and by name.
Passed: TypeAlias = tuple[list[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Arguments:
    """How the arguments of a call are evaluated; their `count` and `names` if the text tells them."""

    evaluate: Callable[[State], Passed]
    count: int | None
    names: tuple[str, ...] | None

    @property
    def known(self) -> bool:
        """Whether the text tells how many there are."""
        return self.count is not None and self.names is not None


def arguments(compiler: Compiler, node: ast.Call) -> Arguments:
    """The arguments of a call."""
    if any(isinstance(one, ast.Starred) for one in node.args) or any(one.arg is None for one in node.keywords):
        return Arguments(_unpacking(compiler, node), None, None)
    args = [compiler.compile(one) for one in node.args]
    options = {str(one.arg): compiler.compile(one.value) for one in node.keywords}
    if not options:
        return Arguments(lambda state: ([one(state) for one in args], {}), len(args), ())

    def evaluate(state: State) -> Passed:
        return [one(state) for one in args], {name: one(state) for name, one in options.items()}

    return Arguments(evaluate, len(args), tuple(options))


def spread(compiler: Compiler, nodes: Sequence[ast.expr]) -> Callable[[State], list[Any]]:
    """The values that expressions give, each one after a `*` all of its entries."""
    parts = [
        (_entries(compiler, one) if isinstance(one, ast.Starred) else _single(compiler.compile(one)))
        for one in nodes
    ]

    def evaluate(state: State) -> list[Any]:
        found: list[Any] = []
        for part in parts:
            found += part(state)
            check_list(found)
        return found

    return evaluate


def _single(expression: Expression) -> Callable[[State], list[Any]]:
    return lambda state: [expression(state)]


def _entries(compiler: Compiler, node: ast.Starred) -> Callable[[State], list[Any]]:
    value, span = compiler.compile(node.value), compiler.span(node.value)
    return lambda state: gathered(entries_of(state, span, value(state)))


def _unpacking(compiler: Compiler, node: ast.Call) -> Callable[[State], Passed]:
    given = spread(compiler, node.args)
    options = [(one.arg, compiler.compile(one.value), compiler.span(one.value)) for one in node.keywords]

    def evaluate(state: State) -> Passed:
        args, chosen = given(state), {}
        for name, value, span in options:
            found = value(state)
            more: Mapping[Any, Any] = {name: found} if name is not None else found
            if not isinstance(more, dict) or not all(isinstance(one, str) for one in more):
                raise refused(f"`**` takes a dict with strings as its keys, not {describe(found)}.", span)
            twice = next((one for one in more if one in chosen), None)
            if twice is not None:
                state.span = span
                raise TypeError(f"got multiple values for keyword argument {twice!r}")
            chosen.update(more)
        return args, chosen

    return evaluate
