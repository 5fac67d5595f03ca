"""Runs torch's own Python code, a layer's or a function's, so that the observer hears of each operation in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from viz.frames.plain import Span
from viz.intercepting.call_sites import OneSite
from viz.intercepting.calls import Calls
from viz.language.runtime.state import State


def heard(state: State, span: Span, call: Callable[[], Any], draws: bool = False, apart: bool = False) -> Any:
    """Return what `call()` does; the observer hears what it would hear if Python itself ran the program.

    All of it has the position `span`. `draws` says that the call may draw random numbers. A function of the
    program that torch calls meanwhile reports its operations itself; with `apart` its statements have no frames,
    because torch calls it for purposes of its own.
    """
    outer, calls, was_apart = state.hearing, Calls(state.observer, OneSite(span)), state.apart
    calls.begins = state.meter.check_time
    state.hearing, state.apart = calls, apart or was_apart
    if outer is not None:  # code of torch that the program's code called, which other code of torch called
        outer.silent += 1
    try:
        with state.draws.turn() if draws else nullcontext(), calls:
            made = call()
    finally:
        state.hearing, state.apart = outer, was_apart
        if outer is not None:
            outer.silent -= 1
    for one in tensors_in((made,)):
        state.meter.count_tensor(one)
    return made


def told(state: State, span: Span, call: Callable[[], Any], operands: Sequence[torch.Tensor], draws: bool) -> Any:
    """Return what `call()` does, as one operation; torch computes some things otherwise if its calls are heard."""
    outer = state.hearing
    left = outer is not None and outer.leave()
    try:
        with state.draws.turn() if draws else nullcontext():
            made = call()
    finally:
        if outer is not None and left:
            outer.back()
    for one in tensors_in((made,)):
        state.meter.count_tensor(one)
        state.observer.operation(span, one, operands)
    return made


def tensors_in(things: Sequence[Any]) -> Iterator[torch.Tensor]:
    """The tensors among these, and in the tuples and lists among them: an LSTM returns a pair of states."""
    for one in things:
        if isinstance(one, torch.Tensor):
            yield one
        elif isinstance(one, (tuple, list)):
            yield from tensors_in(one)
