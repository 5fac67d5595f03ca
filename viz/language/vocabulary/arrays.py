"""The arithmetic and the parts of NumPy arrays; checks the size of a result before NumPy makes it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

from viz import limits
from viz.errors import LimitReached
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_dimensions

#: The dtypes that an array may have, by their names in NumPy.
DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name) for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")
}
_KNOWN = frozenset(DTYPES.values())
NUMBERS = (int, float, np.generic)  # True and False are ints


def is_array(thing: Any) -> bool:
    """Whether this is a NumPy array, or a number out of one."""
    return isinstance(thing, (np.ndarray, np.generic))


def is_number(thing: Any) -> bool:
    """Whether this is a number out of an array."""
    return isinstance(thing, np.generic)


def calculate(apply: Callable[[Any, Any], Any], symbol: str, a: Any, b: Any) -> Any:
    """`a symbol b` if one of them is NumPy's.

    Raises TypeError if they do not go together, LimitReached if the result would be too large.
    """
    if isinstance(a, np.ndarray) or (isinstance(b, np.ndarray) and apply not in (operator.iadd, operator.imul)):
        a, b = given(a), given(b)  # `+=` on a list would append an array's entries
    for one in (a, b):
        if isinstance(one, torch.Tensor):
            raise NotHere(
                "arrays and tensors are not mixed here; make a tensor of the array: `torch.as_tensor(a)`"
            )
        if not (is_array(one) or one is None or isinstance(one, NUMBERS)):
            raise NotHere(f"`{symbol}` works on arrays and numbers here; write `np.array(…)` around the other")
    if symbol == "@":
        check_product(a, b)
    else:
        check_broadcast(a, b)
    return computed(apply, a, b)


def part(array: Any, key: Any) -> Any:
    """`array[key]`: a number, a view, or a copy, as in NumPy."""
    _check_key(array, key)
    return checked(array[key])


def put(array: Any, key: Any, value: Any) -> None:
    """`array[key] = value`, for a number or an array; tensors and arrays that share the memory change too."""
    _check_key(array, key)
    value = given(value)
    if not (is_array(value) or isinstance(value, NUMBERS)):
        raise NotHere("a part of an array can be set to a number or an array")
    array[key] = value


def rows(array: np.ndarray[Any, Any]) -> Iterable[Any]:
    """The rows for a `for` loop: each is read when its turn comes, as in NumPy."""
    return iter(array)


def computed(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The result of NumPy's function; its warnings, of a division by zero for example, reach the run."""
    return checked(call(*args, **options))


def checked(result: Any) -> Any:
    """The result itself; raises TypeError if it is not numeric, LimitReached if it is too large."""
    if isinstance(result, (np.ndarray, np.generic)):
        if result.dtype not in _KNOWN:
            raise NotHere(f"arrays of {result.dtype} are not part of this language; use numbers")
        check_size(result.shape)
    return result


def check_size(shape: Sequence[int]) -> None:
    """Raise LimitReached if an array of this shape has too many elements or dimensions; an empty dimension counts
    as 1."""
    check_dimensions(len(shape))
    count = math.prod(max(size, 1) for size in shape)
    if count > limits.ELEMENTS:
        raise LimitReached(
            f"This array would have {count:,} elements; {limits.ELEMENTS:,} is the most an array may have."
        )


def _shape(thing: Any) -> tuple[int, ...]:
    return thing.shape if isinstance(thing, np.ndarray) else ()


def check_broadcast(*things: Any) -> None:
    """Raise LimitReached if these, broadcast to each other, would be too large."""
    try:
        shape = np.broadcast_shapes(*[_shape(one) for one in things])
    except ValueError:
        return  # NumPy says so itself
    check_size(shape)


def check_product(a: Any, b: Any) -> None:
    """Raise LimitReached if `a @ b` would be too large."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.size * b.size > limits.ELEMENTS:
        try:
            made = torch.empty(a.shape, device="meta") @ torch.empty(b.shape, device="meta")
        except RuntimeError:
            return  # NumPy says so itself
        check_size(made.shape)


def _check_key(array: Any, key: Any) -> None:
    """Raise TypeError if this is no index of an array, LimitReached if the part would be too large."""
    parts = [array_of(one) if isinstance(one, (list, bool)) else one for one in _parts(key)]
    for one in parts:
        if not (one is None or one is ... or isinstance(one, (int, slice, np.integer, np.ndarray))):
            raise NotHere("an index of an array is an integer, a slice, or an array of them")
    if any(isinstance(one, np.ndarray) and one.dtype != bool for one in parts):
        _check_taken(array, parts)


def _check_taken(array: Any, parts: Sequence[Any]) -> None:
    """Raise LimitReached if the part is too large: an array of integers may pick the same place many times."""
    taken: list[tuple[int, ...]] = []
    rest: list[int] = []
    missing = array.ndim - sum(_dimensions(one) for one in parts)
    if missing < 0:
        return  # NumPy itself reports too many indices
    sizes = iter(array.shape)
    for one in parts if any(one is ... for one in parts) else [*parts, ...]:
        over = [next(sizes) for _ in range(missing if one is ... else _dimensions(one))]
        if isinstance(one, slice):
            rest.append(len(range(*one.indices(over[0]))))
        elif one is ...:
            rest += over
        elif isinstance(one, np.ndarray):
            taken.append((int(np.count_nonzero(one)),) if one.dtype == bool else one.shape)
    try:
        check_size((*np.broadcast_shapes(*taken), *rest))
    except ValueError:
        return  # NumPy itself reports indices that do not fit each other


def _dimensions(place: Any) -> int:
    """How many dimensions of an array this part of an index covers."""
    if isinstance(place, np.ndarray) and place.dtype == bool:
        return place.ndim
    return 0 if place is None or place is ... else 1


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def given(thing: Any) -> Any:
    """The argument for an array: a list of numbers becomes an array, as in NumPy."""
    return array_of(thing) if isinstance(thing, (list, tuple, range)) else thing


def array_of(data: Any, dtype: Any = None) -> Any:
    """`np.array` of numbers, in lists or not."""
    check_numbers(data)
    made = np.array(data, dtype=dtype_of(dtype))
    if made.size > limits.ELEMENTS or made.dtype not in _KNOWN:
        checked(made)
    return made


def check_numbers(data: Any) -> None:
    """Raise TypeError if these lists hold anything but numbers, LimitReached if they hold too many."""
    count, pending = 0, [data]
    while pending:
        one = pending.pop()
        if isinstance(one, (list, tuple, range)):
            pending.extend(one)
            count += len(one)
        elif isinstance(one, np.ndarray):
            count += one.size
        elif isinstance(one, torch.Tensor):
            raise NotHere("an array holds no tensors here; write `x.detach().numpy()`")
        elif not isinstance(one, NUMBERS):
            raise NotHere("an array holds numbers here")
        if count > 2 * limits.ELEMENTS:
            check_size((count,))


def dtype_of(dtype: Any) -> Any:
    """The dtype, given as such or by name; raises TypeError for one that is not among DTYPES."""
    if isinstance(dtype, str) and dtype in DTYPES:
        return DTYPES[dtype]
    if isinstance(dtype, type) and dtype in (int, float, bool):
        return np.dtype(dtype)
    if dtype is None or (isinstance(dtype, np.dtype) and dtype in _KNOWN):
        return dtype
    raise NotHere(f"a dtype here is one of {', '.join(f'np.{name}' for name in DTYPES)}")
