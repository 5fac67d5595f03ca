"""The part of NumPy that a program may use: functions, methods of arrays, and conversions to and from tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from viz import limits
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function, Library
from viz.language.runtime.kinds import Kind, Text, nothing, plain_text
from viz.language.runtime.memory import lend
from viz.language.runtime.print_options import numbers_of_array
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary import printing
from viz.language.vocabulary.arrays import (
    DTYPES,
    NUMBERS,
    array_of,
    check_numbers,
    check_product,
    check_size,
    computed,
    dtype_of,
    given,
    is_array,
    part,
    put,
    rows,
)
from viz.language.vocabulary.numpy import arranging, random
from viz.language.vocabulary.numpy.arranging import ARRANGING, METHODS, Columns
from viz.language.vocabulary.numpy.random import RANDOM
from viz.language.vocabulary.numpy.ufuncs import UFUNCS, plain


def _sizes(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple: it may be given as one integer or several."""
    sizes = tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
    if not all(isinstance(one, (int, np.integer)) for one in sizes):
        raise NotHere("a shape is made of integers")
    check_size([int(one) for one in sizes])
    return tuple(int(one) for one in sizes)


def _filled(name: str) -> Callable[..., Any]:
    """`np.zeros` or `np.ones`."""
    call = getattr(np, name)
    return lambda shape, dtype=None: call(_sizes(shape), dtype=dtype_of(dtype))


def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    check_numbers(fill_value)
    return computed(np.full, _sizes(shape), fill_value, dtype=dtype_of(dtype))


def _eye(count: Any, columns: Any = None, dtype: Any = None) -> Any:
    sizes = _sizes((count, count if columns is None else columns))
    return np.eye(*sizes, dtype=dtype_of(dtype) or np.dtype("float64"))


def _arange(*bounds: Any, dtype: Any = None) -> Any:
    if not bounds or not all(isinstance(one, NUMBERS) for one in bounds):
        raise NotHere("`np.arange` takes one to three numbers")
    start, stop, step = {1: (0, bounds[0], 1), 2: (*bounds, 1)}.get(len(bounds), bounds)
    if step != 0 and (stop - start) / step > limits.ELEMENTS:
        check_size((math.ceil(min((stop - start) / step, 1e18)),))
    return computed(np.arange, *bounds, dtype=dtype_of(dtype))


def _linspace(start: Any, stop: Any, num: Any = 50, dtype: Any = None) -> Any:
    check_numbers([start, stop])
    check_size((*_sizes(num), *np.broadcast_shapes(np.shape(start), np.shape(stop))))
    return computed(np.linspace, start, stop, num, dtype=dtype_of(dtype))


def _product(call: Callable[..., Any]) -> Callable[..., Any]:
    """`np.dot` or `np.matmul` of vectors and matrices."""

    def run(a: Any, b: Any) -> Any:
        a, b = given(a), given(b)
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and max(a.ndim, b.ndim) <= 2):
            raise NotHere("a product here takes two arrays with one or two dimensions")
        check_product(a, b)
        return computed(call, a, b)

    return run


def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return plain(np.clip, 3)(a, a_min, a_max)


def _astype(array: Any, dtype: Any) -> Any:
    return computed(array.astype, dtype_of(dtype))


def _like(name: str) -> Callable[..., Any]:
    """`np.zeros_like` or `np.ones_like`."""
    call = getattr(np, name)

    def run(a: Any, dtype: Any = None) -> Any:
        a = given(a)
        if not is_array(a):
            raise NotHere(f"`np.{name}` takes an array here")
        return call(a, dtype=dtype_of(dtype))

    return run


#: The reductions over the dimensions of an array, and the names of their options.
_REDUCED = {
    **dict.fromkeys(("sum", "mean", "prod", "min", "max", "any", "all"), "axis keepdims"),
    **dict.fromkeys(("std", "var"), "axis keepdims ddof"),
    **dict.fromkeys(("argmin", "argmax", "cumsum", "cumprod"), "axis"),
}

