"""Parts of a tensor: `x[key]`, `x[key] = value`, and its rows in a loop, each reported to the observer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from viz import limits
from viz.frames.plain import Span
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import refused
from viz.language.runtime.sizes import check_elements, check_list, check_parts, elements
from viz.language.runtime.state import State
from viz.language.vocabulary import arrays

Tensor = torch.Tensor
_MASKS = (torch.bool, torch.uint8)


def part(state: State, span: Span, thing: Tensor, key: Any) -> Tensor:
    """`thing[key]`, reported to the observer."""
    key = _checked_key(thing, key, span)
    made = thing[key]
    state.meter.count_tensor(made)
    state.observer.operation(span, made, (thing, *_tensors(key)))
    return made


def store(state: State, span: Span, thing: Tensor, key: Any, value: Any) -> None:
    """`thing[key] = value`, in place, reported to the observer."""
    if not isinstance(value, (*arrays.NUMBERS, Tensor)):
        raise refused(f"A part of a tensor can be set to a number or a tensor, not to {describe(value)}.", span)
    key = _checked_key(thing, key, span)
    with state.observer.changing(thing, "value"), _storing(state, thing, key, value):
        thing[key] = value  # type: ignore[assignment]  # torch takes NumPy's numbers too, or says so
        operands = [one for one in (thing, value) if isinstance(one, Tensor)]
        state.observer.operation(span, thing, operands)


def rows(state: State, span: Span, thing: Tensor) -> Iterable[Tensor]:
    """The parts along the first dimension, each reported to the observer; torch's own error if there is none."""
    if thing.dim() == 0:
        raise TypeError("iteration over a 0-d tensor")
    check_parts(thing, len(thing))
    made = thing.unbind(0)
    for row in made:
        state.meter.count_tensor(row)
        state.observer.operation(span, row, (thing,))
    return made


def writing(
    state: State, thing: Tensor, part: Callable[[], Tensor], again: Callable[[Tensor], object]
) -> AbstractContextManager[None]:
    """Report a write into a part of `thing`, which may be a view; `again` repeats the write on a copy."""
    return state.observer.writing(thing if thing._base is None else thing._base, part, again)


def needs_grad(operands: Iterable[Any]) -> bool:
    """Whether autograd records an operation on these operands."""
    return torch.is_grad_enabled() and any(isinstance(one, Tensor) and one.requires_grad for one in operands)


def _storing(state: State, thing: Tensor, key: Any, value: Any) -> AbstractContextManager[None]:
    """Report `thing[key] = value` if autograd records it."""
    if not needs_grad((thing, value)):
        return nullcontext()
    outer, inner = _split(key)

    def again(copy: Tensor) -> None:
        copy[inner] = value

    return writing(state, thing, lambda: thing.detach()[outer], again)


def _split(key: Any) -> tuple[Any, Any]:
    """Split a key as torch does for a store: the key of a view, then the key within that view.

    Integers, slices and None make the view; tensors and lists are indices in it.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if not any(_is_index(one) for one in parts):
        return key, ...
    outer: list[Any] = []
    inner: list[Any] = []
    for one in parts:
        if not _is_index(one):
            outer.append(one)
            inner += [...] if one is ... else [slice(None)] if one is None or isinstance(one, slice) else []
        elif isinstance(one, Tensor) and not one.dim():  # one True or False gets a dimension of its own
            outer.append(None)
            inner.append(one.unsqueeze(0))
        else:
            outer += [slice(None)] * (one.dim() if isinstance(one, Tensor) and one.dtype in _MASKS else 1)
            inner.append(one)
    return tuple(outer), tuple(inner)


def _is_index(one: Any) -> bool:
    """Whether torch treats this part of a key as an index tensor; a tensor of one integer counts as an integer."""
    return isinstance(one, (list, range)) or (isinstance(one, Tensor) and (one.dim() > 0 or one.dtype in _MASKS))


def _tensors(key: Any) -> Iterator[Tensor]:
    for one in key if isinstance(key, tuple) else (key,):
        if isinstance(one, Tensor):
            yield one


def _checked_key(thing: Tensor, key: Any, span: Span) -> Any:
    """The key, with NumPy arrays in it converted to tensors.

    Raises Refused if it is no index of a tensor, LimitReached if the part would be too large.
    """
    parts = key if isinstance(key, tuple) else (key,)
    if any(arrays.is_array(one) for one in parts):
        parts = tuple([torch.as_tensor(one) if arrays.is_array(one) else one for one in parts])
        key = parts if isinstance(key, tuple) else parts[0]
    counts = 1
    for one in parts:
        if isinstance(one, Tensor):
            # A mask picks each entry at most once; integers may pick the same one many times.
            counts *= 1 if one.dtype in (torch.bool, torch.uint8) else elements(one)
        elif isinstance(one, (list, range)):
            check_list(list(one))
            counts *= max(len(one), 1)
            if not all(isinstance(inner, int) for inner in one):
                raise refused("A list of indices holds integers, as in `x[[0, 2]]`.", span)
        elif isinstance(one, bool) or not (one is None or one is ... or isinstance(one, (int, slice))):
            raise refused(f"An index of a tensor is an integer or a slice, not {describe(one)}.", span)
    if counts > 1 and counts * elements(thing) > limits.ELEMENTS:
        _check_taken(thing, parts)
    return key


def _check_taken(thing: Tensor, parts: tuple[Any, ...]) -> None:
    """Take the part on the meta device to find its size; raise LimitReached if it is too large."""
    moved: list[Any] = []
    for one in parts:
        if isinstance(one, Tensor) and one.dtype in (torch.bool, torch.uint8):
            moved += [place.to("meta") for place in one.nonzero(as_tuple=True)]
        else:
            moved.append(_without_numbers(one))
    try:
        part = thing.detach().to("meta")[tuple(moved)]
    except (RuntimeError, IndexError, TypeError, NotImplementedError):
        return  # the indices are wrong: torch says so itself
    check_elements(elements(part))


def _without_numbers(place: Any) -> Any:
    if isinstance(place, (list, range)):
        place = torch.tensor(list(place))
    return place.to("meta") if isinstance(place, Tensor) else place
