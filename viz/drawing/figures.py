"""Builds the Plotly figure of each chart, and the bindings that make its traces follow the cursor.

A figure holds everything constant: data points, axes, names, colours. Its bindings say which trace shows which
part of which series. The stage fills the traces from the tape's series, so stepping needs no request. Colours
are names of meanings (`var(--viz-value)` and so on), which the stage replaces by the theme's colours.
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
#: Elements of a parameter that get their own line in the chart of parameters and gradients.
MOST_LINES = 4
#: Half the length of a loss surface's axis: the minimum, as a share of the numbers on it, and the maximum.
_APART, _LONGEST_AXIS = 1e-5, 1e300
#: A legend of more lines than this would leave the chart no room; hovering names them instead.
MOST_NAMED = 9

Rows = list[list[float | None]]

#: A trace without points, for the legend and the colour of what the stage draws over the chart.
_EMPTY: dict[str, Any] = {"mode": "lines", "x": [None], "y": [None]}


@dataclass(frozen=True, slots=True)
class Binding:
    """How a trace follows the cursor; i is the cursor's iteration, and r the last one reached.

    `history` shows y = series[0..r] over the iterations, and `mark` the point (i, series[i]). `snapshot` shows the
    vector y = series[i] in the order `order` over `at`, and `residuals` the lines from `target` to series[i] at
    `at`. `path` and `trail` show the line and the points (x, y)[0..i], and `step` the arrow from (x, y)[i] to the
    end of the iteration. `window` shows nothing, but keeps the iterations from 0 to a round number in view, so
    that the axis does not move with every step. `element` selects one element of a vector. The stage draws
    everything but histories over the chart in the trace's colours; such a trace is empty and provides the legend.
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
    """A switch above a chart, initially off, with the changes that it makes to the layout."""

    label: str
    on: dict[str, Any]
    off: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with its bindings; `click` says that the x of a clicked point is an iteration."""

    id: str
    title: str
    figure: dict[str, Any]
    bindings: tuple[Binding, ...]
    click: bool = False
    toggle: Toggle | None = None

    def to_json(self) -> dict[str, Any]:
        """The chart as plain data for JSON, without the unused fields of bindings."""
        bindings = [{key: part for key, part in asdict(one).items() if part is not None} for one in self.bindings]
        toggle = asdict(self.toggle) if self.toggle else None
        plain = {"id": self.id, "title": self.title, "click": self.click, "toggle": toggle, "bind": bindings}
        return plain | self.figure


# Plotly takes 10 to 30 ms to build a figure, and most changes of a program leave its figures unchanged.
_kept = lru_cache(maxsize=64)


@_kept
def fit_chart(
    inputs: tuple[float, ...], targets: tuple[float, ...], prediction: str, names: tuple[str, str]
) -> Chart:
    """The data as points, the prediction as a line through the sorted inputs, and the residuals between them.

    Points that are not finite are left out.
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
    """The loss of every iteration reached, with a mark at the cursor's, on a linear or a logarithmic axis."""
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
    """Every parameter and its `.grad` over the iterations; `parameters` has their names and sizes."""
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
    """The loss over two scalar parameters as contours, with the path so far and the current step.

    `losses[row][column]` is the loss at (`xs[column]`, `ys[row]`), as torch computed it.
    """
    chart = _surface_frame(first, second, xs, ys)
    contour, *others = chart.figure["data"]
    return replace(chart, figure=chart.figure | {"data": [contour | {"z": losses}, *others]})


@_kept
def _surface_frame(first: str, second: str, xs: tuple[float, ...], ys: tuple[float, ...]) -> Chart:
    """The chart of a loss surface, without the losses."""
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
    # The axes have the grid's range, so that the path does not change the visible part.
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

    The middle and the length are round numbers, so that a slightly longer path gets the same surface. Raises
    ValueError if the path is not finite or too long for floats.
    """
    low, high = min(path), max(path)
    # Near a large number, close points would be the same float.
    needed = max((high - low) * 0.65, 0.75, max(abs(low), abs(high)) * _APART)
    if not all(map(isfinite, path)) or needed > _LONGEST_AXIS:
        raise ValueError("no axis covers this path")
    scale = 10.0 ** floor(log10(needed))
    half = next(scale * factor for factor in (1, 1.5, 2, 3, 5, 7, 10) if scale * factor >= needed)
    middle = round((low + high) / 2 / half * 4) * half / 4
    # Rounding moves the middle by at most an eighth of the half.
    half *= 1.125
    return tuple(middle - half + 2 * half * step / (GRID - 1) for step in range(GRID))


def _figure(x: str, y: str) -> go.Figure:
    """An empty figure in the page's style; the stage adds the theme."""
    figure = go.Figure()
    figure.update_layout(
        margin={"l": 46, "r": 10, "t": 30, "b": 44},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
        uirevision="keep",
        hovermode="closest",
        template="none",
    )
    figure.update_xaxes(title={"text": x, "standoff": 4}, zeroline=False)
    # Labels such as 1.5×10³⁰³ need more room; cut off, they would look like other numbers.
    figure.update_yaxes(title={"text": y, "standoff": 2}, zeroline=False, automargin=True)
    return figure


def _add_window(figure: go.Figure) -> None:
    figure.add_scatter(mode="lines", x=[None], y=[None], showlegend=False, hoverinfo="skip")


def _plain(figure: go.Figure) -> dict[str, Any]:
    made = figure.to_plotly_json()
    return {"data": list(made["data"]), "layout": made["layout"]}
