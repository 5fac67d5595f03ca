"""An optimizer's step as it is explained: what each line makes is what torch holds after the step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isnan

from tests.audit.equations import Interval, Unreadable, value_of
from tests.audit.printed import EPS, VALUE, numbers_in
from viz.explaining.blocks import Math, Section, Text
from viz.frames.events import Stepped, Update
from viz.frames.frame import Frame
from viz.writing.numbers import brief, flat, number

_GIVES = re.compile(rf"In float64 the rule gives (?P<value>{VALUE})")
_LINE = re.compile(r"(?:\\mathrm\{)?(?P<name>[\w\\]+)\}? \\leftarrow (?P<right>.*)", re.DOTALL)
_LAST_SIDE = re.compile(r"=|\\to(?![a-z])")
#: How far a number in float32 may be from the rule's in float64, relative to it.
_ROUNDING = 1e-4


def false_steps(frame: Frame, parameter: str, sections: Sequence[Section]) -> Iterator[str]:
    """What an explained step says, and torch did otherwise."""
    assert isinstance(frame.event, Stepped)
    update = next(one for one in frame.event.updates if one.name == parameter)
    held = frame.variables.get(parameter)
    made: dict[str, str] = {}
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Math) and (line := _LINE.fullmatch(block.latex)):
                # `= 7.74 \cdot 10^{-63} \to 0`: what torch keeps is behind the arrow.
                made[line["name"].replace("\\", "")] = _LAST_SIDE.split(line["right"])[-1].strip()
            elif isinstance(block, Text) and (said := _GIVES.search(block.text)):
                yield from _not_rounding(said["value"], update, held.dtype if held is not None else "float32")
    for name, text in made.items():
        state = update.state_after.get(name)
        if state is not None and flat(state):
            yield from _other(name, text, flat(state)[0])


def _other(name: str, text: str, torchs: float) -> Iterator[str]:
    try:
        shown = value_of(text)
    except (Unreadable, ArithmeticError):
        return
    off = _ROUNDING * abs(torchs)
    if isnan(torchs) != isnan(shown.low) or not shown.meets(Interval(torchs - off, torchs + off)):
        yield f"it says {name} is {text}, and torch's is {number(torchs)}"


def _not_rounding(text: str, update: Update, dtype: str) -> Iterator[str]:
    """The text says that it is rounding, and the rule's result is further from torch's than that explains."""
    (told, off), *_ = numbers_in(text)
    before, after = flat(update.before)[0], flat(update.after)[0]
    explained = off + 16 * EPS.get(dtype, 0.0) * (abs(before) + abs(after)) + 10 * _ROUNDING * abs(after - before)
    if not abs(told - after) <= explained or dtype == "float64":
        yield f"it says that rounding to {dtype} makes {brief(update.after)} of {text}"
