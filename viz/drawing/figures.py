"""Tape -> Plotly figures: what each chart shows, and which parts of it follow the cursor.

A figure holds what never changes (data points, axes, names, colours); its bindings say which trace shows which
series, and how much of it. The stage fills the traces from the tape's series, so stepping sends nothing.
Colours are names of meanings (`var(--viz-value)` and so on); the stage puts the theme's in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from math import floor, isfinite, log10
from typing import Any, Literal

import plotly.graph_objects as go

#: Points of the loss surface along each axis.
GRID = 25
#: Elements of a parameter that get a line of their own in the chart of parameters and gradients.
MOST_LINES = 4
#: Half the length of an axis of the loss surface: at least this share of the numbers on it, and at most so much.
_APART, _LONGEST_AXIS = 1e-5, 1e300
#: Lines of a chart that its legend names; of more it would leave the chart no room, and hovering names them.
MOST_NAMED = 9

Rows = list[list[float | None]]

#: A trace without points: it has a legend, and lends its colour to what is drawn over the chart.
_EMPTY: dict[str, Any] = {"mode": "lines", "x": [None], "y": [None]}


@dataclass(frozen=True, slots=True)
class Binding:
    """How a trace follows the cursor. With i the cursor's iteration and r the furthest one reached:

    `history` y = series[0..r] over the iteration; `mark` the point (i, series[i]); `snapshot` y = series[i], a
    vector, in the order `order`, over `at`; `residuals` lines from `target` to series[i] at `at`; `path` and
    `trail` the line and the points (x, y)[0..i]; `step` the arrow from (x, y)[i] to where the iteration ended;
    `window` nothing, but it keeps the iterations from 0 to a round number in view, so the axis does not move
    at every step. `element` picks one of a vector. What is not a history is drawn over the chart, in the
    trace's colours; the trace itself is empty and stands for it in the legend.
    """

    trace: int
    kind: Literal["history", "mark", "snapshot", "residuals", "path", "trail", "step", "window"]
    y: str = ""
    x: str | None = None
    element: int | None = None
    order: Sequence[int] | None = None
    at: Sequence[float | None] | None = None
    target: Sequence[float | None] | None = None


@dataclass(frozen=True, slots=True)
class Toggle:
    """A switch above a chart, off at first: the changes to the layout that it makes."""

    label: str
    on: dict[str, Any]
    off: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure of the page with its bindings; `click` says that a clicked point's x is an iteration."""

    id: str
    title: str
    figure: dict[str, Any]
    bindings: tuple[Binding, ...]
    click: bool = False
    toggle: Toggle | None = None

    def to_json(self) -> dict[str, Any]:
        """The chart as plain data for JSON; bindings leave out what they do not use."""
        bindings = [{key: part for key, part in asdict(one).items() if part is not None} for one in self.bindings]
        toggle = asdict(self.toggle) if self.toggle else None
        plain = {"id": self.id, "title": self.title, "click": self.click, "toggle": toggle, "bind": bindings}
        return plain | self.figure


# Building a figure takes Plotly 10 to 30 ms, as it checks every property; most changes of a program change none.
_kept = lru_cache(maxsize=64)


@_kept
def fit_chart(
    inputs: tuple[float, ...], targets: tuple[float, ...], prediction: str, names: tuple[str, str]
) -> Chart:
    """The data as points, the prediction as a line through the sorted inputs, and the residuals between them.

    A point that is not finite has no place.
    """
    order = sorted((place for place, one in enumerate(inputs) if isfinite(one)), key=inputs.__getitem__)
    across, up = ([one if isfinite(one) else None for one in numbers] for numbers in (inputs, targets))
    figure = _figure(names[0], names[1])
    figure.add_scatter(name="residuals", line={"color": "var(--viz-absent)", "width": 1, "dash": "dot"}, **_EMPTY)
    figure.add_scatter(
        x=across,
        y=up,
        mode="markers",
        name=names[1],
        marker={"color": "var(--viz-text)", "size": 6},
    )
    figure.add_scatter(name=prediction, line={"color": "var(--viz-value)", "width": 2.5}, **_EMPTY)
    return Chart(
        "fit",
        "Data and prediction",
        _plain(figure),
        (
            Binding(0, "residuals", prediction, at=across, target=up),
            Binding(2, "snapshot", prediction, order=tuple(order), at=tuple(inputs[place] for place in order)),
        ),
    )


@_kept
def loss_chart(loss: str) -> Chart:
    """The loss of every iteration reached, the cursor's one marked; linear, or logarithmic at a click."""
    figure = _figure("iteration", loss)
    _add_window(figure)
    figure.update_yaxes(rangemode="tozero")
    line, here = {"color": "var(--viz-value)", "width": 2}, {"color": "var(--viz-now)", "size": 10}
    figure.add_scatter(mode="lines", name=loss, line=line, marker=here)
    return Chart(
        "loss",
        "Loss",
        _plain(figure),
        (Binding(0, "window"), Binding(1, "history", loss), Binding(1, "mark", loss)),
        click=True,
        toggle=Toggle("log scale", {"yaxis.type": "log"}, {"yaxis.type": "linear"}),
    )


