"""Explains a step of LBFGS: how often it ran the closure, and its last direction in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from viz.explaining.blocks import Block, Math, Text
from viz.explaining.tex import number_of, symbol
from viz.frames.events import Stepped, Update
from viz.frames.plain import Value
from viz.rules.latex import PRODUCT
from viz.writing.numbers import flat
from viz.writing.words import times

_FIRST = "The first direction is opposite to the gradient g: d is -g."
_LATER = (
    "Each direction d is -H g. H estimates the inverse of the curvature from how the gradient changed over the "
    "last moves, at most {history} of them."
)


def moves(step: Stepped, update: Update) -> Iterator[Block]:
    """Explain what a step of LBFGS did to one parameter, with torch's numbers.

    torch stores the state of all parameters with the first one, as vectors of all their elements.
    """
    before, after = step.updates[0].state_before, step.updates[0].state_after
    runs, made = (_count(after, name) - _count(before, name) for name in ("func_evals", "n_iter"))
    yield Text(f"This step ran the closure {times(runs)} and computed a direction {times(made)}.")
    most = step.options["max_iter"]
    if isinstance(most, (int, float)) and most <= 0:
        yield Text(f"max_iter is {most}, so no parameter moves.")
        return
    if made == 0 or "d" not in after or "t" not in after:
        yield Text("No element of a gradient exceeds tolerance_grad, so no parameter moves.")
        return
    yield Text(_FIRST if _count(after, "n_iter") == 1 else _LATER.format(history=step.options["history_size"]))
    start = _place(step, update)
    direction, length = flat(after["d"])[start], flat(after["t"])[0]
    whose = f"the first element of {update.name}" if len(flat(update.before)) > 1 else update.name
    yield Text(f"The last direction d and the length t of the move along it, for {whose}:")
    if len(update.places) > 1 or update.shares:
        yield Text(
            "Its memory is in the optimizer several times and moves each time. These are the first move's numbers."
        )
    t, d, product = (number_of(one) for one in (length, direction, length * direction))
    formula = rf"{symbol('t').latex} \cdot {symbol('d').latex}"
    yield Math(rf"{formula} = {t.within(PRODUCT)} \cdot {d.within(PRODUCT)} = {product.latex}")


def _count(state: Mapping[str, Value], name: str) -> int:
    """A counter of the state; 0 before the first step."""
    return int(flat(state.get(name, 0))[0])


def _place(step: Stepped, update: Update) -> int:
    """The index at which a parameter's elements begin in the vector of all elements."""
    before = [(place, one) for one in step.updates for place in one.places if place < update.places[0]]
    return sum(len(flat(one.before)) for _, one in before)
