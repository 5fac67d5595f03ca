"""The side bar: the program's settings as views of its text, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from viz.editing import (
    DTYPES,
    Settings,
    TensorLiteral,
    number_text,
    read,
    set_dtype,
    set_iterations,
    set_leaf,
    set_learning_rate,
)
from viz.limits import ITERATIONS
from viz.page import address, binding, data, editor, fields, grid, program_list, state
from viz.page.choices import draw_loss, draw_optimizer
from viz.worker.jobs import run_id

#: A leaf with more numbers than this is shown as a table.
_MOST_FIELDS = 4

# Every field always has a value, so Streamlit's mark for a required field is noise.
_STYLE = """<style>
[data-testid="stSidebar"] [data-testid="stWidgetLabelRequired"] {
    display: none;
}
/* The contrast of Streamlit's greys is below 4.5:1 here. */
[data-testid="stSidebar"] [data-testid="stExpander"] summary {
    opacity: 1;
}
[data-testid="stSidebar"] [data-testid="stSliderThumbValue"] p {
    color: light-dark(#1f2430, #e8e9ec);
}
/* A group opens and closes without an animation. At the end of Streamlit's, the height falls back for a frame: a
   side bar that is scrolled down jumps, and a click hits the wrong element. */
[data-testid="stSidebar"] details {
    height: auto !important;
}
[data-testid="stSidebar"] [data-testid="stExpanderDetails"][inert] {
    display: none;
}
</style>"""

_INITIAL = "The value before the first step."
_RATE = "The size of a step: a parameter changes by lr times what the optimizer makes of its gradient."
_PASSES = "How often the loop at the top runs. The iterations are the passes of another loop."
_DTYPE = "The dtype of every tensor whose numbers are written in the program."

#: The learning rates on the slider: ten for each power of ten.
_RATES = (
    *(float(f"{digits}e{power}") for power in range(-4, 1) for digits in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)),
    10.0,
)


def draw_sidebar() -> None:
    """Draw the side bar."""
    draw(_head, _groups)


def draw(head: Callable[[Settings], None], groups: Callable[[Settings], Mapping[str, Callable[[], None]]]) -> None:
    """Draw a side bar: what `head` draws, and the `groups` by their titles.

    Elements that are only sometimes drawn are in containers that always are: if an element moved, the browser
    would replace it and everything below it while someone types or clicks there.
    """
    binding.begin()
    source = state.source()
    settings = read(source)
    with st.sidebar:
        st.html(_STYLE)
        head(settings)
        for title, draw_group in groups(settings).items():
            _group(title, draw_group)
        if binding.end(run_id(source)):
            state.say_again()
            st.rerun()


def choices(settings: Settings) -> dict[str, Callable[[], None]]:
    """Return the groups of the loss and of the optimizer, by their titles."""
    return {"Loss": partial(draw_loss, settings), "Optimizer": partial(draw_optimizer, settings)}


def keep() -> None:
    """Draw what the browser has to keep while the program is not known: open groups, and what is typed."""
    with st.sidebar:
        st.html(_STYLE)
        for _ in range(3):
            st.container()
        for title in ("Data", "Loss", "Optimizer"):
            _group(title, lambda: None)
        _group("Program", _keep_text)


def _groups(settings: Settings) -> dict[str, Callable[[], None]]:
    return {"Data": data.draw_data, **choices(settings), "Program": partial(_program, settings)}


def _head(settings: Settings) -> None:
    with st.container():
        messages()
        _, unlinked = address.packed(state.source())
        if unlinked:
            st.caption(unlinked)
    with st.container():
        program_list.draw_program_list()
    with st.container():
        draw_model(settings)


def _keep_text() -> None:
    st.columns(2)
    editor.keep()


def messages() -> None:
    """Draw the notice of this script run, if there is one."""
    said = state.notice()
    if said:
        st.warning(said)


def draw_model(settings: Settings) -> None:
    """Draw the initial values, the learning rate, and the other numbers that have names."""
    st.subheader("Model", anchor=False)
    _leaves(settings.leaves)
    if settings.optimizer or settings.rate_name:
        _learning_rate(settings)
    fields.numbers(settings, "name")


def _group(title: str, draw: Callable[[], None]) -> None:
    """Draw a group of settings that can be opened and closed; its content is drawn from the first opening on.

    A group that was never opened costs no time; one that was opened keeps what is typed in it.
    """
    opened: set[str] = st.session_state.setdefault("opened", set())
    group = st.expander(title, type="compact", key=f"group.{title}", on_change="rerun")
    if group.open:
        opened.add(title)
    if title in opened:
        with group:
            draw()


def _leaves(leaves: Sequence[TensorLiteral]) -> None:
    """Draw the initial values: a field for each number of a small leaf, a table for a larger one."""
    if not leaves:
        st.caption("The initial values are not written out as numbers. Change them in the program's text.")
    few = [leaf for leaf in leaves if len(leaf.values) <= _MOST_FIELDS]
    numbers = [(leaf, place) for leaf in few for place in range(len(leaf.values))]
    for container, (leaf, place) in fields.side_by_side(numbers):
        label = _label(leaf, place)
        with container:
            fields.number(
                label, f"leaf.{label}", leaf.values[place], partial(_set_number, leaf.name, place), help=_INITIAL
            )
    for leaf in leaves:
        if leaf not in few:
            _leaf_table(leaf)


def _label(leaf: TensorLiteral, place: int) -> str:
    """Return the name of one number of a leaf: `W` if it is the only one, otherwise `W[1, 0]`."""
    if len(leaf.values) == 1:
        return leaf.name
    indices: list[int] = []
    for size in reversed(leaf.shape):
        place, index = divmod(place, size)
        indices.append(index)
    return f"{leaf.name}[{', '.join(map(str, reversed(indices)))}]"


def _set_number(name: str, place: int, value: float) -> None:
    leaf = next((leaf for leaf in read(state.source()).leaves if leaf.name == name), None)
    if leaf is not None and place < len(leaf.values):
        state.change(set_leaf, name, [*leaf.values[:place], value, *leaf.values[place + 1 :]])


def _leaf_table(leaf: TensorLiteral) -> None:
    """Draw the numbers of a larger leaf."""
    grid.draw_tensor(f"leaf.{leaf.name}", leaf, lambda values: state.change(set_leaf, leaf.name, values))


def _learning_rate(settings: Settings) -> None:
    """Draw a slider in steps of about equal ratio, and a field for any number; both show the program's lr."""
    rate = settings.learning_rate
    slider, field = st.columns([3, 2], vertical_alignment="bottom")
    with slider:
        binding.draw("lr.slider", _RATES[0] if rate is None else rate, _set_rate, partial(_rate_slider, rate))
    with field:
        step = fields.magnitude(rate or 0.0) / 10
        fields.number("lr", "lr.field", rate, _set_rate, minimum=0.0, step=step, help=_RATE)


def _rate_slider(rate: float | None, at_first: float | None) -> float:
    rates = sorted({*_RATES} if rate is None else {*_RATES, rate})
    return st.select_slider(
        "Learning rate", rates, at_first, number_text, "lr.slider", on_change=_slid, disabled=rate is None
    )


def _slid() -> None:
    if binding.is_typed("lr.slider"):
        _set_rate(st.session_state["lr.slider"])
        binding.taken("lr.slider")


def _set_rate(rate: float) -> None:
    state.change(set_learning_rate, rate)


def _program(settings: Settings) -> None:
    """Draw the number of iterations or epochs, the dtype, and the program's text."""
    left, right = st.columns(2)
    with left:
        fields.whole_number(
            *(settings.passes.capitalize(), "iterations", settings.iterations, _set_iterations),
            minimum=1,
            maximum=ITERATIONS,
            help=None if settings.passes == "iterations" else _PASSES,
        )
    with right:
        floating = any((tensor.dtype or "").startswith("float") for tensor in (*settings.leaves, *settings.data))
        fields.choice("dtype", "dtype", DTYPES, settings.dtype, _set_dtype, help=_DTYPE, disabled=not floating)
    editor.draw_editor()


def _set_iterations(count: int) -> None:
    state.change(set_iterations, count)


def _set_dtype(dtype: str) -> None:
    state.change(set_dtype, dtype)