@_kept
def parameter_chart(parameters: tuple[tuple[str, int], ...]) -> Chart:
    """Every parameter and its `.grad` over the iterations; `parameters` are names and their sizes."""
    figure = _figure("iteration", "")
    _add_window(figure)
    bindings = [Binding(0, "window")]
    dashes = ("solid", "dash", "dashdot", "dot")
    for place, (name, size) in enumerate(parameters):
        for element in range(min(size, MOST_LINES)):
            shown = name if size == 1 else f"{name}[{element}]"
            dash = dashes[(place + element) % len(dashes)]
            for series, label, colour in (
                (name, shown, "var(--viz-value)"),
                (f"{name}.grad", f"{shown}.grad", "var(--viz-gradient)"),
            ):
                line, here = {"color": colour, "width": 2, "dash": dash}, {"color": colour, "size": 8}
                figure.add_scatter(mode="lines", name=label, line=line, marker=here)
                trace, picked = len(figure.data) - 1, None if size == 1 else element
                bindings.append(Binding(trace, "history", series, element=picked))
                bindings.append(Binding(trace, "mark", series, element=picked))
    figure.update_layout(showlegend=len(figure.data) <= MOST_NAMED)
    return Chart("parameters", "Parameters and gradients", _plain(figure), tuple(bindings), click=True)


def surface_chart(first: str, second: str, xs: tuple[float, ...], ys: tuple[float, ...], losses: Rows) -> Chart:
    """The loss over two scalar parameters as contours, with the path so far and the step just taken.

    `losses[row][column]` is the loss at (`xs[column]`, `ys[row]`), as torch computed it.
    """
    chart = _surface_frame(first, second, xs, ys)
    contour, *others = chart.figure["data"]
    return replace(chart, figure=chart.figure | {"data": [contour | {"z": losses}, *others]})


@_kept
def _surface_frame(first: str, second: str, xs: tuple[float, ...], ys: tuple[float, ...]) -> Chart:
    """The chart of a loss surface before its losses are known."""
    figure = _figure(first, second)
    figure.add_contour(
        x=list(xs),
        y=list(ys),
        z=[[]],
        colorscale="Greys",
        reversescale=False,
        showscale=False,
        ncontours=24,
        contours={"coloring": "heatmap"},
        line={"width": 0.5},
        opacity=0.55,
        name="loss",
        hovertemplate=f"{first} %{{x:.3f}}<br>{second} %{{y:.3f}}<br>loss %{{z:.4g}}<extra></extra>",
    )
    blue, green = "var(--viz-value)", "var(--viz-update)"
    figure.add_scatter(name="path", line={"color": blue, "width": 2}, marker={"size": 5, "color": blue}, **_EMPTY)
    figure.add_scatter(name="step", line={"color": green, "width": 3}, marker={"color": green}, **_EMPTY)
    # The path must not change what is seen of the surface: its axes are the grid's.
    figure.update_xaxes(range=[xs[0], xs[-1]])
    figure.update_yaxes(range=[ys[0], ys[-1]])
    return Chart(
        "surface",
        "Loss surface and path",
        _plain(figure),
        (
            Binding(1, "path", second, x=first),
            Binding(1, "trail", second, x=first),
            Binding(2, "step", second, x=first),
        ),
    )


def surface_axis(path: Sequence[float]) -> tuple[float, ...]:
    """GRID points that cover a parameter's path (of at least one point) with room on both sides.

    Middle and length are round numbers, so a path that is a little longer is shown on the same surface. Raises
    ValueError for a path that is not finite, or longer than floats can be.
    """
    low, high = min(path), max(path)
    # Around a large number the points have to lie so far apart that floats tell them apart.
    needed = max((high - low) * 0.65, 0.75, max(abs(low), abs(high)) * _APART)
    if not all(map(isfinite, path)) or needed > _LONGEST_AXIS:
        raise ValueError("no axis covers this path")
    scale = 10.0 ** floor(log10(needed))
    half = next(scale * factor for factor in (1, 1.5, 2, 3, 5, 7, 10) if scale * factor >= needed)
    middle = round((low + high) / 2 / half * 4) * half / 4
    # Rounding the middle moves it by an eighth of the half at most.
    half *= 1.125
    return tuple(middle - half + 2 * half * step / (GRID - 1) for step in range(GRID))


def _figure(x: str, y: str) -> go.Figure:
    """An empty figure in the page's style; what depends on the theme is the stage's."""
    figure = go.Figure()
    figure.update_layout(
        margin={"l": 46, "r": 10, "t": 30, "b": 44},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
        uirevision="keep",
        hovermode="closest",
        template="none",
    )
    figure.update_xaxes(title={"text": x, "standoff": 4}, zeroline=False)
    # Labels such as 1.5×10³⁰³ need more room than others; cut off they would be read as another number.
    figure.update_yaxes(title={"text": y, "standoff": 2}, zeroline=False, automargin=True)
    return figure


def _add_window(figure: go.Figure) -> None:
    figure.add_scatter(mode="lines", x=[None], y=[None], showlegend=False, hoverinfo="skip")


def _plain(figure: go.Figure) -> dict[str, Any]:
    made = figure.to_plotly_json()
    return {"data": list(made["data"]), "layout": made["layout"]}
