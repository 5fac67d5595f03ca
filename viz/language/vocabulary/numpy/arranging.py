"""NumPy's functions that arrange the entries of arrays: shapes, joins, orders, copies of parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.kinds import Kind, nothing
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import check_size, checked, computed, given, is_array
from viz.language.vocabulary.numpy.ufuncs import plain


def joined(call: Callable[..., Any]) -> Callable[..., Any]:
    """`np.concatenate`, `np.stack` and their like, of a list of arrays."""

    def run(arrays: Any, **options: Any) -> Any:
        parts = [given(one) for one in arrays] if isinstance(arrays, (list, tuple)) else []
        if not parts or not all(is_array(one) for one in parts):
            raise NotHere("this function takes a list of arrays here")
        check_size((sum(one.size for one in parts),))
        return computed(call, parts, **options)

    return run


def _array(thing: Any, name: str) -> Any:
    """The first argument, which may be a list of numbers."""
    array = given(thing)
    if not is_array(array):
        raise NotHere(f"`np.{name}` takes an array here")
    return array


def _whole(thing: Any, name: str) -> tuple[int, ...]:
    """One integer or a list of them."""
    numbers = tuple(thing) if isinstance(thing, (list, tuple)) else (thing,)
    if not all(isinstance(one, (int, np.integer)) for one in numbers):
        raise NotHere(f"`np.{name}` takes integers there")
    return tuple(int(one) for one in numbers)


def _meshgrid(*arrays: Any, indexing: Any = "xy") -> Any:
    lines = [_array(one, "meshgrid") for one in arrays]
    check_size([one.size for one in lines])
    return np.meshgrid(*lines, indexing=indexing)


def _outer(a: Any, b: Any) -> Any:
    one, other = _array(a, "outer"), _array(b, "outer")
    check_size((one.size, other.size))
    return computed(np.outer, one, other)


def _tile(a: Any, reps: Any) -> Any:
    array, counts = _array(a, "tile"), _whole(reps, "tile")
    check_size((array.size, math.prod(max(one, 1) for one in counts)))
    return computed(np.tile, array, counts)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    array, counts = _array(a, "repeat"), _whole(repeats, "repeat")
    check_size((array.size, max((*counts, 1))))
    return computed(np.repeat, array, counts, axis)


def _bincount(x: Any, minlength: Any = 0) -> Any:
    array = _array(x, "bincount")
    (least,) = _whole(minlength, "bincount")
    largest = int(array.max()) if array.size and array.dtype.kind in "iub" else 0
    check_size((max(largest + 1, least),))
    return computed(np.bincount, array, minlength=least)


def _unique(ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False) -> Any:
    return computed(np.unique, _array(ar, "unique"), return_index, return_inverse, return_counts)


def _transpose(a: Any, axes: Any = None) -> Any:
    array = _array(a, "transpose")
    return checked(np.transpose(array, None if axes is None else _whole(axes, "transpose")))


def _reshape(a: Any, *shape: Any) -> Any:
    """The sizes are one sequence, or one by one; NumPy says what is wrong with them."""
    return checked(_array(a, "reshape").reshape(*shape))


def _axes(name: str) -> Callable[..., Any]:
    """`np.squeeze` or `np.expand_dims`."""
    call = getattr(np, name)

    def run(a: Any, axis: Any = None) -> Any:
        array = _array(a, name)
        return checked(call(array) if axis is None and name == "squeeze" else call(array, _whole(axis, name)))

    return run


def _nonzero(a: Any) -> Any:
    return np.nonzero(_array(a, "nonzero"))


def _function(call: Callable[..., Any], name: str, positional: int, names: str = "") -> Function:
    return Function(f"numpy.{name}", call, positional, frozenset(names.split()))


#: What arranges entries, or picks some.
ARRANGING: dict[str, Function] = {
    **{name: _function(joined(getattr(np, name)), name, 1, "axis") for name in ("concatenate", "stack")},
    **{name: _function(joined(getattr(np, name)), name, 1) for name in ("vstack", "hstack", "column_stack")},
    **{name: _function(plain(getattr(np, name), 1), name, 2, "axis") for name in ("sort", "argsort", "flip")},
    **{name: _function(_axes(name), name, 2, "axis") for name in ("squeeze", "expand_dims")},
    "roll": _function(plain(np.roll, 1), "roll", 3, "shift axis"),
    "ravel": _function(plain(np.ravel, 1), "ravel", 1),
    "copy": _function(plain(np.copy, 1), "copy", 1),
    "transpose": _function(_transpose, "transpose", 2, "axes"),
    "reshape": _function(_reshape, "reshape", 2),
    "meshgrid": _function(_meshgrid, "meshgrid", 6, "indexing"),
    "outer": _function(_outer, "outer", 2),
    "tile": _function(_tile, "tile", 2, "reps"),
    "repeat": _function(_repeat, "repeat", 3, "repeats axis"),
    "bincount": _function(_bincount, "bincount", 1, "minlength"),
    "unique": _function(_unique, "unique", 1, "return_index return_inverse return_counts"),
    "nonzero": _function(_nonzero, "nonzero", 1),
}


def _method(name: str, names: str = "") -> Function:
    """The function of this name, as a method of an array."""
    return Function(f"ndarray.{name}", ARRANGING[name].call, ARRANGING[name].positional, frozenset(names.split()))


#: The same as methods; `transpose` and `reshape` take the integers one by one too.
METHODS: dict[str, Function] = {
    **{name: _method(name, "axis") for name in ("argsort", "squeeze")},
    "repeat": _method("repeat", "axis"),
    "nonzero": _method("nonzero"),
    "ravel": _method("ravel"),
    "copy": _method("copy"),
    "reshape": Function("ndarray.reshape", _reshape, 7),
    "transpose": Function(
        "ndarray.transpose", lambda array, *axes: _transpose(array, axes[0] if len(axes) == 1 else axes or None), 7
    ),
}


class Columns:
    """`np.c_`: its brackets join arrays as columns."""

    def __str__(self) -> str:
        return "np.c_"


def _columns(state: State, span: Span, thing: Columns, key: Any) -> Any:
    """`np.c_[a, b]`."""
    return joined(lambda parts: np.c_[tuple(parts)])(list(key) if isinstance(key, tuple) else [key])


KINDS: dict[type, Kind] = {Columns: Kind(says="`np.c_`", inside=nothing, index=_columns, own=True)}
