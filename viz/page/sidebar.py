"""The side bar: every setting of the program as a view of its text, the ones that matter first."""

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
from viz.page import address, data, editor, fields, grid, program_list, state

#: A leaf of more numbers than this is shown as a table, a row of it a row.
_MOST_FIELDS = 4

# Every field holds a value at all times: to say of each that it is required says nothing.
_STYLE = """<style>
[data-testid="stSidebar"] [data-testid="stWidgetLabelRequired"] {
    display: none;
}
/* Streamlit's own greys for these do not reach 4.5:1. */
[data-testid="stSidebar"] [data-testid="stExpander"] summary {
    opacity: 1;
}
[data-testid="stSidebar"] [data-testid="stSliderThumbValue"] p {
    color: light-dark(#1f2430, #e8e9ec);
}
/* A group opens and closes at once. Streamlit moves its height, and at the end lets it fall back for a frame: a
   side bar that was scrolled down jumps up then, and a click goes where nobody aimed it. */
[data-testid="stSidebar"] details {
    height: auto !important;
}
[data-testid="stSidebar"] [data-testid="stExpanderDetails"][inert] {
    display: none;
}
</style>"""

#: Names of at most so many letters stand two in a row.
_SHORT = 14

_INITIAL = "The value before the first step."
_RATE = "How far a step goes: the parameter moves by lr times what the optimizer makes of its gradient."
_DTYPE = "Of every tensor whose numbers the program writes."

#: What the slider of the learning rate offers: ten rates in each power of ten.
_RATES = (
    *(float(f"{digits}e{power}") for power in range(-4, 1) for digits in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)),
    10.0,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the loss and the optimizer have in common on the page."""

    title: str
    offered: Callable[[Settings], tuple[Entry, ...]]
    of: Callable[[Settings], Choice | None]
    setter: Callable[[str, str, Mapping[str, Setting]], str]
    absent: str


def _optimizers(settings: Settings) -> tuple[Entry, ...]:
    """The optimizers that fit the program: Muon for matrices only, LBFGS where it is there already."""
    chosen = settings.optimizer.entry if settings.optimizer else None
    matrices = bool(settings.leaves) and all(len(leaf.shape) == 2 for leaf in settings.leaves)
    fitting = (entry for entry in SPECIAL_OPTIMIZERS if entry is chosen or (matrices and entry.name == "Muon"))
    return (*OPTIMIZERS, *fitting)


def _losses(settings: Settings) -> tuple[Entry, ...]:
    """The losses that work with the program's data, which are those of the loss that it has."""
    return exchangeable(settings.loss.entry) if settings.loss else LOSSES


_LOSS = _Kind(
    "Loss",
    _losses,
    lambda settings: settings.loss,
    set_loss,
    "The program makes no loss that this list knows, or more than one: which it is, is changed in the text.",
)
_OPTIMIZER = _Kind(
    "Optimizer",
    _optimizers,
    lambda settings: settings.optimizer,
    set_optimizer,
    "The program makes no optimizer that this list knows, or more than one: which it is, is changed in the text.",
)


def draw_sidebar() -> None:
    """Draw the side bar.

    What may be there or not stands in a container that always is: an element that changed its place would be made
    anew in the browser, and with it all that stands below, while someone types or clicks there.
    """
    with st.sidebar:
        settings = read(state.source())
        st.html(_STYLE)
        with st.container():
            _say_what_there_is_to_say()
        with st.container():
            program_list.draw_program_list()
        with st.container():
            _model(settings)
        _group("Data", data.draw_data)
        _group(_LOSS.title, partial(_loss, settings))
        _group(_OPTIMIZER.title, partial(_optimizer, settings))
        _group("Program", partial(_program, settings))


def keep() -> None:
    """Draw what the browser is to keep while the program is not known: open groups, and what is typed."""
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


def _say_what_there_is_to_say() -> None:
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
    """Settings that are out of sight until they are wanted: drawn from the first time that the group is opened on.

    What was never opened costs no time in any run; what was is kept, with all that is typed in it.
    """
    opened: set[str] = st.session_state.setdefault("opened", set())
    group = st.expander(title, type="compact", key=f"group.{title}", on_change="rerun")
    if group.open:
        opened.add(title)
    if title in opened:
        with group:
            draw()


def _leaves(leaves: Sequence[TensorLiteral]) -> None:
    """The initial values: a field for each number of a small leaf, a table for a larger one."""
    if not leaves:
        st.caption("The program writes no initial values number by number: they are changed in the text.")
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
    """The name of one number of a leaf: `W` where it is the only one, `W[1, 0]` otherwise."""
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
    """The numbers of a larger leaf."""
    grid.draw_tensor(f"leaf.{leaf.name}", leaf, lambda values: state.change(set_leaf, leaf.name, values))


def _numbers(settings: Settings, of: Owner) -> None:
    """A field for each number that stands in the text alone, and belongs to a name, a scheduler, a group, …"""
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
    """A slider in steps of equal ratio, and a field that takes any number; both say what the program says."""
    rate = settings.learning_rate
    slider, field = st.columns([3, 2], vertical_alignment="bottom")
    with slider:
        fields.set_shown("lr.slider", _RATES[0] if rate is None else rate)
        st.select_slider(
            "Learning rate",
            sorted({*_RATES} if rate is None else {*_RATES, rate}),
            format_func=number_text,
            key="lr.slider",
            disabled=rate is None,
            on_change=_slid,
        )
    with field:
        step = fields.magnitude(rate or 0.0) / 10
        fields.number("lr", "lr.field", rate, _set_rate, minimum=0.0, step=step, help=_RATE)


def _slid() -> None:
    if not fields.is_late("lr.slider"):
        _set_rate(st.session_state["lr.slider"])


def _set_rate(rate: float) -> None:
    state.change(set_learning_rate, rate)


def _loss(settings: Settings) -> None:
    """The loss, or the numbers of several."""
    _choice(_LOSS, settings)
    _numbers(settings, "loss")


def _optimizer(settings: Settings) -> None:
    """The optimizer, or the numbers of several, with what groups have of their own and what moves lr."""
    _choice(_OPTIMIZER, settings)
    _numbers(settings, "optimizer")
    _numbers(settings, "group")
    _numbers(settings, "scheduler")


def _choice(kind: _Kind, settings: Settings) -> None:
    """The loss or the optimizer, and the arguments of the one that is chosen."""
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
    """How long the program trains, in which precision, and its text."""
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
