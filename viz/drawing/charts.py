"""Chooses the charts of a program by what it computes, not by the names in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from viz.drawing.figures import (
    Chart,
    Rows,
    fit_chart,
    loss_chart,
    parameter_chart,
    surface_axis,
    surface_chart,
)
from viz.editing import Roles, roles
from viz.editing.roles import is_line
from viz.frames.frame import Frame, Variable, latest_variables
from viz.frames.plain import Summary, Value
from viz.frames.tape import LetGo, Taped

#: The loss surface covers the path of this many iterations.
PATH = 100

#: Returns the losses over two parameters of the program: (first, second, values of the first, of the second).
Surface = Callable[[str, str, tuple[float, ...], tuple[float, ...]], Rows]


def series(tape: Taped) -> list[str]:
    """The names of the variables whose series the program's charts need."""
    return series_of(tape.source)


def series_of(source: str) -> list[str]:
    """The same of a program's text."""
    found = roles(source)
    return [name for name in (found.loss, found.prediction, *found.parameters) if name]


def charts(tape: Taped, surface: Surface) -> list[dict[str, Any]]:
    """The program's charts as plain data; `surface` computes a loss surface, or raises ValueError."""
    found = roles(tape.source)
    first = _first_frame(tape)
    if first is None:
        return []
    made = [_fit(found, first), _surface(tape, found, first, surface)]
    if tape.total != 1:
        # A single iteration has no history to draw.
        made[1:1] = [_loss(found, latest_variables(tape.iteration(0)))]
        made.append(_parameters(found, first))
    return [chart.to_json() for chart in made if chart]


def _first_frame(tape: Taped) -> Frame | None:
    """The frame that ends the first iteration: it knows every variable."""
    return tape.iteration(0)[-1] if tape.recorded else None


def _fit(found: Roles, first: Frame) -> Chart | None:
    """Data and prediction, if input, target and prediction are vectors, or columns, of the same length."""
    if not (found.input and found.target and found.prediction):
        return None
    held = [first.variables.get(name) for name in (found.input, found.target, found.prediction)]
    if any(one is None or not is_line(one.shape) or one.shape != held[0].shape for one in held if held[0]):
        return None
    inputs, targets = (tuple(_numbers(one.value)) for one in held[:2] if one)
    return fit_chart(inputs, targets, found.prediction, (found.input, found.target))


def _loss(found: Roles, first: Mapping[str, Variable]) -> Chart | None:
    return loss_chart(found.loss) if found.loss and _is_scalar(first.get(found.loss)) else None


def _surface(tape: Taped, found: Roles, first: Frame, surface: Surface) -> Chart | None:
    """The loss over exactly two scalar parameters."""
    if len(found.parameters) != 2 or not found.loss:
        return None
    # The loss may have its name inside of a function only.
    if not all(_is_scalar(first.variables.get(name)) for name in (*found.parameters, found.loss)):
        return None
    try:
        path = [_scalars(tape.iteration(number)[-1], found) for number in range(min(tape.recorded, PATH))]
    except LetGo:
        return None
    one, other = found.parameters
    start = path[0] | (_scalars(tape.setup[-1], found) if tape.setup else {})
    try:
        xs, ys = (surface_axis([start[name], *_useful(path, name, found.loss)]) for name in found.parameters)
        losses = surface(one, other, xs, ys)
    except ValueError:
        return None  # no axes, or the forward lines cannot run with other values
    if all(loss is None for row in losses for loss in row):
        return None  # no loss is finite
    return surface_chart(one, other, xs, ys, losses)


def _scalars(frame: Frame, found: Roles) -> dict[str, float]:
    held = {name: frame.variables.get(name) for name in (*found.parameters, found.loss) if name}
    return {name: _numbers(one.value)[0] for name, one in held.items() if one and _is_scalar(one)}


def _useful(path: list[dict[str, float]], name: str, loss: str) -> list[float]:
    """The path of one parameter, as long as the loss stays near its first value or below.

    Otherwise a run that diverges would squeeze the interesting part of the surface into one cell of the grid.
    """
    limit = 1.5 * path[0][loss]
    useful = []
    for point in path:
        if not {name, loss} <= point.keys() or not point[loss] <= limit:
            break
        useful.append(point[name])
    return useful


def _parameters(found: Roles, first: Frame) -> Chart | None:
    held = [(name, first.variables[name].value) for name in found.parameters if name in first.variables]
    sizes = [(name, len(_numbers(value))) for name, value in held if not isinstance(value, Summary)]
    return parameter_chart(tuple(sizes)) if sizes else None


def _is_scalar(variable: Variable | None) -> bool:
    return variable is not None and variable.value is not None and len(_numbers(variable.value)) == 1


def _numbers(value: Value | None) -> list[float]:
    if isinstance(value, list):
        return [one for part in value for one in _numbers(part)]
    return [] if value is None or isinstance(value, Summary) else [float(value)]
