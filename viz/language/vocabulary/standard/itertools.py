"""`itertools`: each iterator checks the run's limits at each entry, and makes nothing before it is asked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Library
from viz.language.runtime.iterating import entries_of, listed
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_count, check_number
from viz.language.runtime.state import State
from viz.language.vocabulary.iterators import check_nesting
from viz.language.vocabulary.standard.functools import OPERATOR
from viz.language.vocabulary.streams import STREAMS

_NONE = object()


def _source(state: State, span: Span, thing: Any) -> Iterator[Any]:
    return iter(entries_of(state, span, thing))


def _stream(state: State, name: str, entries: Iterator[Any], sources: Any = (), held: Any = ()) -> Any:
    return check_nesting(STREAMS[name](state, entries, sources, held))


def _checked(state: State, entries: Iterator[Any]) -> Iterator[Any]:
    """The entries, with a look at the time before each."""
    for one in entries:
        state.meter.check_time()
        yield one


def _count(state: State, span: Span, start: Any = 0, step: Any = 1) -> Any:
    def entries() -> Iterator[Any]:
        number = start
        while True:
            check_number(number)
            yield number
            number = number + step

    if not (isinstance(start, (int, float)) and isinstance(step, (int, float))):
        raise NotHere("`itertools.count` counts numbers here")
    return _stream(state, "count", entries())


def _cycle(state: State, span: Span, iterable: Any, /) -> Any:
    source = _source(state, span, iterable)
    kept: list[Any] = []

    def entries() -> Iterator[Any]:
        for one in source:
            state.meter.count_entries(1)
            kept.append(one)
            yield one
        while kept:
            yield from kept

    return _stream(state, "cycle", entries(), [source], [kept])


def _repeat(state: State, span: Span, object: Any, times: Any = None) -> Any:  # Python's name
    def entries() -> Iterator[Any]:
        left = times
        while left is None or left > 0:
            yield object
            left = None if left is None else left - 1

    if not (times is None or isinstance(times, int)):
        raise NotHere("`itertools.repeat` repeats a whole number of times")
    return _stream(state, "repeat", entries(), (), [object])


def _chain(state: State, span: Span, *iterables: Any) -> Any:
    def entries() -> Iterator[Any]:
        for one in iterables:
            yield from _checked(state, _source(state, span, one))

    return _stream(state, "chain", entries(), iterables)


def _from_iterable(state: State, span: Span, iterable: Any, /) -> Any:
    source = _source(state, span, iterable)

    def entries() -> Iterator[Any]:
        for one in source:
            yield from _checked(state, _source(state, span, one))

    return _stream(state, "chain", entries(), [source])


def _islice(state: State, span: Span, iterable: Any, /, *bounds: Any) -> Any:
    for one in bounds:
        if not (one is None or isinstance(one, int)):
            raise ValueError("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    source = _source(state, span, iterable)
    return _stream(state, "islice", itertools.islice(_checked(state, source), *bounds), [source])


def _zip_longest(state: State, span: Span, *iterables: Any, fillvalue: Any = None) -> Any:
    sources = [_source(state, span, one) for one in iterables]
    return _stream(
        state, "zip_longest", itertools.zip_longest(*sources, fillvalue=fillvalue), sources, [fillvalue]
    )


def _product(state: State, span: Span, *iterables: Any, repeat: Any = 1) -> Any:
    check_count(repeat)
    check_count(repeat * len(iterables))  # the length of each entry
    pools = [listed(state, span, one) for one in iterables]
    return _stream(state, "product", itertools.product(*pools, repeat=repeat), (), pools)


def _choosing(name: str) -> Callable[..., Any]:
    """`combinations` or another one that takes a list and a length."""
    make = getattr(itertools, name)

    def run(state: State, span: Span, iterable: Any, r: Any = None) -> Any:
        check_count(r)
        pool = listed(state, span, iterable)
        return _stream(state, name, make(pool, *([] if r is None else [r])), (), [pool])

    return run


def _accumulate(state: State, span: Span, iterable: Any, func: Any = None, *, initial: Any = None) -> Any:
    source = _source(state, span, iterable)
    add = OPERATOR.members["add"] if func is None else func

    def entries() -> Iterator[Any]:
        total = _NONE if initial is None else initial
        if total is not _NONE:
            yield total
        for one in source:
            total = one if total is _NONE else state.call(span, add, total, one)
            yield total

    return _stream(state, "accumulate", entries(), [source], [func, initial])


def _choosing_by(name: str) -> Callable[..., Any]:
    """`takewhile`, `dropwhile` or `filterfalse`, with a function that says of each entry whether it holds."""
    make = getattr(itertools, name)

    def run(state: State, span: Span, predicate: Any, iterable: Any, /) -> Any:
        source = _source(state, span, iterable)

        def holds(one: Any) -> bool:
            state.meter.check_time()
            return bool(one if predicate is None else state.call(span, predicate, one))

        return _stream(state, name, make(holds, source), [source], [predicate])

    return run


def _starmap(state: State, span: Span, function: Any, iterable: Any, /) -> Any:
    source = _source(state, span, iterable)

    def entries() -> Iterator[Any]:
        for one in source:
            yield state.call(span, function, *listed(state, span, one))

    return _stream(state, "starmap", entries(), [source], [function])


def _pairwise(state: State, span: Span, iterable: Any, /) -> Any:
    source = _source(state, span, iterable)
    return _stream(state, "pairwise", itertools.pairwise(source), [source])


def _groupby(state: State, span: Span, iterable: Any, key: Any = None) -> Any:
    source = _source(state, span, iterable)

    def entries() -> Iterator[Any]:
        groups = itertools.groupby(source, lambda one: one if key is None else state.call(span, key, one))
        for found, group in groups:
            yield found, _stream(state, "_grouper", _checked(state, group), [source])

    return _stream(state, "groupby", entries(), [source], [key])


_FROM_ITERABLE = by_signature("itertools.chain.from_iterable", _from_iterable)
_CHOOSING = ("combinations", "permutations", "combinations_with_replacement")
_CHOOSING_BY = ("takewhile", "dropwhile", "filterfalse")
ITERTOOLS = Library(
    "itertools",
    {
        **{
            call.__name__[1:]: by_signature(f"itertools.{call.__name__[1:]}", call, callables=True)
            for call in (
                *(_accumulate, _count, _cycle, _groupby, _islice, _pairwise),
                *(_product, _repeat, _starmap, _zip_longest),
            )
        },
        "chain": by_signature("itertools.chain", _chain, members={"from_iterable": _FROM_ITERABLE}),
        **{name: by_signature(f"itertools.{name}", _choosing(name)) for name in _CHOOSING},
        **{name: by_signature(f"itertools.{name}", _choosing_by(name), callables=True) for name in _CHOOSING_BY},
    },
)
