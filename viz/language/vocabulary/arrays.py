"""Arrays of NumPy: what their arithmetic and their parts may be, with sizes checked before anything is made."""

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
    """Whether this is NumPy's: an array, or a number out of one."""
    return isinstance(thing, (np.ndarray, np.generic))


def is_number(thing: Any) -> bool:
    """Whether this is a number out of an array."""
    return isinstance(thing, np.generic)


def calculate(apply: Callable[[Any, Any], Any], symbol: str, a: Any, b: Any) -> Any:
    """`a symbol b` where one of them is NumPy's; TypeError where they do not go together, LimitReached where the
    result would be too large."""
    if isinstance(a, np.ndarray) or (isinstance(b, np.ndarray) and apply not in (operator.iadd, operator.imul)):
        a, b = given(a), given(b)  # to a list `+=` would append an array's entries
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
    """`array[key]`: a number, a view, or a copy, as NumPy gives it."""
    _check_key(array, key)
    return checked(array[key])


def put(array: Any, key: Any, value: Any) -> None:
    """`array[key] = value`, a number or an array; who shares the memory sees it too."""
    _check_key(array, key)
    value = given(value)
    if not (is_array(value) or isinstance(value, NUMBERS)):
        raise NotHere("a part of an array takes a number or an array")
    array[key] = value


def rows(array: np.ndarray[Any, Any]) -> Iterable[Any]:
    """What `for` goes through: each row is looked at when its turn comes, as NumPy does."""
    return iter(array)


def computed(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What NumPy makes; of a division by zero and the like it warns, and the run hears that."""
    return checked(call(*args, **options))


def checked(result: Any) -> Any:
    """The result; TypeError where it is no array of numbers, LimitReached where it is too large."""
    if isinstance(result, (np.ndarray, np.generic)):
        if result.dtype not in _KNOWN:
            raise NotHere(f"arrays of {result.dtype} are not part of this language; use numbers")
        check_size(result.shape)
    return result


def check_size(shape: Sequence[int]) -> None:
    """LimitReached where an array of this shape has too many elements or dimensions; an empty dimension counts
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
    """LimitReached where these, stretched to fit each other, would be too large."""
    try:
        shape = np.broadcast_shapes(*[_shape(one) for one in things])
    except ValueError:
        return  # NumPy says so itself
    check_size(shape)


def check_product(a: Any, b: Any) -> None:
    """LimitReached where `a @ b` would be too large."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.size * b.size > limits.ELEMENTS:
        try:
            made = torch.empty(a.shape, device="meta") @ torch.empty(b.shape, device="meta")
        except RuntimeError:
            return  # NumPy says so itself
        check_size(made.shape)


def _check_key(array: Any, key: Any) -> None:
    """TypeError for what is no place in an array, LimitReached where so much would be taken, or so often."""
    parts = [array_of(one) if isinstance(one, (list, bool)) else one for one in _parts(key)]
    for one in parts:
        if not (one is None or one is ... or isinstance(one, (int, slice, np.integer, np.ndarray))):
            raise NotHere("an index of an array is an integer, a slice, or an array of them")
    if any(isinstance(one, np.ndarray) and one.dtype != bool for one in parts):
        _check_taken(array, parts)


def _check_taken(array: Any, parts: Sequence[Any]) -> None:
    """LimitReached where the part of the array is too large: arrays of whole numbers take places often."""
    taken: list[tuple[int, ...]] = []
    rest: list[int] = []
    missing = array.ndim - sum(_dimensions(one) for one in parts)
    if missing < 0:
        return  # NumPy says itself that there are too many places
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
        return  # NumPy says itself that the places do not fit each other


def _dimensions(place: Any) -> int:
    """How many dimensions of an array a place in it speaks of."""
    if isinstance(place, np.ndarray) and place.dtype == bool:
        return place.ndim
    return 0 if place is None or place is ... else 1


def _parts(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def given(thing: Any) -> Any:
    """What a function is given for an array: lists of numbers become one, as NumPy makes it."""
    return array_of(thing) if isinstance(thing, (list, tuple, range)) else thing


def array_of(data: Any, dtype: Any = None) -> Any:
    """`np.array` of numbers, in lists or not."""
    check_numbers(data)
    made = np.array(data, dtype=dtype_of(dtype))
    if made.size > limits.ELEMENTS or made.dtype not in _KNOWN:
        checked(made)
    return made


def check_numbers(data: Any) -> None:
    """TypeError where something else than numbers is in these lists, LimitReached where there are too many."""
    count, pending = 0, [data]
    while pending:
        one = pending.pop()
        if isinstance(one, (list, tuple, range)):
            pending.extend(one)
            count += len(one)
        elif isinstance(one, np.ndarray):
            count += one.size
        elif isinstance(one, torch.Tensor):
            raise NotHere("of a tensor `x.detach().numpy()` makes an array")
        elif not isinstance(one, NUMBERS):
            raise NotHere("an array holds numbers here")
        if count > 2 * limits.ELEMENTS:
            check_size((count,))


def dtype_of(dtype: Any) -> Any:
    """The dtype, as it was given or by its name; TypeError for one that is not among DTYPES."""
    if isinstance(dtype, str) and dtype in DTYPES:
        return DTYPES[dtype]
    if dtype is None or (isinstance(dtype, np.dtype) and dtype in _KNOWN):
        return dtype
    raise NotHere(f"a dtype here is one of {', '.join(f'np.{name}' for name in DTYPES)}")
