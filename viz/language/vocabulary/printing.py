"""`set_printoptions` of torch and NumPy: how tensors and arrays are printed from there on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State

_NUMBERS = ("precision", "threshold", "edgeitems", "linewidth")
_WORDS: dict[str, tuple[str, ...]] = {
    "profile": ("default", "short", "full"),
    "floatmode": ("fixed", "unique", "maxprec", "maxprec_equal"),
    "sign": ("-", "+", " "),
}
#: Digits after the point, at most.
_DIGITS = 99


def _set(name: str, names: Sequence[str], choose: Callable[[State], Callable[..., None]]) -> Function:
    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
        given = dict(zip(_NUMBERS, args, strict=False)) | dict(options)
        for option, value in given.items():
            _check(option, value)
        choose(state)(**given)

    return Function(name, _set, len(_NUMBERS), frozenset(names), runs=run)


def _check(option: str, value: Any) -> None:
    """Raise NotHere for a value that the option does not have."""
    known = _WORDS.get(option)
    fits = value is None or (isinstance(value, (int, float)) if known is None else value in known)
    if not fits:
        raise NotHere(f"`{option}` is {'a number' if known is None else ' or '.join(map(repr, known))} here")
    if option == "precision" and value is not None and not 0 <= value <= _DIGITS:
        raise NotHere(f"`precision` is between 0 and {_DIGITS} here")


OF_TORCH = _set(
    "torch.set_printoptions", (*_NUMBERS, "profile", "sci_mode"), lambda state: state.print_options.set_torch
)
OF_NUMPY = _set(
    "numpy.set_printoptions",
    (*_NUMBERS, "suppress", "floatmode", "sign"),
    lambda state: state.print_options.set_numpy,
)
