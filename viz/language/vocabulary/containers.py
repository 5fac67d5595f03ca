"""Lists, tuples, dicts and strings: joins, compares and changes them, and checks their sizes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from sys import getsizeof
from typing import Any

import numpy as np
import torch
from torch.torch_version import TorchVersion

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.kinds import Kind, Text, describe, nothing, plain_text
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.showing import check_characters
from viz.language.runtime.sizes import NESTED, check_list
from viz.language.runtime.state import State
from viz.language.vocabulary import strings
from viz.language.vocabulary.group_options import set_option
from viz.text import with_article

#: What `+` joins: two of the same kind.
JOINED = (list, tuple, str)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
#: The keys that a dict may have.
KEYS = (str, int, float, bool)


def combines(symbol: str, a: Any, b: Any) -> bool:
    """Whether `a symbol b` is an operation that lists, strings or dicts support here."""
    if symbol == "+":
        return isinstance(a, JOINED) and _base(a) is _base(b)
    if symbol == "*":
        return (isinstance(a, JOINED) and type(b) is int) or (isinstance(b, JOINED) and type(a) is int)
    if symbol in ("==", "!="):
        return not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor)
    return symbol in _COMPARISONS and isinstance(a, JOINED) and _base(a) is _base(b)


def combine(symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a symbol b`; raises LimitReached, before it is computed, if the result would be too long."""
    if symbol == "+":
        _check_length(a, len(a) + len(b))
    elif symbol == "*":
        joined, count = (a, b) if isinstance(a, JOINED) else (b, a)
        _check_length(joined, len(joined) * max(count, 0))
    else:
        for one in (a, b):
            if isinstance(one, NESTED):
                check_list(one)
    before = a.copy() if apply in (operator.iadd, operator.imul) and isinstance(a, list) else None
    result = apply(a, b)
    if isinstance(result, (list, tuple)):
        with _undone(a if before is not None else [], before or []):
            check_list(result)
    return result


def check_key(key: Any) -> Any:
    """The key itself; raises TypeError if a dict may not have it here."""
    if not isinstance(key, KEYS):
        raise NotHere("a key of a dict is a string or a number here")
    return key


def put(owner: list[Any] | dict[Any, Any], key: Any, value: Any) -> None:
    """`owner[key] = value`; raises LimitReached, and changes nothing, if the list or dict would be too large."""
    if isinstance(owner, dict):
        check_key(key)
    with _undone(owner, owner.copy()):
        owner[key] = value
        check_list(owner)


def _base(thing: Any) -> type | None:
    return next((kind for kind in JOINED if isinstance(thing, kind)), None)


def _check_length(joined: Any, length: int) -> None:
    if isinstance(joined, str):
        check_characters(length)
    elif length > limits.ELEMENTS:
        raise LimitReached(f"A list holds at most {limits.ELEMENTS:,} entries; this one would have {length:,}.")


@contextmanager
def _undone(owner: list[Any] | dict[Any, Any], before: list[Any] | dict[Any, Any]) -> Iterator[None]:
    """Undo what happens to `owner` inside if it is past a limit afterwards, as a list is that holds itself."""
    try:
        yield
    except LimitReached:
        owner.clear()
        if isinstance(owner, dict):
            owner.update(before)
        elif isinstance(before, list):
            owner.extend(before)
        raise


def _method(name: str, call: Callable[..., Any], positional: int) -> Function:
    """A method that changes its list or dict, and changes nothing if that would pass a limit."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        owner = args[0]
        state.groups.check_change(owner)
        for one in args[1:]:
            if isinstance(one, list):
                check_list(one)
        with state.observer.changing(owner, "entries"), _undone(owner, owner.copy()):
            result = call(*args)
            check_list(owner)
        return result

    return Function(name, call, positional, keeps=True, runs=run)


def _extend(owner: list[Any], *more: Any) -> None:
    """`list.extend` with a list; another number of arguments raises Python's own error."""
    if not all(isinstance(one, (list, tuple, range)) for one in more):
        raise NotHere("`extend` takes a list here")
    owner.extend(*more)


def _keyed(given: Sequence[Any]) -> Sequence[Any]:
    """The arguments of `get` and `pop`, with the key checked."""
    return [check_key(one) if place == 0 else one for place, one in enumerate(given)]


def _views(name: str) -> Function:
    """`items`, `keys` or `values`, whose result follows later changes of the dict."""
    return Function(f"dict.{name}", getattr(dict, name), 1)


