"""The groups of the loss and of the optimizer: the choice, and its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from viz.catalog import LOSSES, OPTIMIZERS, SPECIAL_OPTIMIZERS, Argument, Entry, Setting, find
from viz.editing import Choice, Settings, read, set_loss, set_optimizer
from viz.losses import exchangeable
from viz.page import fields, state

#: Arguments whose names have at most this many characters are drawn two in a row.
_SHORT = 14


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


def draw_loss(settings: Settings) -> None:
    """Draw the loss, or the numbers of several losses."""
    _choice(_LOSS, settings)
    fields.numbers(settings, "loss")


def draw_optimizer(settings: Settings) -> None:
    """Draw the optimizer, or the numbers of several, and those of parameter groups and lr schedulers."""
    _choice(_OPTIMIZER, settings)
    fields.numbers(settings, "optimizer")
    fields.numbers(settings, "group")
    fields.numbers(settings, "scheduler")


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
