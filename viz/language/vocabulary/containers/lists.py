"""Lists and tuples: their entries, and the methods of a list."""

from __future__ import annotations

import operator
from collections.abc import Callable
from sys import getsizeof
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import refused
from viz.language.runtime.state import State
from viz.language.vocabulary.containers.changing import changing
from viz.language.vocabulary.containers.ordering import ordered


def place_of(key: Any, span: Span) -> Any:
    """The index in a list: an integer or a slice."""
    if isinstance(key, (int, slice)):
        return key
    if isinstance(key, (torch.Tensor, np.integer)):
        return operator.index(key)
    raise refused(f"An index of a list is an integer, but this is {describe(key)}.", span)


def entry(state: State, span: Span, thing: Any, key: Any) -> Any:
    """`thing[key]` of a list, a tuple, a string or a range."""
    found = thing[place_of(key, span)]
    if isinstance(key, slice) or isinstance(thing, str):
        state.meter.count_bytes(getsizeof(found))
    return found


def store(state: State, span: Span, thing: Any, key: Any, value: Any) -> None:
    """`thing[key] = value` of a list, or `thing[start:end] = values`."""
    place = place_of(key, span)
    entries = listed(state, span, value) if isinstance(place, slice) else value
    with changing(state, thing):
        thing[place] = entries


def delete(state: State, span: Span, thing: Any, key: Any) -> None:
    """`del thing[key]` of a list."""
    place = place_of(key, span)
    with changing(state, thing):
        del thing[place]


def changing_method(name: str, call: Callable[..., Any], positional: int) -> Function:
    """A method that changes its value, which comes first."""

    def run(state: State, span: Span, args: Any, options: Any) -> Any:
        with changing(state, args[0]):
            return call(*args)

    return Function(name, call, positional, keeps=True, runs=run)


def extend(method: Callable[..., None]) -> Callable[..., None]:
    """`extend` of a list or a deque: with what the program gives, gone through once."""

    def run(state: State, span: Span, owner: Any, iterable: Any, /) -> None:
        entries = listed(state, span, iterable)
        with changing(state, owner):
            method(owner, entries)

    return run


def _sort(state: State, span: Span, owner: list[Any], /, *, key: Any = None, reverse: Any = False) -> None:
    entries = ordered(state, span, owner, key, reverse)
    with changing(state, owner):
        owner[:] = entries


def looking(name: str, method: Callable[..., Any]) -> Function:
    """A method that compares the entries with a value, and changes nothing."""
    return Function(name, method, 4, keeps=True)


METHODS: dict[str, Function] = {
    **{
        name: changing_method(f"list.{name}", getattr(list, name), positional)
        for name, positional in {"append": 2, "insert": 3, "pop": 2, "remove": 2, "reverse": 1, "clear": 1}.items()
    },
    "extend": by_signature("list.extend", extend(list.extend)),
    "sort": by_signature("list.sort", _sort, callables=True),
    "index": looking("list.index", list.index),
    "count": looking("list.count", list.count),
    "copy": Function("list.copy", list.copy, 1, keeps=True),
}
TUPLE_METHODS: dict[str, Function] = {
    "index": looking("tuple.index", tuple.index),
    "count": looking("tuple.count", tuple.count),
}
