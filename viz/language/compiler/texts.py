"""Strings with values in them: f-strings and `print`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from sys import getsizeof
from typing import Any

from viz import limits
from viz.frames.plain import Span
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.formats import check_spec, formatted
from viz.language.runtime.problems import NotHere, Refused, problem_of
from viz.language.runtime.showing import check_text, text_of
from viz.language.runtime.sizes import cut
from viz.language.runtime.state import Expression, State

_CONVERSIONS = {-1: None, ord("s"): "s", ord("r"): "r", ord("a"): "a"}


def joined(compiler: Compiler, node: ast.JoinedStr) -> Expression:
    """`f"…"`."""
    span = compiler.span(node)
    parts = [_part(compiler, one) for one in node.values]

    def run(state: State) -> str:
        whole = ""
        for one in parts:
            whole += one(state)
            state.span = span
            check_text(whole)
        state.meter.count_bytes(getsizeof(whole))
        return whole

    return run


def _part(compiler: Compiler, node: ast.expr) -> Expression:
    if isinstance(node, ast.Constant):
        text = str(node.value)
        return lambda state: text
    assert isinstance(node, ast.FormattedValue)
    value, span = compiler.compile(node.value), compiler.span(node.value)
    conversion, spec = _CONVERSIONS[node.conversion], _spec_of(compiler, node)

    def run(state: State) -> str:
        thing, written = value(state), spec(state)
        state.span = span
        return formatted(thing, conversion, written, span)

    return run


def _spec_of(compiler: Compiler, node: ast.FormattedValue) -> Expression:
    """The format after the colon; raises Refused, if no value decides, for what is not in the small grammar."""
    spec = node.format_spec
    if spec is None:
        return lambda state: ""
    assert isinstance(spec, ast.JoinedStr)
    if not all(isinstance(one, ast.Constant) for one in spec.values):
        made = joined(compiler, spec)
        return lambda state: check_spec(made(state))
    written = "".join([str(one.value) for one in spec.values if isinstance(one, ast.Constant)])
    try:
        check_spec(written)
    except NotHere as error:
        raise Refused(problem_of(error, compiler.span(node.value))) from None
    return lambda state: written


def print_all(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """`print(…)`: what it shows is kept with the statement's frame, up to a bound."""
    ends = [options.get("sep", " "), options.get("end", "\n")]
    separator, end = [default if one is None else one for one, default in zip(ends, (" ", "\n"), strict=True)]
    if not isinstance(separator, str) or not isinstance(end, str):
        raise NotHere("`sep` and `end` are strings")
    text = state.printed
    if len(text) > limits.PRINTED:
        return  # cut before: the page cuts it anyway
    for place, one in enumerate(args):
        if len(text) > limits.PRINTED:
            break  # the page cuts the others anyway
        text += (separator if place else "") + text_of(one, span)
    state.printed = cut(text + end)
