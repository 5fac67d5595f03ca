"""Fields that are views of the source: each shows a value of the program, and a change rewrites the program.

A field's state is set from the program before it is drawn, so the two cannot differ. The browser sends the value
of every field with every click, and a click may come before the answer to the previous one: a value from before
the program changed is not taken for an input.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz.catalog import Argument, Setting

#: The help of a field whose value the program computes, which is drawn disabled.
COMPUTED = "The program computes this value. Change it in the program's text."

_FIELDS_A_ROW = 2

#: Digits that the steps of a field keep, so that pressing plus three times gives 0.1 + 0.1 + 0.1 = 0.3.
_DIGITS = 15
#: The largest whole number of an argument without a bound of its own.
_LARGEST = 1_000_000

#: Seconds in which the browser may still send a field's previous value.
_LATE = 3.0
_SHOWN = "shown"

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
    """Draw a field for a whole number, disabled if that is None."""
    set_shown(key, value)
    st.number_input(
        label,
        value=None,
        min_value=minimum if value is None else min(minimum, value),
        max_value=maximum if value is None else max(maximum, value),
        step=1,
        key=key,
        help=COMPUTED if value is None else help,
        disabled=value is None,
        required=True,
        on_change=_changed,
        args=(key, then),
    )


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
    set_shown(key, value)
    st.selectbox(
        label,
        options if value is None or value in options else [*options, value],
        index=None,
        key=key,
        help=help,
        placeholder="",
        disabled=disabled,
        required=True,
        label_visibility=label_visibility,
        on_change=_changed,
        args=(key, then),
    )


def argument(of: Argument, key: str, value: Setting | None, then: Callable[[Setting], object]) -> None:
    """Draw the field of an argument of a loss or an optimizer, disabled if the program computes it."""
    computed = value is None
    help_text = COMPUTED if computed else of.help
    if of.kind == "pair":
        _pair(of, key, cast("Pair | None", value), then)
    elif of.kind == "flag":
        set_shown(key, bool(value))
        st.toggle(of.name, key=key, help=help_text, disabled=computed, on_change=_changed, args=(key, then))
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


def set_shown(key: str, value: object) -> None:
    """Make a widget that is drawn afterwards show a value, if it does not already.

    A value that is set overwrites what the browser has: setting the same value again would undo a key press that
    came while the script ran.
    """
    shown = _shown().setdefault(key, _Shown(value))
    if key not in st.session_state:
        shown.value, shown.replaced = value, ()
    elif st.session_state[key] == value:
        shown.value, shown.replaced = value, ()  # the browser has this value
        return
    elif shown.value != value:
        shown.value, shown.replaced, shown.when = value, (st.session_state[key],), time.monotonic()
    st.session_state[key] = value


def is_late(key: str) -> bool:
    """Return whether a field's value is from before the program changed: the browser has no newer one yet."""
    shown = _shown().get(key)
    return shown is not None and st.session_state[key] in shown.replaced and time.monotonic() - shown.when < _LATE


@dataclass(slots=True)
class _Shown:
    """The value that a field was last made to show, the value before that, and the time of the change."""

    value: object
    replaced: tuple[object, ...] = ()
    when: float = 0.0


def _shown() -> dict[str, _Shown]:
    fields: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    return fields


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
    set_shown(key, None if value is None else float(value))
    st.number_input(
        label,
        value=None,
        min_value=minimum if value is None or minimum is None else min(minimum, float(value)),
        max_value=maximum if value is None or maximum is None else max(maximum, float(value)),
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


def _changed(key: str, then: Callable[[Any], object], optional: bool = False) -> None:
    """Pass on a field's new value; an emptied field has none, unless None is a valid value."""
    if is_late(key):
        return
    new = st.session_state[key]
    if isinstance(new, float):
        new = float(f"{new:.{_DIGITS}g}")
    if new is not None or optional:
        then(new)
