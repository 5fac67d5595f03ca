"""Dicts: their entries and methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.sizes import check_keys, check_list
from viz.language.runtime.state import State
from viz.language.vocabulary.containers.changing import changing, put
from viz.language.vocabulary.containers.keys import check_key
from viz.language.vocabulary.group_options import set_option

#: What `d.keys()`, `d.values()` and `d.items()` return: views that follow changes of the dict.
_VIEWS: tuple[Iterable[Any], ...] = ({}.keys(), {}.values(), {}.items())
VIEWS = tuple(type(one) for one in _VIEWS)


def value(state: State, span: Span, thing: dict[Any, Any], key: Any) -> Any:
    """`thing[key]` of a dict; a defaultdict gets the entry that it lacks."""
    check_key(key)
    if isinstance(thing, defaultdict) and key not in thing and thing.default_factory is not None:
        with changing(state, thing):
            return thing[key]
    return thing[key]


def store(state: State, span: Span, thing: dict[Any, Any], key: Any, value: Any) -> None:
    """`thing[key] = value` of a dict."""
    with state.observer.changing(thing, "entries"):
        if not set_option(state.groups, thing, key, value):
            put(thing, check_key(key), value)


def delete(state: State, span: Span, thing: dict[Any, Any], key: Any) -> None:
    """`del thing[key]` of a dict."""
    with changing(state, thing):
        del thing[check_key(key)]


def items(thing: dict[Any, Any]) -> Iterable[Any]:
    """The keys and the values."""
    return (*thing.keys(), *thing.values())


def made(state: State, span: Span, given: tuple[Any, ...], options: dict[str, Any]) -> dict[Any, Any]:
    """A new dict of another one, or of pairs, and of named arguments; raises what Python raises for others."""
    pairs: list[Any] = []
    for one in given:
        pairs += one.items() if isinstance(one, dict) else listed(state, span, one)
    pairs = [_pair(state, span, place, one) for place, one in enumerate(pairs)]
    check_keys([one[0] for one in pairs if one])
    found = dict(pairs)
    for key in found:
        check_key(key)
    return found | options


def _pair(state: State, span: Span, place: int, thing: Any) -> tuple[Any, ...]:
    try:
        return tuple(listed(state, span, thing))
    except TypeError:
        words = f"cannot convert dictionary update sequence element #{place} to a sequence"
        raise TypeError(words) from None


def _update(state: State, span: Span, owner: dict[Any, Any], other: Any = (), /, **options: Any) -> None:
    for key, one in made(state, span, (other,), options).items():
        store(state, span, owner, key, one)


def _setdefault(state: State, span: Span, owner: dict[Any, Any], key: Any, default: Any = None, /) -> Any:
    if check_key(key) not in owner:
        store(state, span, owner, key, default)
    return owner[key]


def _get(state: State, span: Span, owner: dict[Any, Any], key: Any, default: Any = None, /) -> Any:
    return owner.get(check_key(key), default)


def _pop(state: State, span: Span, owner: dict[Any, Any], key: Any, /, *default: Any) -> Any:
    with changing(state, owner):
        return owner.pop(check_key(key), *default)


def _popitem(state: State, span: Span, owner: dict[Any, Any], /) -> Any:
    with changing(state, owner):
        return owner.popitem()


def _clear(state: State, span: Span, owner: dict[Any, Any], /) -> None:
    with changing(state, owner):
        owner.clear()


def _fromkeys(state: State, span: Span, iterable: Any, value: Any = None, /) -> dict[Any, Any]:
    keys = listed(state, span, iterable)
    check_keys(keys)
    made = dict.fromkeys(map(check_key, keys), value)
    check_list(made)
    state.meter.count_entries(2 * len(made))
    return made


FROMKEYS = by_signature("dict.fromkeys", _fromkeys)
METHODS: dict[str, Function] = {
    "get": by_signature("dict.get", _get),
    "pop": by_signature("dict.pop", _pop),
    "popitem": by_signature("dict.popitem", _popitem),
    "update": by_signature("dict.update", _update),
    "setdefault": by_signature("dict.setdefault", _setdefault),
    "clear": by_signature("dict.clear", _clear),
    "copy": Function("dict.copy", lambda owner: owner.copy(), 1, keeps=True),
    **{name: Function(f"dict.{name}", getattr(dict, name), 1) for name in ("items", "keys", "values")},
}
