"""Square brackets behind a value: reading a part of it, and storing one."""

from __future__ import annotations

import ast
import operator
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.problems import refused
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary.kinds import describe, kind_of


def subscript(compiler: Compiler, node: ast.Subscript) -> Expression:
    """`thing[key]`."""
    owner, key, span = compiler.compile(node.value), key_of(compiler, node.slice), compiler.span(node)

    def read(state: State) -> Any:
        thing = owner(state)
        return get(state, span, thing, key(state))

    return read


def key_of(compiler: Compiler, node: ast.expr) -> Expression:
    """The content of the brackets: a value, a slice, `...`, or several of them."""
    if isinstance(node, ast.Slice):
        parts = [None if one is None else compiler.compile(one) for one in (node.lower, node.upper, node.step)]
        span = compiler.span(node)
        return lambda state: slice(*[None if one is None else _bound(one(state), span) for one in parts])
    if isinstance(node, ast.Tuple):
        entries = [key_of(compiler, one) for one in node.elts]
        return lambda state: tuple([one(state) for one in entries])
    if isinstance(node, ast.Constant) and node.value is ...:
        return lambda state: ...
    return compiler.compile(node)


def get(state: State, span: Span, thing: Any, key: Any) -> Any:
    """`thing[key]`, as Python and torch give it; a part of a tensor is reported to the observer."""
    state.span = span
    part = kind_of(thing).index(state, span, thing, key)
    if part is NotImplemented:
        what = describe(thing)
        raise refused(f"{what[0].upper()}{what[1:]} cannot be indexed with square brackets.", span)
    return part


def set_(state: State, span: Span, thing: Any, key: Any, value: Any) -> None:
    """`thing[key] = value`, in place, reported to the observer."""
    state.span = span
    if kind_of(thing).store(state, span, thing, key, value) is NotImplemented:
        raise refused(f"Nothing can be stored in a part of {describe(thing)} here.", span)


def delete(state: State, span: Span, thing: Any, key: Any) -> None:
    """`del thing[key]`, reported to the observer."""
    state.span = span
    if kind_of(thing).delete(state, span, thing, key) is NotImplemented:
        raise refused(f"Nothing can be deleted from {describe(thing)} here.", span)


def _bound(value: Any, span: Span) -> int | None:
    """An end of a slice."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, (torch.Tensor, np.integer)):
        return operator.index(value)
    raise refused(f"A slice goes from one integer to another, but this is {describe(value)}.", span)
