"""Fields that are views of the source: each shows a value of the program, and a change rewrites the program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz.catalog import Argument, Setting
from viz.editing import Owner, Settings, set_number
from viz.page import binding, state

#: The help of a field whose value the program computes, which is drawn disabled.
COMPUTED = "The program computes this value. Change it in the program's text."

_FIELDS_A_ROW = 2

#: Digits that the steps of a field keep, so that pressing plus three times gives 0.1 + 0.1 + 0.1 = 0.3.
_DIGITS = 15
#: The largest whole number of an argument without a bound of its own.
_LARGEST = 1_000_000
#: The largest whole number that a field keeps exactly: browsers compute with floats.
_LARGEST_EXACT = 2**53 - 1
_TOO_LARGE = "This number is too large for a field. Change it in the program's text."


Pair = tuple[float | None, float | None]
T = TypeVar("T")


def number(
    label: str,
    key: str,
    value: float | None,
    then: Callable[[float], object],
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    step: float = 0.1,
    help: str | None = None,
) -> None:
    """Draw a field for a number, disabled if that is None. The bounds limit what is typed, not the value now."""
    disabled = value is None
    _number_input(
        label, key, value, then, (minimum, maximum), step, COMPUTED if disabled else help, disabled=disabled
    )


def whole_number(
    label: str,
    key: str,
    value: int | None,
    then: Callable[[int], object],
    *,
    minimum: int = -_LARGEST,
    maximum: int = _LARGEST,
    help: str | None = None,
) -> None:
    """Draw a field for a whole number, disabled if that is None; a number with decimals is refused in a notice."""

    def take(new: float) -> None:
        if is_whole(label, new):
            then(int(new))

    help_text = COMPUTED if value is None else help
    if value is not None and abs(value) > _LARGEST_EXACT:
        value, help_text = None, _TOO_LARGE
    bounds = float(minimum), float(maximum)
    # As an integer field, Streamlit's widget reads 2.5 as 2, and 1e2 as 1.
    _number_input(label, key, value, take, bounds, 1.0, help_text, disabled=value is None)


def is_whole(label: str, number: float) -> bool:
    """Return whether a number that was typed is whole; if it is not, a notice says what to write."""
    whole = float(number).is_integer()
    if not whole:
        near = f" Write {math.floor(number)} or {math.ceil(number)}." if math.isfinite(number) else ""
        state.notify(f"{label} has to be a whole number, not {number:.{_DIGITS}g}.{near}")
    return whole


def choice(
    label: str,
    key: str,
    options: Sequence[str],
    value: str | None,
    then: Callable[[str], object],
    *,
    label_visibility: Literal["visible", "collapsed"] = "visible",
    help: str | None = None,
    disabled: bool = False,
) -> None:
    """Draw a field for one of several options, empty if that is None."""
    offered = options if value is None or value in options else [*options, value]

    def widget(at_first: str | None) -> str | None:
        return st.selectbox(
            label,
            offered,
            index=None if at_first is None else offered.index(at_first),
            key=key,
            help=help,
            placeholder="",
            disabled=disabled,
            required=True,
            label_visibility=label_visibility,
            on_change=_changed,
            args=(key, then),
        )

    binding.draw(key, value, partial(_take, then), widget)


def argument(of: Argument, key: str, value: Setting | None, then: Callable[[Setting], object]) -> None:
    """Draw the field of an argument of a loss or an optimizer, disabled if the program computes it."""
    computed = value is None
    help_text = COMPUTED if computed else of.help
    if of.kind == "pair":
        _pair(of, key, cast("Pair | None", value), then)
    elif of.kind == "flag":
        _toggle(of.name, key, bool(value), then, help_text, disabled=computed)
    elif of.kind == "choice":
        choice(of.name, key, of.choices, cast("str | None", value), then, help=help_text, disabled=computed)
    elif of.kind == "integer":
        low, high = (
            default if bound is None else int(bound)
            for bound, default in ((of.minimum, -_LARGEST), (of.maximum, _LARGEST))
        )
        whole_number(of.name, key, cast("int | None", value), then, minimum=low, maximum=high, help=of.help)
    else:
        bounds = of.minimum, of.maximum
        step = magnitude(cast("float", of.default))
        _number_input(of.name, key, cast("float | None", value), then, bounds, step, help_text, disabled=computed)


def _toggle(
    label: str, key: str, value: bool, then: Callable[[bool], object], help: str | None, *, disabled: bool
) -> None:
    def widget(at_first: bool | None) -> bool:
        return st.toggle(
            label,
            bool(at_first),
            key=key,
            help=help,
            disabled=disabled,
            on_change=_changed,
            args=(key, then),
        )

    binding.draw(key, value, partial(_take, then), widget)


def numbers(settings: Settings, of: Owner) -> None:
    """Draw a field for each other number in the program's text that belongs to a name, a scheduler, a group, …"""
    shown = [one for one in settings.numbers if one.of == of and one.name != settings.rate_name]
    for container, one in side_by_side(shown):
        then = partial(_set_number, one.name)
        with container:
            if isinstance(one.value, int):
                whole_number(one.name, f"number.{one.name}", one.value, then)
            else:
                step = min(magnitude(one.value), 0.1)
                number(one.name, f"number.{one.name}", one.value, then, step=step)