FUNCTIONS: dict[str, Function] = {
    "array": Function("numpy.array", array_of, 2, frozenset({"dtype"})),
    "asarray": Function("numpy.asarray", lambda data, dtype=None: _same(data, dtype), 2, frozenset({"dtype"})),
    "zeros": Function("numpy.zeros", _filled("zeros"), 2, frozenset({"shape", "dtype"})),
    "ones": Function("numpy.ones", _filled("ones"), 2, frozenset({"shape", "dtype"})),
    "full": Function("numpy.full", _full, 3, frozenset({"shape", "fill_value", "dtype"})),
    "eye": Function("numpy.eye", _eye, 2, frozenset({"dtype"})),
    "arange": Function("numpy.arange", _arange, 3, frozenset({"dtype"})),
    "linspace": Function("numpy.linspace", _linspace, 3, frozenset({"num", "dtype"})),
    **UFUNCS,
    **ARRANGING,
    **{
        name: Function(f"numpy.{name}", plain(getattr(np, name), 1), 2, frozenset(options.split()))
        for name, options in _REDUCED.items()
    },
    **{
        name: Function(f"numpy.{name}", _like(name), 2, frozenset({"dtype"}))
        for name in ("zeros_like", "ones_like")
    },
    **{
        name: Function(f"numpy.{name}", plain(getattr(np, name), 1), 2, frozenset({"axis", "keepdims"}))
        for name in ("median", "count_nonzero")
    },
    **{
        name: Function(f"numpy.{name}", plain(getattr(np, name), 2), 4, frozenset({"rtol", "atol"}))
        for name in ("allclose", "isclose")
    },
    "array_equal": Function("numpy.array_equal", plain(np.array_equal, 2), 2),
    "round": Function("numpy.round", plain(np.round, 1), 2, frozenset({"decimals"})),
    "clip": Function("numpy.clip", _clip, 3, frozenset({"a_min", "a_max"})),
    "where": Function("numpy.where", plain(np.where, 3), 3),
    "dot": Function("numpy.dot", _product(np.dot), 2),
    "matmul": Function("numpy.matmul", _product(np.matmul), 2),
}


def _same(data: Any, dtype: Any) -> Any:
    """`np.asarray`: returns an array of the right dtype itself."""
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype_of(dtype)):
        return data
    return array_of(data, dtype)


def _no_memory(*given: Any) -> Any:
    """`np.ndarray(…)`, an array of whatever is in the memory."""
    raise NotHere("`np.ndarray` is for `isinstance` here; make an array by `np.array(…)` or `np.zeros(…)`")


#: The class of arrays.
NDARRAY = Function("numpy.ndarray", _no_memory, 7)

#: NumPy, as a program sees it.
NUMPY = Library(
    "numpy",
    {
        **FUNCTIONS,
        **DTYPES,
        "bool_": DTYPES["bool"],
        "ndarray": NDARRAY,
        "newaxis": None,
        "c_": Columns(),
        "pi": math.pi,
        "e": math.e,
        "inf": math.inf,
        "random": RANDOM,
        "__version__": np.__version__,
        "set_printoptions": printing.OF_NUMPY,
    },
)


def _store(state: State, span: Span, array: Any, key: Any, value: Any) -> None:
    """`array[key] = value`."""
    with state.observer.changing(array, "value"):
        put(array, key, value)


_ARRAY_METHODS: dict[str, Function] = {
    **{
        name: Function(f"ndarray.{name}", plain(getattr(np.ndarray, name)), 2, frozenset(options.split()))
        for name, options in _REDUCED.items()
    },
    **METHODS,
    "clip": Function(
        "ndarray.clip", lambda array, min=None, max=None: _clip(array, min, max), 3, frozenset({"min", "max"})
    ),
    "round": Function("ndarray.round", plain(np.round, 1), 2, frozenset({"decimals"})),
    "astype": Function("ndarray.astype", _astype, 2, frozenset({"dtype"})),
    "flatten": Function("ndarray.flatten", np.ndarray.flatten, 1),
    "dot": Function("ndarray.dot", _product(np.dot), 2),
    "item": Function("ndarray.item", np.ndarray.item, 1),
    "tolist": Function("ndarray.tolist", np.ndarray.tolist, 1),
}
_ARRAY_ATTRIBUTES: dict[str, Attribute] = {
    "shape": Attribute("shape", lambda array: array.shape),
    "ndim": Attribute("ndim", lambda array: array.ndim),
    "size": Attribute("size", lambda array: array.size),
    "dtype": Attribute("dtype", lambda array: array.dtype),
    "T": Attribute("T", lambda array: array.T),
}
#: Converts an array to a tensor that shares its memory.
FROM_NUMPY = Function("torch.from_numpy", lambda ndarray: lend(ndarray, torch.from_numpy(ndarray)), 1)
TO_NUMPY = Function("Tensor.numpy", torch.Tensor.numpy, 1)


KINDS: dict[type, Kind] = {
    **arranging.KINDS,
    **random.KINDS,
    np.ndarray: Kind(
        says="an array",
        inside=lambda array: (array.base,),
        methods=_ARRAY_METHODS,
        attributes=_ARRAY_ATTRIBUTES,
        index=lambda state, span, array, key: part(array, key),
        store=_store,
        iterate=lambda state, span, array: rows(array),
        text=lambda array: Text(numbers=numbers_of_array(array)),
    ),
    np.generic: Kind(
        says="a number of NumPy",
        inside=nothing,
        methods={"item": Function("number.item", lambda number: number.item(), 1)},
        text=plain_text,
        derived=True,
    ),
    np.dtype: Kind(says="a dtype", inside=nothing, text=plain_text, derived=True),
}