def type_name(thing: object) -> str:
    """How a message names a value whose type has a name of Python's own: "a zip"."""
    return with_article(type(thing).__name__)


def _place(key: Any, span: Span) -> Any:
    """The index in a list: an integer or a slice."""
    if isinstance(key, (int, slice)):
        return key
    if isinstance(key, (torch.Tensor, np.integer)):
        return operator.index(key)
    raise refused(f"An index of a list is an integer, but this is {describe(key)}.", span)


def _entry(state: State, span: Span, thing: Any, key: Any) -> Any:
    """`thing[key]` of a list, a tuple, a string or a range."""
    entry = thing[_place(key, span)]
    if isinstance(key, slice) or isinstance(thing, str):
        state.meter.count_bytes(getsizeof(entry))
    return entry


def _value(state: State, span: Span, thing: dict[Any, Any], key: Any) -> Any:
    """`thing[key]` of a dict."""
    return thing[check_key(key)]


def _store_entry(state: State, span: Span, thing: list[Any], key: Any, value: Any) -> None:
    """`thing[key] = value` of a list, or `thing[start:end] = values`."""
    place = _place(key, span)
    if not isinstance(place, slice):
        _store(state, span, thing, place, value)
        return
    state.groups.check_change(thing)
    entries = listed(state, span, value)
    with state.observer.changing(thing, "entries"), _undone(thing, thing.copy()):
        thing[place] = entries
        check_list(thing)


def _store(state: State, span: Span, thing: list[Any] | dict[Any, Any], key: Any, value: Any) -> None:
    """`thing[key] = value`, with an index of a list or a key of a dict."""
    with state.observer.changing(thing, "entries"):
        if not set_option(state.groups, thing, key, value):
            put(thing, key, value)


def _delete(state: State, span: Span, thing: Any, key: Any) -> None:
    """`del thing[key]` of a list or a dict."""
    state.groups.check_change(thing)
    place = check_key(key) if isinstance(thing, dict) else _place(key, span)
    with state.observer.changing(thing, "entries"):
        del thing[place]


def itself(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """Return the value itself: Python iterates over it as it is."""
    return thing  # type: ignore[no-any-return]  # each kind that has this handler is one of Python's iterables


def _items(thing: dict[Any, Any]) -> Iterable[Any]:
    return (*thing.keys(), *thing.values())


_LIST_METHODS: dict[str, Function] = {
    "append": _method("list.append", list.append, 2),
    "extend": _method("list.extend", _extend, 2),
    "insert": _method("list.insert", list.insert, 3),
    "pop": _method("list.pop", list.pop, 2),
    "copy": Function("list.copy", list.copy, 1, keeps=True),
}
_DICT_METHODS: dict[str, Function] = {
    "get": Function("dict.get", lambda owner, *given: owner.get(*_keyed(given)), 3, keeps=True),
    "pop": _method("dict.pop", lambda owner, *given: owner.pop(*_keyed(given)), 3),
    "copy": Function("dict.copy", dict.copy, 1, keeps=True),
    "items": _views("items"),
    "keys": _views("keys"),
    "values": _views("values"),
}

TUPLE = Kind(says="a tuple", inside=iter, index=_entry, iterate=itself, text=lambda thing: Text(parts=thing))
_LIST = replace(TUPLE, says="a list", methods=_LIST_METHODS, store=_store_entry, delete=_delete)
_DICT = Kind(
    says="a dict",
    inside=_items,
    methods=_DICT_METHODS,
    index=_value,
    store=_store,
    delete=_delete,
    iterate=itself,
    text=lambda thing: Text(parts=_items(thing)),
)
_STRING = Kind(
    says="a string", inside=nothing, methods=strings.METHODS, index=_entry, iterate=itself, text=plain_text
)
#: What `d.keys()`, `d.values()` and `d.items()` return: views that follow changes of the dict.
VIEWS: tuple[Iterable[Any], ...] = ({}.keys(), {}.values(), {}.items())
_VIEW = Kind(says=type_name, inside=iter, iterate=itself, text=lambda thing: Text(parts=thing))

KINDS: dict[type, Kind] = {
    list: _LIST,
    tuple: TUPLE,
    torch.Size: replace(TUPLE, says="a shape"),
    dict: _DICT,
    str: _STRING,
    TorchVersion: _STRING,
    range: replace(_STRING, says="a range", methods={}),
    **{type(one): _VIEW for one in VIEWS},
}