def _set_number(name: str, value: float) -> None:
    state.change(set_number, name, value)


def side_by_side(items: Iterable[T]) -> Iterator[tuple[DeltaGenerator, T]]:
    """Yield each item with the container to draw it in, two in a row."""
    waiting = list(items)
    for first in range(0, len(waiting), _FIELDS_A_ROW):
        yield from zip(st.columns(_FIELDS_A_ROW), waiting[first : first + _FIELDS_A_ROW], strict=False)


def magnitude(value: float) -> float:
    """Return a step that fits a number: its power of ten, and 0.1 for 0."""
    return 10.0 ** math.floor(math.log10(abs(value))) if value else 0.1


def _pair(of: Argument, key: str, value: Pair | None, then: Callable[[Setting], object]) -> None:
    """Draw two number fields. A field may be empty if PyTorch's default is None there."""
    defaults = cast("Pair", of.default)

    def first_is(new: float | None) -> None:
        then((new, value[1] if value else None))

    def second_is(new: float | None) -> None:
        then((value[0] if value else None, new))

    for place, (container, then_part) in enumerate(side_by_side([first_is, second_is])):
        default = defaults[place]
        with container:
            _number_input(
                f"{of.name}[{place}]",
                f"{key}[{place}]",
                value[place] if value else None,
                then_part,
                (of.minimum, of.maximum),
                magnitude(default or 0.0),
                of.help if value else COMPUTED,
                disabled=value is None,
                optional=default is None,
            )


def _number_input(
    label: str,
    key: str,
    value: float | None,
    then: Callable[[Any], object],
    bounds: tuple[float | None, float | None],
    step: float,
    help: str | None,
    *,
    disabled: bool,
    optional: bool = False,
) -> None:
    minimum, maximum = bounds
    number = None if value is None else float(value)

    def widget(at_first: Any) -> Any:
        return st.number_input(
            label,
            value=at_first,
            min_value=minimum if number is None or minimum is None else min(minimum, number),
            max_value=maximum if number is None or maximum is None else max(maximum, number),
            step=step,
            format="%g",
            key=key,
            help=help,
            placeholder="None" if optional else "",
            disabled=disabled,
            required=not optional,
            on_change=_changed,
            args=(key, then, optional),
        )

    binding.draw(key, number, partial(_take, then, optional=optional), widget)


def _changed(key: str, then: Callable[[Any], object], optional: bool = False) -> None:
    """Apply a field's new content, unless it only repeats what the server sent."""
    if binding.is_typed(key):
        _take(then, st.session_state[key], optional=optional)
        binding.taken(key)


def _take(then: Callable[[Any], object], new: Any, *, optional: bool = False) -> None:
    """Pass on a field's new value; an emptied field has none, unless None is a valid value."""
    if isinstance(new, float) and not new.is_integer():
        new = float(f"{new:.{_DIGITS}g}")
    if new is not None or optional:
        then(new)
