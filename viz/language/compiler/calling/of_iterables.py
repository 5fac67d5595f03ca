"""Python's own functions that go through entries, or make containers of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import length_hint
from typing import Any

import torch

from viz.frames.plain import Span
from viz.language.runtime.iterating import entries_of, gathered, listed
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import Instance
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State
from viz.language.vocabulary import arrays
from viz.language.vocabulary.containers import dicts, sets
from viz.language.vocabulary.containers.ordering import extreme, ordered
from viz.language.vocabulary.iterators import check_nesting
from viz.language.vocabulary.streams import STREAMS

_Given = Sequence[Any]
_Options = Mapping[str, Any]
#: What `max` and `min` compare without a key: NumPy's numbers stay what they are, as in Python.
_COUNTED = (*arrays.NUMBERS, torch.Tensor)
_NONE = object()


def every(state: State, span: Span, args: _Given, options: _Options) -> bool:
    """`all(…)`, which stops at the first entry that does not hold."""
    return all(_checked(state, span, args[0]))


def some(state: State, span: Span, args: _Given, options: _Options) -> bool:
    """`any(…)`, which stops at the first entry that holds."""
    return any(_checked(state, span, args[0]))


def _checked(state: State, span: Span, thing: Any) -> Iterator[Any]:
    for one in entries_of(state, span, thing):
        state.meter.check_time()
        yield one


def collected(make: Callable[[Sequence[Any]], Any]) -> Callable[[State, Span, _Given, _Options], Any]:
    """`list(…)` or `tuple(…)`, which ask an object of the program for its length, as in Python."""

    def run(state: State, span: Span, args: _Given, options: _Options) -> Any:
        if not args:
            return make(())
        entries = entries_of(state, span, args[0])  # once: a loader draws an order each time
        if isinstance(args[0], Instance):
            length_hint(args[0])
        made = gathered(entries)
        check_list(made)
        return make(made)

    return run


def set_of(make: type) -> Callable[[State, Span, _Given, _Options], Any]:
    """`set(…)` or `frozenset(…)`."""

    def run(state: State, span: Span, args: _Given, options: _Options) -> Any:
        made = make(sets.elements(state, span, args[0]) if args else ())
        state.meter.count_entries(len(made))
        return made

    return run


def dict_of(state: State, span: Span, args: _Given, options: _Options) -> dict[Any, Any]:
    """`dict(…)`."""
    made = dicts.made(state, span, tuple(args), dict(options))
    state.meter.count_entries(2 * len(made))
    return made


def largest(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`max(…)`."""
    return _extreme(state, span, args, options, "max")


def smallest(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`min(…)`."""
    return _extreme(state, span, args, options, "min")


def _extreme(state: State, span: Span, args: _Given, options: _Options, name: str) -> Any:
    key, default = options.get("key"), options.get("default", _NONE)
    entries = listed(state, span, args[0]) if len(args) == 1 else list(args)
    if not entries and default is not _NONE:
        return default
    if key is None:
        _check_alike(entries, name, span)
    if not entries:
        raise ValueError(f"{name}() arg is an empty sequence")
    return extreme(state, span, entries, key, name == "max")


def in_order(state: State, span: Span, args: _Given, options: _Options) -> list[Any]:
    """`sorted(…)`."""
    entries, key = listed(state, span, args[0]), options.get("key")
    if key is None:
        _check_alike(entries, "sorted", span)
    return ordered(state, span, entries, key, options.get("reverse", False))


def _check_alike(entries: Sequence[Any], name: str, span: Span) -> None:
    """Raise Refused for what has no order of its own here; Python says so itself of what does not go together."""
    ordered_kinds = (*_COUNTED, str, tuple, list, Instance, type(None))
    wrong = next((one for one in entries if not isinstance(one, ordered_kinds)), _NONE)
    if wrong is not _NONE:
        raise refused(f"`{name}` compares numbers, but this is {describe(wrong)}.", span)


def backwards(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`reversed(…)`."""
    if not isinstance(args[0], (list, tuple, range, str, dict, deque, *dicts.VIEWS)):
        raise refused("`reversed` takes a list here; a tensor has `flip`.", span)
    thing: Any = args[0]
    return reversed(thing)


def numbered(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`enumerate(…)`."""
    start = args[1] if len(args) > 1 else options.get("start", 0)
    start = start.item() if arrays.is_number(start) else start
    if type(start) is not int:
        raise refused("`enumerate` starts at an integer.", span)
    return check_nesting(enumerate(entries_of(state, span, args[0]), start))


def zipped(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`zip(…)`."""
    strict = bool(options.get("strict", False))
    return check_nesting(zip(*[entries_of(state, span, one) for one in args], strict=strict))


def mapped(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`map(…)`."""
    function, *things = args
    sources = [iter(entries_of(state, span, one)) for one in things]

    def entries() -> Iterator[Any]:
        for given in zip(*sources, strict=False):
            yield state.call(span, function, *given)

    return check_nesting(STREAMS["map"](state, entries(), sources, (function,)))


def filtered(state: State, span: Span, args: _Given, options: _Options) -> Any:
    """`filter(…)`."""
    function, thing = args
    source = iter(entries_of(state, span, thing))

    def entries() -> Iterator[Any]:
        for one in source:
            state.meter.check_time()
            if one if function is None else state.call(span, function, one):
                yield one

    return check_nesting(STREAMS["filter"](state, entries(), [source], (function,)))
