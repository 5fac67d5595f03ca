"""NumPy's functions that compute entry by entry: on arrays and numbers, broadcast to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.arrays import NUMBERS, check_broadcast, computed, given, is_array

_UNARY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt square sin cos tan arcsin arccos arctan sinh cosh tanh abs "
    "absolute fabs negative sign floor ceil rint reciprocal isnan isinf isfinite logical_not"
)
_BINARY = (
    "add subtract multiply divide true_divide floor_divide mod remainder power maximum minimum arctan2 hypot "
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor"
)


def plain(call: Callable[..., Any], arrays: int = 0) -> Callable[..., Any]:
    """A function of arrays and numbers whose result is not larger than these broadcast to each other.

    The first `arrays` of its arguments may be lists of numbers too.
    """

    def run(*args: Any, **options: Any) -> Any:
        args = (*[given(one) for one in args[:arrays]], *args[arrays:])
        for one in args:
            if isinstance(one, torch.Tensor):
                raise NotHere(
                    "NumPy takes no tensors here; use torch's function, or an array from `x.detach().numpy()`"
                )
            if not (one is None or is_array(one) or isinstance(one, NUMBERS) or _is_axis(one)):
                raise NotHere("this function takes arrays and numbers here")
        for one in options.values():
            if not (one is None or isinstance(one, NUMBERS) or _is_axis(one)):
                raise NotHere("this function takes arrays and numbers here")
        check_broadcast(*[one for one in args if isinstance(one, np.ndarray)])
        return computed(call, *args, **options)

    return run


def _is_axis(thing: Any) -> bool:
    return isinstance(thing, tuple) and all(isinstance(one, int) for one in thing)


def _of_two(name: str) -> Function:
    """A function of two arrays, whose result is written to `out` if that is given."""
    ufunc = getattr(np, name)
    compute = plain(ufunc, 2)

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        out = options.get("out")
        if out is None:
            made = compute(*args)
            state.meter.count_bytes(getsizeof(made))
            return made
        if not isinstance(out, np.ndarray):
            raise NotHere(f"the `out` of `np.{name}` is an array")
        with state.observer.changing(out, "value"):
            # NumPy refuses a result that does not have the shape of `out`.
            return plain(lambda *given: ufunc(*given, out=out), 2)(*args)

    return Function(f"numpy.{name}", compute, 2, frozenset({"out"}), runs=run)


#: `np.exp(a)`, `np.add(a, b)` and their like.
UFUNCS: dict[str, Function] = {
    **{name: Function(f"numpy.{name}", plain(getattr(np, name), 1), 1) for name in _UNARY.split()},
    **{name: _of_two(name) for name in _BINARY.split()},
}
