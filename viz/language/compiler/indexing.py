"""Square brackets behind a value: reading a part of it, and storing one."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.compiler.in_place import storing
from viz.language.compiler.protocols import Compiler
from viz.language.runtime.problems import Refused, refused
from viz.language.runtime.sizes import check_list, elements
from viz.language.runtime.state import Expression, State
from viz.language.vocabulary import arrays, kinds
from viz.language.vocabulary.containers import check_key, put
from viz.language.vocabulary.group_options import set_option
from viz.limits import ELEMENTS, LimitReached

Tensor = torch.Tensor
_ROWS = (list, tuple, str, range)


def subscript(compiler: Compiler, node: ast.Subscript) -> Expression:
    """`thing[key]`."""
    owner, key, span = compiler.compile(node.value), key_of(compiler, node.slice), compiler.span(node)

    def read(state: State) -> Any:
        thing = owner(state)
        return get(state, span, thing, key(state))

    return read


def key_of(compiler: Compiler, node: ast.expr) -> Expression:
    """What stands in the brackets: a value, a slice, `...`, or several of them."""
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
    """`thing[key]`, as Python and torch give it; the observer is told of a tensor's part."""
    state.span = span
    if isinstance(thing, Tensor):
        key = _checked_key(thing, key, span)
        part = thing[key]
        state.meter.count_tensor(part)
        state.observer.operation(span, part, (thing, *_tensors(key)))
        return part
    if isinstance(thing, _ROWS):
        return thing[_place(key, span)]
    if isinstance(thing, dict):
        return thing[check_key(key)]
    read = kinds.INDEXABLE.get(type(thing))
    if read is None:
        raise _no_parts(thing, span)
    return read(thing, key)


def set_(state: State, span: Span, thing: Any, key: Any, value: Any) -> None:
    """`thing[key] = value`, in place; the observer is told."""
    state.span = span
    if isinstance(thing, Tensor):
        if not isinstance(value, (int, float, Tensor)):
            raise refused(f"A tensor's part takes a number or a tensor, not {kinds.kind_of(value)}.", span)
        key = _checked_key(thing, key, span)
        with state.observer.changing(thing, "value"), storing(state, thing, key, value):
            thing[key] = value
            operands = [one for one in (thing, value) if isinstance(one, Tensor)]
            state.observer.operation(span, thing, operands)
    elif isinstance(thing, (list, dict)):
        place = _place(key, span) if isinstance(thing, list) else key
        if isinstance(place, slice):
            raise refused("A list's entries are assigned one by one here, as in `a[0] = 1`.", span)
        with state.observer.changing(thing, "entries"):
            if not set_option(state.groups, thing, place, value):
                put(thing, place, value)
    else:
        write = kinds.SETITEMS.get(type(thing))
        if write is None:
            raise refused(f"Nothing can be stored in a part of {kinds.kind_of(thing)} here.", span)
        with state.observer.changing(thing, "value"):
            write(thing, key, value)


def _bound(value: Any, span: Span) -> int | None:
    """An end of a slice."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, (Tensor, np.integer)):
        return operator.index(value)
    raise refused(f"A slice goes from one whole number to another, and this is {kinds.kind_of(value)}.", span)


def _place(key: Any, span: Span) -> Any:
    """The place in a list: a number or a slice."""
    if isinstance(key, (int, slice)):
        return key
    if isinstance(key, (Tensor, np.integer)):
        return operator.index(key)
    raise refused(f"A place in a list is a whole number, and this is {kinds.kind_of(key)}.", span)


def _no_parts(thing: Any, span: Span) -> Refused:
    what = kinds.kind_of(thing)
    return refused(f"{what[0].upper()}{what[1:]} has no parts to be read with square brackets.", span)


def _tensors(key: Any) -> Iterator[Tensor]:
    for one in key if isinstance(key, tuple) else (key,):
        if isinstance(one, Tensor):
            yield one


def _checked_key(thing: Tensor, key: Any, span: Span) -> Any:
    """The key, an array of NumPy in it as a tensor.

    Refused for what is no place in a tensor; LimitReached where so much of it would be taken, or so often.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if any(arrays.is_array(one) for one in parts):
        parts = tuple([torch.as_tensor(one) if arrays.is_array(one) else one for one in parts])
        key = parts if isinstance(key, tuple) else parts[0]
    counts = 1
    for one in parts:
        if isinstance(one, Tensor):
            # A mask takes each entry at most once; whole numbers may take one as often as they like.
            counts *= 1 if one.dtype in (torch.bool, torch.uint8) else elements(one)
        elif isinstance(one, (list, range)):
            check_list(list(one))
            counts *= max(len(one), 1)
            if not all(isinstance(inner, int) for inner in one):
                raise refused("A list of places holds whole numbers, as in `x[[0, 2]]`.", span)
        elif isinstance(one, bool) or not (one is None or one is ... or isinstance(one, (int, slice))):
            raise refused(f"A place in a tensor is a whole number or a slice, not {kinds.kind_of(one)}.", span)
    if counts > 1 and counts * elements(thing) > ELEMENTS:
        _check_taken(thing, parts)
    return key


def _check_taken(thing: Tensor, parts: tuple[Any, ...]) -> None:
    """Take the part without its numbers, to see how large it is."""
    moved: list[Any] = []
    for one in parts:
        if isinstance(one, Tensor) and one.dtype in (torch.bool, torch.uint8):
            moved += [place.to("meta") for place in one.nonzero(as_tuple=True)]
        else:
            moved.append(_without_numbers(one))
    try:
        part = thing.detach().to("meta")[tuple(moved)]
    except (RuntimeError, IndexError, TypeError, NotImplementedError):
        return  # the places are wrong: torch says so itself
    if elements(part) > ELEMENTS:
        raise LimitReached(
            f"This tensor would have {elements(part):,} elements; {ELEMENTS:,} is the most a tensor may have."
        )


def _without_numbers(place: Any) -> Any:
    if isinstance(place, (list, range)):
        place = torch.tensor(list(place))
    return place.to("meta") if isinstance(place, Tensor) else place
