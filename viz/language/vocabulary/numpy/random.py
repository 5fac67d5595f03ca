"""The part of numpy.random that a program may use: functions that draw, from the run's own generator, and
generators that a program makes itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from viz.frames.changes import ChangeKind
from viz.frames.plain import Span
from viz.language.runtime.draws import numpy_generator
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.kinds import Kind, nothing
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import NUMBERS, check_size, computed, given

#: Generators of NumPy, whose methods are named alike.
Draws = Any


def _seed(draws: Draws, seed: Any) -> None:
    draws.seed(_integer(seed, "np.random.seed"))


def _integer(seed: Any, name: str) -> int:
    if not isinstance(seed, (int, np.integer)):
        raise NotHere(f"`{name}` takes an integer, as in `{name}(0)`")
    return int(seed)


def _sizes(name: str) -> Callable[..., Any]:
    """`np.random.rand` and `np.random.randn`, which take the sizes one by one."""
    return lambda draws, *sizes: computed(getattr(draws, name), *_checked(sizes))


def _of_size(name: str) -> Callable[..., Any]:
    """`np.random.random` and its like, which take the sizes in one tuple."""
    return lambda draws, size=None: computed(getattr(draws, name), _shape(size))


def _uniform(draws: Draws, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    _check_numbers("uniform", low, high)
    return computed(draws.uniform, low, high, _shape(size))


def _normal(draws: Draws, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    _check_numbers("normal", loc, scale)
    return computed(draws.normal, loc, scale, _shape(size))


def _check_numbers(name: str, *given: Any) -> None:
    if not all(isinstance(one, NUMBERS) for one in given):
        raise NotHere(f"`np.random.{name}` takes numbers here; add and multiply arrays afterwards")


def _integers(name: str) -> Callable[..., Any]:
    """`randint`, or `integers` of a newer generator."""

    def draw(draws: Draws, low: Any, high: Any = None, size: Any = None) -> Any:
        if not all(one is None or isinstance(one, (int, np.integer)) for one in (low, high)):
            raise NotHere(f"`{name}` takes integers here")
        return computed(getattr(draws, name), low, high, _shape(size))

    return draw


def _permutation(draws: Draws, of: Any) -> Any:
    """A permutation of the integers below a number, or of an array's rows."""
    if isinstance(of, (int, np.integer)):
        _checked((of,))
    elif not isinstance(of, np.ndarray):
        raise NotHere("`permutation` takes an integer or an array here")
    return computed(draws.permutation, of)


def _choice(draws: Draws, a: Any, size: Any = None, replace: Any = True, p: Any = None) -> Any:
    """A choice of the integers below a number, or of the entries of an array or a list of numbers."""
    if isinstance(a, (int, np.integer)):
        _checked((a,))
    elif not isinstance(given(a), np.ndarray):
        raise NotHere("`choice` takes an integer, an array or a list of numbers here")
    return computed(draws.choice, given(a), _shape(size), bool(replace), given(p))


def _shuffle(state: State, draws: Draws, shuffled: Any) -> None:
    """Shuffle an array's rows or a list's entries, in place."""
    if isinstance(shuffled, list):
        what: ChangeKind = "entries"
        state.groups.check_change(shuffled)
    elif isinstance(shuffled, np.ndarray):
        what = "value"
    else:
        raise NotHere("`shuffle` takes an array or a list here")
    with state.observer.changing(shuffled, what):
        draws.shuffle(shuffled)


def _shape(size: Any) -> Any:
    return size if size is None else _checked(size if isinstance(size, (list, tuple)) else (size,))


def _checked(sizes: Any) -> tuple[int, ...]:
    """The sizes; raises TypeError if they are not integers, LimitReached if the array would be too large."""
    if not all(isinstance(one, (int, np.integer)) for one in sizes):
        raise NotHere("a shape is made of integers")
    made = tuple(int(one) for one in sizes)
    check_size(made)
    return made


#: What every generator draws: the function, how many of its arguments may be positional, and their names.
_EVERY: dict[str, tuple[Callable[..., Any], int, str]] = {
    "uniform": (_uniform, 3, "low high size"),
    "normal": (_normal, 3, "loc scale size"),
    "random": (_of_size("random"), 1, "size"),
    "permutation": (_permutation, 1, ""),
    "choice": (_choice, 4, "size replace p"),
}
#: What a `RandomState` and `np.random` itself draw.
_OLDER = {
    **_EVERY,
    "rand": (_sizes("rand"), 6, ""),
    "randn": (_sizes("randn"), 6, ""),
    "randint": (_integers("randint"), 3, "low high size"),
    "seed": (_seed, 1, "seed"),
}
#: What the generator of `np.random.default_rng` draws.
_NEWER = {
    **_EVERY,
    "standard_normal": (_of_size("standard_normal"), 1, "size"),
    "integers": (_integers("integers"), 3, "low high size"),
}


def _library() -> dict[str, Function]:
    """The functions of `np.random`, which draw from the run's own generator."""

    def shared(name: str, call: Callable[..., Any], positional: int, names: str) -> Function:
        def draw(*args: Any, **options: Any) -> Any:
            return call(numpy_generator(), *args, **options)

        return Function(f"numpy.random.{name}", draw, positional, frozenset(names.split()), draws=True)

    def shuffle(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
        with state.draws.turn():
            _shuffle(state, numpy_generator(), *args)

    return {
        **{name: shared(name, *entry) for name, entry in _OLDER.items()},
        "shuffle": Function(
            "numpy.random.shuffle", lambda x: numpy_generator().shuffle(x), 1, keeps=True, runs=shuffle
        ),
    }


def _kind(class_: Any, says: str, table: Mapping[str, tuple[Callable[..., Any], int, str]]) -> Kind:
    """The kind of a generator that a program made: it has a state of its own."""

    def shuffle(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
        _shuffle(state, *args)

    name = class_.__name__
    methods = {
        one: Function(f"{name}.{one}", call, positional + 1, frozenset(names.split()))
        for one, (call, positional, names) in table.items()
    }
    methods["shuffle"] = Function(f"{name}.shuffle", class_.shuffle, 2, keeps=True, runs=shuffle)
    return Kind(says=says, inside=nothing, methods=methods)


def _made(make: Callable[[int], Any], name: str) -> Function:
    """A function that makes a generator; without a seed it begins with 0, so that each run is the same."""
    return Function(f"numpy.random.{name}", lambda seed=0: make(_integer(seed, f"np.random.{name}")), 1, _SEED)


_SEED = frozenset({"seed"})
KINDS: dict[type, Kind] = {
    np.random.RandomState: _kind(np.random.RandomState, "a generator of random numbers", _OLDER),
    np.random.Generator: _kind(np.random.Generator, "a generator of random numbers", _NEWER),
}
RANDOM = Library(
    "numpy.random",
    {
        **_library(),
        "RandomState": _made(np.random.RandomState, "RandomState"),
        "default_rng": _made(np.random.default_rng, "default_rng"),
    },
)
