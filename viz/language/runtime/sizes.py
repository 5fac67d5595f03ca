"""Keeps tensors and numbers small: raises LimitReached before torch makes one past a limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
import torch

from viz import limits
from viz.errors import LimitReached

#: A function that makes a tensor, to be called on the meta device, where a tensor has a shape and no numbers.
DryRun = Callable[..., torch.Tensor]
_EMPTY: dict[Any, Any] = {}
#: Types whose values are shown and compared entry by entry, at every depth: C code recurses for each level.
NESTED = (
    *(list, tuple, dict, set, frozenset, deque),
    *(type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items())),
)

#: Keys that consist of others: their hash follows from those.
_HASHED = (tuple, frozenset)


def elements(tensor: torch.Tensor) -> int:
    """How many elements `tensor` has; an empty dimension counts as 1, because the others may still be huge."""
    return tensor.numel() or prod(max(size, 1) for size in tensor.shape)


def check_tensor(tensor: torch.Tensor) -> None:
    """Raise LimitReached if `tensor` has too many elements or dimensions."""
    count = elements(tensor)
    if count > limits.ELEMENTS or tensor.dim() > limits.DIMENSIONS:
        check_elements(count)
        check_dimensions(tensor.dim())


def check_elements(count: int) -> None:
    """Raise LimitReached if a tensor with this many elements would be too large."""
    if count > limits.ELEMENTS:
        raise LimitReached(
            f"This tensor would have {count:,} elements; {limits.ELEMENTS:,} is the most a tensor may have."
        )


def check_dimensions(count: int) -> None:
    """Raise LimitReached for too many dimensions: torch and Python both recurse into them."""
    if count > limits.DIMENSIONS:
        raise LimitReached(f"This has {count:,} dimensions; {limits.DIMENSIONS} is the most here.")


def check_growth(
    dry_run: DryRun, operands: Sequence[torch.Tensor], args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    """Raise LimitReached if `dry_run(*args, **options)` would make too large a tensor of these `operands`.

    Skips the dry run if the operands are too few or too small for that.
    """
    most = 1
    for one in operands:
        most *= elements(one)
    if most > limits.ELEMENTS:
        moved = {name: _without_numbers(one) for name, one in options.items()}
        check_elements(_run_dry(dry_run, [_without_numbers(one) for one in args], moved))


def check_creation(dry_run: DryRun, args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Raise LimitReached if `dry_run(*args, **options)`, which takes no tensors, would make too large a tensor."""
    asked = {name: one for name, one in options.items() if name != "generator"}
    check_elements(_run_dry(dry_run, args, {**asked, "device": "meta", "requires_grad": False}))


