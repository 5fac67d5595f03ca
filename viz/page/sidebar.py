"""The side bar: the program's settings as views of its text, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from viz.catalog import LOSSES, OPTIMIZERS, SPECIAL_OPTIMIZERS, Argument, Entry, Setting, find
from viz.editing import (
    DTYPES,
    Choice,
    Owner,
    Settings,
    TensorLiteral,
    number_text,
    read,
    set_dtype,
    set_iterations,
    set_leaf,
    set_learning_rate,
    set_loss,
    set_number,
    set_optimizer,
)
from viz.limits import ITERATIONS
from viz.losses import exchangeable
from viz.page import address, binding, data, editor, fields, grid, program_list, state
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

#: Arguments whose names have at most this many characters are drawn two in a row.
_SHORT = 14

_INITIAL = "The value before the first step."
_RATE = "The size of a step: a parameter changes by lr times what the optimizer makes of its gradient."
_DTYPE = "The dtype of every tensor whose numbers are written in the program."

#: The learning rates on the slider: ten for each power of ten.
_RATES = (
    *(float(f"{digits}e{power}") for power in range(-4, 1) for digits in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)),
    10.0,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the groups of the loss and of the optimizer have in common."""

    title: str
    offered: Callable[[Settings], tuple[Entry, ...]]
    of: Callable[[Settings], Choice | None]
    setter: Callable[[str, str, Mapping[str, Setting]], str]
    absent: str


def _optimizers(settings: Settings) -> tuple[Entry, ...]:
    """Return the optimizers that fit the program: Muon only for matrices, LBFGS only if the program has it."""
    chosen = settings.optimizer.entry if settings.optimizer else None
    matrices = bool(settings.leaves) and all(len(leaf.shape) == 2 for leaf in settings.leaves)
    fitting = (entry for entry in SPECIAL_OPTIMIZERS if entry is chosen or (matrices and entry.name == "Muon"))
    return (*OPTIMIZERS, *fitting)


def _losses(settings: Settings) -> tuple[Entry, ...]:
    """Return the losses that can replace the program's loss and take the same data."""
    return exchangeable(settings.loss.entry) if settings.loss else LOSSES


_LOSS = _Kind(
    "Loss",
    _losses,
    lambda settings: settings.loss,
    set_loss,
    "The program creates no loss from this list, or more than one. Change it in the program's text.",
)
_OPTIMIZER = _Kind(
    "Optimizer",
    _optimizers,
    lambda settings: settings.optimizer,
    set_optimizer,
    "The program creates no optimizer from this list, or more than one. Change it in the program's text.",
)


def draw_sidebar() -> None:
    """Draw the side bar.

    Elements that are only sometimes drawn are in containers that always are: if an element moved, the browser
    would replace it and everything below it while someone types or clicks there.
    """
    binding.begin()
    source = state.source()
    settings = read(source)
    with st.sidebar:
        st.html(_STYLE)
        with st.container():
            _messages()
        with st.container():
            program_list.draw_program_list()
        with st.container():
            _model(settings)
        _group("Data", data.draw_data)
        _group(_LOSS.title, partial(_loss, settings))
        _group(_OPTIMIZER.title, partial(_optimizer, settings))
        _group("Program", partial(_program, settings))
        if binding.end(run_id(source)):
            state.say_again()
            st.rerun()


def keep() -> None:
    """Draw what the browser has to keep while the program is not known: open groups, and what is typed."""
    with st.sidebar:
        st.html(_STYLE)
        for _ in range(3):
            st.container()
        for title in ("Data", _LOSS.title, _OPTIMIZER.title):
            _group(title, lambda: None)
        _group("Program", _keep_text)


def _keep_text() -> None:
    st.columns(2)
    editor.keep()


def _messages() -> None:
    said = state.notice()
    if said:
        st.warning(said)
    _, unlinked = address.packed(state.source())
    if unlinked:
        st.caption(unlinked)


