"""The program's data: as a table, from a CSV file, generated, or from the project's data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import streamlit as st

from viz.catalog import DATASETS, Dataset
from viz.editing import TensorLiteral, read, set_data
from viz.page import fields, grid, state, upload
from viz.page.tables import MOST_ROWS, column, read_csv, straight_line

_TWO_COLUMNS = "This needs a program with two columns of data; this one has {count}."


def draw_data() -> None:
    """Draw the group that shows and changes the program's data."""
    settings = read(state.source())
    tensors = settings.columns
    if not settings.data:
        st.caption("The program has no data written out as numbers, so there is no table to show.")
        return
    table, csv, generated, shipped = st.tabs(["Table", "CSV", "Generate", "Library"])
    columns = _columns(tensors)
    with table:
        if columns:
            grid.draw_grid("data", columns, _put, alt="The data of the program", most_rows=MOST_ROWS)
        for tensor in settings.others:
            _other(tensor)
    with csv:
        upload.draw_upload(list(columns), _use)
    with generated:
        _generated(list(columns))
    with shipped:
        _shipped(list(columns))


def _other(tensor: TensorLiteral) -> None:
    """Draw data whose length or dimensions do not fit the table: a field for a single number, or a grid."""

    def put(values: Sequence[float]) -> bool:
        return state.change(set_data, {tensor.name: values})

    if len(tensor.values) == 1:
        fields.number(tensor.name, f"data.{tensor.name}", tensor.values[0], lambda value: put([value]))
    else:
        grid.draw_tensor(f"data.{tensor.name}", tensor, put)


def _columns(tensors: Sequence[TensorLiteral]) -> dict[str, list[float]]:
    """Return the columns of some tensors: one for each number that a tensor has in a row."""
    columns: dict[str, list[float]] = {}
    for tensor in tensors:
        width = prod(tensor.shape[1:])
        for place in range(width):
            name = tensor.name if width == 1 else f"{tensor.name}[:, {place}]"
            columns[name] = list(tensor.values[place::width])
    return columns


def _put(columns: Mapping[str, Sequence[float]]) -> bool:
    """Write a table into the program; return whether that program is on stage now."""
    values: dict[str, list[float]] = {}
    for tensor in read(state.source()).columns:
        names = list(_columns([tensor]))
        if not columns.keys() >= set(names):
            return False  # the table is from a program that has been replaced since
        rows = zip(*(columns[name] for name in names), strict=True)
        values[tensor.name] = [value for row in rows for value in row]
    return state.change(set_data, values)


def _use(columns: Mapping[str, Sequence[float]]) -> None:
    _put(columns)


def _generated(names: list[str]) -> None:
    """Draw the form that generates a straight line with noise."""
    if len(names) != 2:
        st.caption(_TWO_COLUMNS.format(count=len(names)))
        return
    with st.form("data.generate", border=False):
        left, right = st.columns(2)
        left.number_input("Slope", value=2.0, step=0.1, format="%g", key="data.slope")
        right.number_input("Intercept", value=1.0, step=0.1, format="%g", key="data.intercept")
        left.number_input("Noise", value=0.2, min_value=0.0, step=0.1, format="%g", key="data.noise")
        # Streamlit's integer fields read 2.5 as 2, and 1e2 as 1.
        most, same = float(MOST_ROWS), "The same seed, the same noise."
        right.number_input(
            "Points", value=20.0, min_value=2.0, max_value=most, step=1.0, format="%g", key="data.points"
        )
        left.number_input("Seed", value=0.0, min_value=0.0, step=1.0, format="%g", key="data.seed", help=same)
        st.form_submit_button("Generate", key="data.generate.use", on_click=_generate, args=(names,))


def _generate(names: list[str]) -> None:
    slope, intercept, noise, points, seed = (
        st.session_state[f"data.{field}"] for field in ("slope", "intercept", "noise", "points", "seed")
    )
    if not (fields.is_whole("Points", points) and fields.is_whole("Seed", seed)):
        return
    # The browser enforces the field's bounds, so check them again.
    inputs, targets = straight_line(slope, intercept, noise, min(int(points), MOST_ROWS), int(seed))
    _put(dict(zip(names, (inputs, targets), strict=True)))


def _shipped(names: list[str]) -> None:
    """Draw the list of the project's data sets."""
    if len(names) != 2:
        st.caption(_TWO_COLUMNS.format(count=len(names)))
        return
    for dataset in DATASETS:
        st.markdown(f"**{dataset.title}**")
        units = zip(dataset.columns, dataset.units, strict=True)
        st.caption(f"{', '.join(f'{name} in {unit}' for name, unit in units)}. {dataset.source}")
        st.button("Use", key=f"data.use.{dataset.file.stem}", on_click=_load, args=(dataset, names))


def _load(dataset: Dataset, names: list[str]) -> None:
    table = read_csv(dataset.file.read_bytes())
    values = [[value for value in column(table, of_file)[0] if value is not None] for of_file in dataset.columns]
    _put(dict(zip(names, values, strict=True)))
