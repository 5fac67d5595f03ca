"""Texts: what `print`, `str` and f-strings show of a value, and nothing else of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from sys import getsizeof
from typing import Any

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.sizes import NESTED, check_list, cut
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.containers import check_text
from viz.language.vocabulary.kinds import describe, kind_of

#: How a value may be written: fill, side, sign, width, thousands, digits, kind. No width has three digits.
_SPEC = re.compile(r"(?:[^{}]?[<>=^])?[-+ ]?#?0?(?:[1-9][0-9]?)?[,_]?(?:\.[0-9]{1,2})?[bcdeEfFgGosxX%]?")
_CONVERSIONS = {-1: None, ord("s"): str, ord("r"): repr, ord("a"): ascii}


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
    spec, convert = _spec_of(compiler, node), _CONVERSIONS[node.conversion]

    def run(state: State) -> str:
        thing = value(state)
        state.span = span
        check_shown(thing, span)
        return format(thing if convert is None else convert(thing), spec)

    return run


def _spec_of(compiler: Compiler, node: ast.FormattedValue) -> str:
    """Return the format after the colon; raise Refused for what is not in the small grammar."""
    if node.format_spec is None:
        return ""
    assert isinstance(node.format_spec, ast.JoinedStr)
    values = node.format_spec.values
    spec = "".join([str(one.value) for one in values if isinstance(one, ast.Constant)])
    if not all(isinstance(one, ast.Constant) for one in values):
        raise compiler.refused(
            node.value, "Values in a format are not supported; write the numbers, as in `:.3f`."
        )
    if not _SPEC.fullmatch(spec):
        raise compiler.refused(node.value, "This format is not supported; write one such as `.3f`, `>8` or `.1%`.")
    return spec


def check_shown(thing: Any, span: Span) -> None:
    """Raise Refused for what has no text here, LimitReached if there is too much of it."""
    left = limits.ELEMENTS
    pending = [thing]
    if isinstance(thing, NESTED):
        check_list(thing)
    while pending:
        one = pending.pop()
        text = kind_of(one).text(one)
        if text is NotImplemented:
            what = describe(one)
            raise refused(
                f"{what[0].upper()}{what[1:]} cannot be shown as a string here; show a number or a tensor of it.",
                span,
            )
        left -= text.numbers
        if left < 0:
            raise LimitReached(f"At most {limits.ELEMENTS:,} numbers are shown at once; show a part of them.")
        pending.extend(text.parts)


def text_of(thing: Any, span: Span) -> str:
    """`str(thing)`."""
    check_shown(thing, span)
    return str(thing)


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