def check_call(dry_run: DryRun, args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Like `check_growth`, however small the operands are."""
    check_elements(elements_of_call(dry_run, args, options))


def elements_of_call(dry_run: DryRun, args: Sequence[Any], options: Mapping[str, Any]) -> int:
    """How many elements the result of `dry_run(*args, **options)` would have; 0 if it is no tensor."""
    moved = {name: _without_numbers(one) for name, one in options.items()}
    return _run_dry(dry_run, [_without_numbers(one) for one in args], moved)


def check_windows(places: int, window: object, dimensions: int = 1) -> None:
    """Raise LimitReached if a convolution or a pooling would take too long: no torch call can be interrupted.

    It looks at a window in each of `places`: a kernel, of which a weight has one for each channel, or its size.
    """
    if isinstance(window, torch.Tensor):
        count = places * elements(window[0]) if window.dim() and len(window) else 0
    else:
        sizes = window if isinstance(window, (list, tuple)) else [window] * dimensions
        count = places * prod(whole(one) or 1 for one in sizes)
    check_work(count)


def check_work(count: int) -> None:
    """Raise LimitReached if an operation would read more numbers than it can in a second or two."""
    if count > limits.MULTIPLICATIONS:
        raise LimitReached(
            f"This would read {count:,} numbers; {limits.MULTIPLICATIONS:,} is the most. Use smaller tensors."
        )


def check_parts(tensor: torch.Tensor, count: int) -> None:
    """Raise LimitReached if an operation would divide a tensor into too many parts.

    Each view of a tensor that needs a gradient has a Node with the shapes of all of them.
    """
    needed = tensor.requires_grad and torch.is_grad_enabled()
    most = limits.PARTS if needed else limits.PLAIN_PARTS
    if count > most:
        what = "a tensor that needs a gradient" if needed else "a tensor"
        raise LimitReached(f"This would divide {what} into {count:,} parts; {most:,} is the most.")


def check_count(argument: object) -> None:
    """Raise LimitReached for an integer, or one in a list, that is larger than any size can be here."""
    for one in argument if isinstance(argument, (list, tuple)) else (argument,):
        size = whole(one)
        if size is not None and abs(size) > limits.ELEMENTS:
            raise LimitReached(f"This is {size:,}; a size here is at most {limits.ELEMENTS:,}.")


def whole(thing: object) -> int | None:
    """Return the integer that torch takes `thing` for; None if it takes it for none.

    It may be an integer of NumPy, or a tensor with one element.
    """
    if isinstance(thing, torch.Tensor):
        return int(thing) if thing.numel() == 1 and not thing.is_floating_point() else None
    return int(thing) if isinstance(thing, (int, np.integer)) else None


def check_number(number: object) -> None:
    """Raise LimitReached if an integer is outside the range of int64."""
    if type(number) is int and number.bit_length() > limits.INTEGER_BITS:
        raise _too_many_digits()


def check_power(base: object, exponent: object) -> None:
    """Raise LimitReached if a power of two integers would be huge: Python would compute it for hours."""
    if not (isinstance(base, int) and isinstance(exponent, int)) or abs(base) < 2:
        return
    if base.bit_length() * exponent > 2 * limits.INTEGER_BITS:
        raise _too_many_digits()


def check_shift(number: object, places: object) -> None:
    """Raise LimitReached if a shift to the left would be huge."""
    if isinstance(number, int) and isinstance(places, int) and number and places > limits.INTEGER_BITS:
        raise _too_many_digits()


def check_list(entries: Collection[Any]) -> None:
    """Raise LimitReached if a list or dict has too many entries, alone or with inner lists, or is too deep."""
    count = 0
    pending: list[tuple[Collection[Any], int]] = [(entries, 1)]
    while pending:
        inner, depth = pending.pop()
        count += len(inner)
        if len(inner) > limits.ELEMENTS or count > limits.ENTRIES:
            raise LimitReached(
                f"A list holds at most {limits.ELEMENTS:,} entries, and with its inner lists {limits.ENTRIES:,}."
            )
        if depth > limits.NESTING:
            raise LimitReached(f"Lists are nested at most {limits.NESTING} deep.")
        if isinstance(inner, (dict, set, frozenset)):
            check_keys(inner)
        values = inner.values() if isinstance(inner, dict) else inner
        # A list of numbers, which may be long, has one type: looking at each entry takes ten times as long.
        if any(issubclass(one, NESTED) for one in set(map(type, values))):
            pending.extend((one, depth + 1) for one in values if isinstance(one, NESTED))


def check_keys(keys: Collection[Any]) -> None:
    """Raise LimitReached if the tuples in a set, or among the keys of a dict, have too many entries together.

    Unequal tuples may share a hash, as (-1, -1) and (-2, -2) do, and then Python compares each with each.
    """
    if not any(issubclass(one, _HASHED) for one in set(map(type, keys))):
        return
    left, pending = limits.KEYS, [keys]
    while pending:
        for one in pending.pop():
            if isinstance(one, _HASHED):
                left -= 1 + len(one)
                pending.append(one)
            if left < 0:
                raise LimitReached(f"Tuples in a set, or in keys, have at most {limits.KEYS:,} entries together.")


def cut(printed: str) -> str:
    """The output of a statement; if it is too long, its beginning, with a note that it was cut."""
    if len(printed) <= limits.PRINTED:
        return printed
    return f"{printed[: limits.PRINTED]}… (cut: of what a statement prints, {limits.PRINTED:,} characters stay)\n"


def broadcast(*args: Any, **options: Any) -> torch.Tensor:
    """A tensor as large as all tensors among the arguments together, each stretched to fit the others."""
    return reduce(torch.mul, [one for one in (*args, *options.values()) if isinstance(one, torch.Tensor)])


def _run_dry(dry_run: DryRun, args: Sequence[Any], options: Mapping[str, Any]) -> int:
    """How many elements the result of `dry_run` has; 0 if it is no tensor."""
    try:
        with torch.no_grad():
            made = dry_run(*args, **options)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
        return 0  # the arguments are wrong: the real call makes torch say so
    return elements(made) if isinstance(made, torch.Tensor) else 0


def _without_numbers(argument: Any) -> Any:
    """The argument with its tensors moved to the meta device."""
    if isinstance(argument, torch.Tensor):
        return argument.detach().to("meta")
    if isinstance(argument, (list, tuple)):
        return [_without_numbers(one) for one in argument]
    return argument


def _too_many_digits() -> LimitReached:
    return LimitReached(f"Integers stay below 2**{limits.INTEGER_BITS} here, as in an int64 tensor.")
