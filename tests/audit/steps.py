"""Checks explained steps: the result of each line is the number that torch has after the step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isnan

from tests.audit.equations import Interval, Unreadable, value_of
from viz.explaining.blocks import Math, Section
from viz.frames.events import Stepped
from viz.frames.frame import Frame
from viz.writing.numbers import flat, number

_LINE = re.compile(r"(?:\\mathrm\{)?(?P<name>[\w\\]+)\}? \\leftarrow (?P<right>.*)", re.DOTALL)
_LAST_SIDE = re.compile(r"=|\\to(?![a-z])")
#: The relative difference allowed between a number in float32 and the rule's in float64.
_ROUNDING = 1e-4


def false_steps(frame: Frame, parameter: str, sections: Sequence[Section]) -> Iterator[str]:
    """Results of an explained step that differ from torch's."""
    assert isinstance(frame.event, Stepped)
    update = next(one for one in frame.event.updates if one.name == parameter)
    made: dict[str, str] = {}
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Math) and (line := _LINE.fullmatch(block.latex)):
                # `= 7.74 \cdot 10^{-63} \to 0`: the number that torch keeps is after the arrow.
                made[line["name"].replace("\\", "")] = _LAST_SIDE.split(line["right"])[-1].strip()
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
