"""The part of numpy.random that a program may use: functions that draw, here from the run's own generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span
from viz.language.runtime.draws import numpy_generator
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import NUMBERS, check_size, computed, given


def _seed(seed: Any) -> None:
    """`np.random.seed`, for this run alone."""
    if not isinstance(seed, (int, np.integer)):
        raise NotHere("`np.random.seed` takes an integer, as in `np.random.seed(0)`")
    numpy_generator().seed(int(seed))


def _sizes(name: str) -> Callable[..., Any]:
    """`np.random.rand` and `np.random.randn`, which take the sizes one by one."""

    def draw(*sizes: Any) -> Any:
        return computed(getattr(numpy_generator(), name), *_checked(sizes))

    return draw


def _uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    _check_numbers("uniform", low, high)
    return computed(numpy_generator().uniform, low, high, _shape(size))


def _normal(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    _check_numbers("normal", loc, scale)
    return computed(numpy_generator().normal, loc, scale, _shape(size))


def _check_numbers(name: str, *given: Any) -> None:
    if not all(isinstance(one, NUMBERS) for one in given):
        raise NotHere(f"`np.random.{name}` takes numbers here; add and multiply arrays afterwards")


def _randint(low: Any, high: Any = None, size: Any = None) -> Any:
    if not all(one is None or isinstance(one, (int, np.integer)) for one in (low, high)):
        raise NotHere("`np.random.randint` takes integers here")
    return computed(numpy_generator().randint, low, high, _shape(size))


def _random(size: Any = None) -> Any:
    return computed(numpy_generator().random_sample, _shape(size))


def _permutation(of: Any) -> Any:
    """`np.random.permutation` of the integers below a number, or of an array's rows."""
    if isinstance(of, (int, np.integer)):
        _checked((of,))
    elif not isinstance(of, np.ndarray):
        raise NotHere("`np.random.permutation` takes an integer or an array here")
    return computed(numpy_generator().permutation, of)


def _shuffle(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """`np.random.shuffle` of an array's rows or a list's entries, in place."""
    shuffled = args[0] if args else None
    if isinstance(shuffled, list):
        what: ChangeKind = "entries"
        state.groups.check_change(shuffled)
    elif isinstance(shuffled, np.ndarray):
        what = "value"
    else:
        raise NotHere("`np.random.shuffle` takes an array or a list here")
    with state.observer.changing(shuffled, what), state.draws.turn():
        _shuffled(shuffled)


def _shuffled(x: Any) -> None:
    numpy_generator().shuffle(x)


def _choice(a: Any, size: Any = None, replace: Any = True, p: Any = None) -> Any:
    """`np.random.choice` of the integers below a number, or of the entries of an array or a list of numbers."""
    if isinstance(a, (int, np.integer)):
        _checked((a,))
    elif not isinstance(given(a), np.ndarray):
        raise NotHere("`np.random.choice` takes an integer, an array or a list of numbers here")
    return computed(numpy_generator().choice, given(a), _shape(size), bool(replace), given(p))


def _shape(size: Any) -> Any:
    return size if size is None else _checked(size if isinstance(size, (list, tuple)) else (size,))


def _checked(sizes: Any) -> tuple[int, ...]:
    """The sizes; raises TypeError if they are not integers, LimitReached if the array would be too large."""
    if not all(isinstance(one, (int, np.integer)) for one in sizes):
        raise NotHere("a shape is made of integers")
    made = tuple(int(one) for one in sizes)
    check_size(made)
    return made


def _function(name: str, call: Callable[..., Any], positional: int, names: str = "") -> Function:
    return Function(f"numpy.random.{name}", call, positional, frozenset(names.split()), draws=True)


RANDOM = Library(
    "numpy.random",
    {
        "seed": _function("seed", _seed, 1, "seed"),
        "rand": _function("rand", _sizes("rand"), 6),
        "randn": _function("randn", _sizes("randn"), 6),
        "uniform": _function("uniform", _uniform, 3, "low high size"),
        "normal": _function("normal", _normal, 3, "loc scale size"),
        "randint": _function("randint", _randint, 3, "low high size"),
        "random": _function("random", _random, 1, "size"),
        "permutation": _function("permutation", _permutation, 1),
        "shuffle": Function("numpy.random.shuffle", _shuffled, 1, keeps=True, runs=_shuffle),
        "choice": _function("choice", _choice, 4, "size replace p"),
    },
)
