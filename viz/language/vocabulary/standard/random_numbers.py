"""The part of Python's `random` that a program may use: it draws from the run's own generator."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.kinds import describe, kind_of
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_count, check_list, check_number
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import NUMBERS

#: The functions of numbers.
_OF_NUMBERS = (
    *("random", "uniform", "randint", "randrange", "triangular"),
    *("gauss", "normalvariate", "lognormvariate", "expovariate", "betavariate"),
)
#: What has entries in an order, for Python, and what `choice` takes besides.
_SEQUENCES = (list, tuple, str, range, deque)
_INDEXED = (torch.Tensor, np.ndarray)


def _of_numbers(name: str) -> Callable[..., Any]:
    def draw(state: State, span: Span, *args: Any, **options: Any) -> Any:
        for one in (*args, *options.values()):
            if not isinstance(one, (*NUMBERS, type(None))):
                raise NotHere(f"`random.{name}` takes numbers, and not {describe(one)}")
        drawn = getattr(state.draws.python, name)(*args, **options)
        check_number(drawn)
        return drawn

    return draw


def _seed(state: State, span: Span, a: Any = None) -> None:
    """`random.seed`, for this run alone."""
    if not isinstance(a, (int, float, str)):
        raise NotHere("a run is the same each time, so `random.seed` takes a number here, as in `random.seed(0)`")
    state.draws.python.seed(a)


def _shuffle(state: State, span: Span, x: Any) -> None:
    if type(x) is not list:
        raise NotHere(
            f"`random.shuffle` takes a list, and not {describe(x)}; for a tensor write `x[torch.randperm(len(x))]`"
        )
    state.groups.check_change(x)
    with state.observer.changing(x, "entries"):
        state.draws.python.shuffle(x)


def _choice(state: State, span: Span, seq: Any) -> Any:
    return _entries(state, span, seq, [state.draws.python.choice(_places("choice", seq))])[0]


def _choices(
    state: State, span: Span, population: Any, weights: Any = None, *, cum_weights: Any = None, k: Any = 1
) -> list[Any]:
    check_count(k)
    places = _places("choices", population)
    return _entries(
        state, span, population, state.draws.python.choices(places, weights, cum_weights=cum_weights, k=k)
    )


def _sample(state: State, span: Span, population: Any, k: Any) -> list[Any]:
    check_count(k)
    if not isinstance(population, _SEQUENCES):
        raise TypeError("Population must be a sequence.  For dicts or sets, use sorted(d).")
    return _entries(state, span, population, state.draws.python.sample(_places("sample", population), k))


def _places(name: str, population: Any) -> range:
    """The indices of a population's entries, which Python draws in place of the entries themselves."""
    if not isinstance(population, (*_SEQUENCES, *_INDEXED)):
        raise NotHere(f"`random.{name}` takes a list, and not {describe(population)}")
    return range(len(population))


def _entries(state: State, span: Span, population: Any, places: Sequence[int]) -> list[Any]:
    index = kind_of(population).index
    chosen = [index(state, span, population, one) for one in places]
    check_list(chosen)
    state.meter.count_entries(len(chosen))
    return chosen


def _function(name: str, call: Callable[..., Any]) -> Function:
    return by_signature(f"random.{name}", call, draws=True)


RANDOM = Library(
    "random",
    {
        **{name: _function(name, _of_numbers(name)) for name in _OF_NUMBERS},
        "seed": _function("seed", _seed),
        "shuffle": _function("shuffle", _shuffle),
        "choice": _function("choice", _choice),
        "choices": _function("choices", _choices),
        "sample": _function("sample", _sample),
    },
)
