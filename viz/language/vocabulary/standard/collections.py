"""`collections`: OrderedDict, defaultdict, Counter, deque and namedtuple."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Attribute, Function, Library
from viz.language.runtime.iterating import listed
from viz.language.runtime.kinds import Kind, Text, describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.program_class import ProgramClass
from viz.language.runtime.sizes import check_count, check_keys, check_list
from viz.language.runtime.state import State
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.containers import dicts, kinds, lists
from viz.language.vocabulary.containers.changing import changing
from viz.language.vocabulary.containers.keys import check_key
from viz.language.vocabulary.standard import named_tuples
from viz.language.vocabulary.streams import STREAMS

_OF_ONE = {
    "append": 2,
    "appendleft": 2,
    "pop": 1,
    "popleft": 1,
    "insert": 3,
    "remove": 2,
    "reverse": 1,
    "clear": 1,
}


def _ordered(state: State, span: Span, other: Any = (), /, **options: Any) -> Any:
    return collections.OrderedDict(dicts.made(state, span, (other,), options))


def _move_to_end(state: State, span: Span, owner: Any, /, key: Any, last: Any = True) -> None:
    with changing(state, owner):
        owner.move_to_end(check_key(key), bool(last))


def _popitem(state: State, span: Span, owner: Any, /, last: Any = True) -> Any:
    with changing(state, owner):
        return owner.popitem(bool(last))


def _defaultdict(state: State, span: Span, default_factory: Any = None, other: Any = (), /, **options: Any) -> Any:
    return collections.defaultdict(_factory(default_factory), dicts.made(state, span, (other,), options))


def _factory(given: Any) -> Any:
    """What makes the value of a missing key: a class or a function of the program, or a class of Python's."""
    if given is None or isinstance(given, (Callback, ProgramClass)):
        return given
    if isinstance(given, Builtin) and given.makes is not None:
        return given.makes
    raise NotHere(
        f"`defaultdict` takes a function of the program or a class such as `list`, not {describe(given)}"
    )


def _counter(state: State, span: Span, iterable: Any = None, /, **options: Any) -> Any:
    return collections.Counter(_counts(state, span, iterable), **options)


def _counts(state: State, span: Span, iterable: Any) -> Any:
    """What a Counter counts: entries, or counts by key."""
    if iterable is None or isinstance(iterable, dict):
        return iterable
    entries = listed(state, span, iterable)
    check_keys(entries)
    return [check_key(one) for one in entries]


def _counting(name: str) -> Callable[..., None]:
    """`update` or `subtract` of a Counter."""

    def run(state: State, span: Span, owner: Any, iterable: Any = None, /, **options: Any) -> None:
        given = _counts(state, span, iterable)
        with changing(state, owner):
            getattr(owner, name)(given, **options)

    return run


def _most_common(state: State, span: Span, owner: Any, n: Any = None) -> list[Any]:
    check_count(n)
    found: list[Any] = owner.most_common(n)
    check_list(found)
    state.meter.count_entries(2 * len(found))
    return found


def _elements(state: State, span: Span, owner: Any) -> Any:
    def entries() -> Iterator[Any]:
        for key, count in owner.items():
            for _ in range(count):
                yield key

    return STREAMS["chain"](state, entries(), (), (owner,))


def _deque(state: State, span: Span, iterable: Any = (), maxlen: Any = None) -> Any:
    check_count(maxlen)
    return collections.deque(listed(state, span, iterable), maxlen)


def _extendleft(state: State, span: Span, owner: Any, iterable: Any, /) -> None:
    entries = listed(state, span, iterable)
    with changing(state, owner):
        owner.extendleft(entries)


def _rotate(state: State, span: Span, owner: Any, n: Any = 1, /) -> None:
    with changing(state, owner):
        owner.rotate(n)


def _store(state: State, span: Span, owner: Any, key: Any, value: Any) -> None:
    with changing(state, owner):
        owner[lists.place_of(key, span)] = value


_DEQUE_METHODS: dict[str, Function] = {
    **{
        name: lists.changing_method(f"deque.{name}", getattr(collections.deque, name), positional)
        for name, positional in _OF_ONE.items()
    },
    "extend": by_signature("deque.extend", lists.extend(collections.deque.extend)),
    "extendleft": by_signature("deque.extendleft", _extendleft),
    "rotate": by_signature("deque.rotate", _rotate),
    "index": lists.looking("deque.index", collections.deque.index),
    "count": lists.looking("deque.count", collections.deque.count),
    "copy": Function("deque.copy", collections.deque.copy, 1, keeps=True),
}
_ORDERED_METHODS = {
    "move_to_end": by_signature("OrderedDict.move_to_end", _move_to_end),
    "popitem": by_signature("OrderedDict.popitem", _popitem),
}
_COUNTER_METHODS = {
    "update": by_signature("Counter.update", _counting("update")),
    "subtract": by_signature("Counter.subtract", _counting("subtract")),
    "most_common": by_signature("Counter.most_common", _most_common),
    "elements": by_signature("Counter.elements", _elements),
    "total": Function("Counter.total", collections.Counter.total, 1),
}


def _default_text(thing: Any) -> Any:
    """What a defaultdict shows: the class that makes its values, and its entries."""
    shown = thing.default_factory is None or type(thing.default_factory) is type
    return Text(parts=dicts.items(thing)) if shown else NotImplemented


KINDS: dict[type, Kind] = {
    collections.OrderedDict: replace(
        kinds.DICT, says="an OrderedDict", methods={**dicts.METHODS, **_ORDERED_METHODS}
    ),
    collections.defaultdict: replace(kinds.DICT, says="a defaultdict", text=_default_text),
    collections.Counter: replace(kinds.DICT, says="a Counter", methods={**dicts.METHODS, **_COUNTER_METHODS}),
    collections.deque: replace(
        kinds.LIST,
        says="a deque",
        methods=_DEQUE_METHODS,
        attributes={"maxlen": Attribute("maxlen", lambda thing: thing.maxlen)},
        store=_store,
    ),
    **named_tuples.KINDS,
}
#: The classes of this library, by the names of their entries.
CLASSES: dict[str, Function] = {
    "OrderedDict": by_signature("collections.OrderedDict", _ordered),
    "defaultdict": by_signature("collections.defaultdict", _defaultdict, callables=True),
    "Counter": by_signature("collections.Counter", _counter),
    "deque": by_signature("collections.deque", _deque),
}
COLLECTIONS = Library("collections", {**CLASSES, "namedtuple": named_tuples.NAMEDTUPLE})