def _model(settings: Settings) -> None:
    st.subheader("Model", anchor=False)
    _leaves(settings.leaves)
    if settings.optimizer or settings.rate_name:
        _learning_rate(settings)
    _numbers(settings, "name")


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


def _numbers(settings: Settings, of: Owner) -> None:
    """Draw a field for each other number in the program's text that belongs to a name, a scheduler, a group, …"""
    shown = [number for number in settings.numbers if number.of == of and number.name != settings.rate_name]
    for container, number in fields.side_by_side(shown):
        then = partial(_set_other, number.name)
        with container:
            if isinstance(number.value, int):
                fields.whole_number(number.name, f"number.{number.name}", number.value, then)
            else:
                step = min(fields.magnitude(number.value), 0.1)
                fields.number(number.name, f"number.{number.name}", number.value, then, step=step)


def _set_other(name: str, value: float) -> None:
    state.change(set_number, name, value)


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


def _loss(settings: Settings) -> None:
    """Draw the loss, or the numbers of several losses."""
    _choice(_LOSS, settings)
    _numbers(settings, "loss")


def _optimizer(settings: Settings) -> None:
    """Draw the optimizer, or the numbers of several, and those of parameter groups and lr schedulers."""
    _choice(_OPTIMIZER, settings)
    _numbers(settings, "optimizer")
    _numbers(settings, "group")
    _numbers(settings, "scheduler")


def _choice(kind: _Kind, settings: Settings) -> None:
    """Draw the choice of the loss or the optimizer, and the arguments of the chosen one."""
    chosen = kind.of(settings)
    fields.choice(
        kind.title,
        kind.title,
        [entry.name for entry in kind.offered(settings)],
        chosen.entry.name if chosen else None,
        partial(_choose, kind),
        label_visibility="collapsed",
        disabled=chosen is None,
    )
    if chosen is None:
        st.caption(kind.absent)
        return
    st.caption(chosen.entry.sentence)
    arguments = [argument for argument in chosen.entry.arguments if argument.name != "lr"]
    numbers = [argument for argument in arguments if argument.kind == "number"]
    short = [argument for argument in numbers if len(argument.name) <= _SHORT]
    for container, argument in fields.side_by_side(short):
        with container:
            _argument(kind, chosen, argument)
    for argument in arguments:
        if argument not in short:
            _argument(kind, chosen, argument)


def _argument(kind: _Kind, chosen: Choice, argument: Argument) -> None:
    name = chosen.entry.name
    then = partial(_set_argument, kind, name, argument.name)
    fields.argument(argument, f"{name}.{argument.name}", chosen.arguments[argument.name], then)


def _choose(kind: _Kind, name: str) -> None:
    settings = read(state.source())
    chosen, entry = kind.of(settings), find(kind.offered(settings), name)
    if chosen is not None and entry is not None:
        state.change(kind.setter, name, chosen.carried_to(entry))


def _set_argument(kind: _Kind, name: str, argument: str, value: Setting) -> None:
    chosen = kind.of(read(state.source()))
    if chosen is not None and chosen.entry.name == name:
        written = {key: present for key, present in chosen.arguments.items() if present is not None}
        state.change(kind.setter, name, {**written, argument: value})


def _program(settings: Settings) -> None:
    """Draw the number of iterations, the dtype, and the program's text."""
    left, right = st.columns(2)
    with left:
        fields.whole_number(
            "Iterations", "iterations", settings.iterations, _set_iterations, minimum=1, maximum=ITERATIONS
        )
    with right:
        floating = any((tensor.dtype or "").startswith("float") for tensor in (*settings.leaves, *settings.data))
        fields.choice("dtype", "dtype", DTYPES, settings.dtype, _set_dtype, help=_DTYPE, disabled=not floating)
    editor.draw_editor()


def _set_iterations(count: int) -> None:
    state.change(set_iterations, count)


def _set_dtype(dtype: str) -> None:
    state.change(set_dtype, dtype)
