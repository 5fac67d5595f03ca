"""What a skipped call returns, such as a figure or its axes: whatever is done with it does nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.entries import Function, Nothing
from viz.language.runtime.kinds import Kind, nothing
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_count
from viz.language.runtime.state import State

#: The methods and attributes of figures and axes, and of what they return, that programs use.
_NAMES = """
add_artist add_axes add_collection add_gridspec add_line add_patch add_subplot annotate arrow autoscale
axes axhline axhspan axis axline axvline axvspan bar bar_label barh boxplot canvas cla clabel clear clf
colorbar contour contourf draw draw_idle errorbar figure fill fill_between flat flatten flush_events gca
get_axes get_figure get_legend get_legend_handles_labels get_xaxis get_xlim get_xticklabels get_yaxis
get_ylim get_yticklabels grid hexbin hist hist2d hlines imshow invert_xaxis invert_yaxis label_outer
legend lines loglog margins matshow patch pcolormesh pie plot plot_surface plot_trisurf plot_wireframe
quiver ravel remove savefig scatter semilogx semilogy set set_adjustable set_alpha set_array set_aspect
set_axis_off set_axisbelow set_box_aspect set_cmap set_color set_data set_facecolor set_figheight
set_figwidth set_label set_linestyle set_linewidth set_major_locator set_offsets set_position
set_size_inches set_text set_ticks set_title set_visible set_xdata set_xlabel set_xlim set_xscale
set_xticklabels set_xticks set_ydata set_ylabel set_ylim set_yscale set_yticklabels set_yticks set_zlabel
set_zlim show spines stackplot stem step streamplot subplots subplots_adjust suptitle table text
tick_params ticklabel_format tight_layout title transAxes transData twinx twiny update_layout view_init
vlines xaxis yaxis zaxis
"""
PARTS = frozenset(_NAMES.split())
#: What gives the entries of an array of axes in one row.
_FLAT = ("flat", "flatten", "ravel")


def subplots(found: Nothing, args: Sequence[Any], options: Mapping[str, Any]) -> Nothing:
    """The axes that `subplots(nrows, ncols)` returns: as many as there are."""
    given = dict(zip(("nrows", "ncols"), args, strict=False)) | dict(options)
    sizes = tuple(1 if given.get(name) is None else given[name] for name in ("nrows", "ncols"))
    if not all(type(one) is int and one > 0 for one in sizes):
        raise NotHere("the numbers of rows and columns of `subplots` are integers")
    check_count(list(sizes))
    return replace(found, shape=sizes if given.get("squeeze") is False else tuple(one for one in sizes if one > 1))


def _get(state: State, span: Span, thing: Nothing, name: str) -> Any:
    return Nothing(thing.of.member(name), (math.prod(thing.shape),) if name in _FLAT and thing.shape else ())


def _call(thing: Nothing, *args: Any, **options: Any) -> Nothing:
    if thing.of.name.endswith(".subplots"):
        return subplots(thing, args, options)
    return thing if thing.of.name.rpartition(".")[2] in _FLAT else replace(thing, shape=())


def _index(state: State, span: Span, thing: Nothing, key: Any) -> Nothing:
    if not thing.shape:
        return thing
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) > len(thing.shape):
        raise IndexError(f"there are {len(thing.shape)} dimensions of axes here, and {len(keys)} indices")
    shape: list[int] = []
    for one, size in zip(keys, thing.shape, strict=False):
        if isinstance(one, slice):
            shape.append(len(range(size)[one]))
        elif not -size <= one < size:
            raise IndexError(f"index {one} is out of bounds for axis 0 with size {size}")
    return replace(thing, shape=(*shape, *thing.shape[len(keys) :]))


def _iterate(state: State, span: Span, thing: Nothing) -> Iterable[Nothing]:
    if not thing.shape:
        return NotImplemented  # type: ignore[no-any-return]  # its caller refuses it
    return [replace(thing, shape=thing.shape[1:]) for _ in range(thing.shape[0])]


def _store(state: State, span: Span, thing: Nothing, key: Any, value: Any) -> None:
    """Do nothing, as in `ax.spines['top'] = …`."""


KINDS: dict[type, Kind] = {
    Nothing: Kind(
        says=lambda thing: thing.text,
        inside=nothing,
        get=_get,
        set=lambda state, span, thing, name, value: None,
        call=Function("a part of a picture", _call, 1_000, keeps=True, callables=True, every_name=True),
        index=_index,
        store=_store,
        iterate=_iterate,
        own=True,
    )
}
