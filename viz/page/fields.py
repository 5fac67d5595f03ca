"""Single fields that are views of the source: each shows what the program says, and a change rewrites the program.

A field's own state is set from the program before it is drawn, so it cannot say anything else. The browser sends
what every field holds with every click, and a click may be faster than the answer to the one before it: what a
field held before the program changed is not taken for a person's wish.
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

#: The help of a field whose value the program computes: it is drawn, but not to be changed.
COMPUTED = "The program computes this value, so it is changed in the text."

_FIELDS_A_ROW = 2

#: Digits that the steps of a field keep: 0.1 + 0.1 + 0.1 is 0.3 for whoever presses plus three times.
_DIGITS = 15
#: The largest whole number of an argument that has no bound of its own.
_LARGEST = 1_000_000

#: Seconds in which the browser may still send what a field held before.
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
    """A field for a number, disabled where it is None. The bounds are for what is typed, not for what is there."""
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
    """A field for a whole number, disabled where it is None."""
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
    """A field for one of some texts; empty where it is None."""
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
    """The field for an argument of a loss or an optimizer, disabled where the program computes it."""
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
    """Make a widget that is yet to be drawn show a value, if it does not already.

    A value that is set overwrites what the browser holds, so setting what is there would take back a key press or
    a letter typed while the page was running.
    """
    shown = _shown().setdefault(key, _Shown(value))
    if key not in st.session_state:
        shown.value, shown.replaced = value, ()
    elif st.session_state[key] == value:
        shown.value, shown.replaced = value, ()  # the browser has it
        return
    elif shown.value != value:
        shown.value, shown.replaced, shown.when = value, (st.session_state[key],), time.monotonic()
    st.session_state[key] = value


def is_late(key: str) -> bool:
    """Whether a field holds what the program took the place of, sent before the browser heard of that."""
    shown = _shown().get(key)
    return shown is not None and st.session_state[key] in shown.replaced and time.monotonic() - shown.when < _LATE


@dataclass(slots=True)
class _Shown:
    """What a field was last made to show, and what the browser may still think that it holds, since when."""

    value: object
    replaced: tuple[object, ...] = ()
    when: float = 0.0


def _shown() -> dict[str, _Shown]:
    fields: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    return fields


def side_by_side(items: Iterable[T]) -> Iterator[tuple[DeltaGenerator, T]]:
    """Each item with the container to draw it in, two in a row."""
    waiting = list(items)
    for first in range(0, len(waiting), _FIELDS_A_ROW):
        yield from zip(st.columns(_FIELDS_A_ROW), waiting[first : first + _FIELDS_A_ROW], strict=False)


def magnitude(value: float) -> float:
    """A step that fits a number: its power of ten, and 0.1 for 0."""
    return 10.0 ** math.floor(math.log10(abs(value))) if value else 0.1


def _pair(of: Argument, key: str, value: Pair | None, then: Callable[[Setting], object]) -> None:
    """Two number fields. Each may be empty where PyTorch's default is None there."""
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
    """Pass on what a field holds now; one that was emptied says nothing, unless None is a value of its own."""
    if is_late(key):
        return
    new = st.session_state[key]
    if isinstance(new, float):
        new = float(f"{new:.{_DIGITS}g}")
    if new is not None or optional:
        then(new)
