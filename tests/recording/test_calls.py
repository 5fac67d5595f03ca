"""Every frame says which calls of the program's functions its statement is in, as Python's own stack has them."""

from __future__ import annotations

import contextlib
import io
import sys
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Any

import torch

import viz
from viz.frames.frame import Frame

SOURCE = """
import torch

w = torch.tensor(2.0, requires_grad=True)

def outer(a):
    def inner(b):
        c = b * 2
        return c
    d = inner(a)
    return inner(d)

class Scale:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        y = outer(x)
        return y * self.by

def count(n):
    if n == 0:
        return 0
    return count(n - 1) + 1

def fails(x):
    y = x * 2
    raise ValueError("no")

def tries(x):
    try:
        fails(x)
    except ValueError as error:
        print("caught", error)
    return x + 1

scale = Scale(3.0)
for i in range(2):
    loss = scale(w) * count(2)
    loss = tries(loss)
    loss.backward()
print(w.grad)
"""
TRAINS = """
import torch
w = torch.tensor(1.0, requires_grad=True)
def step(x):
    loss = w * x
    loss.backward()
def train(xs):
    for x in xs:
        step(x)
        print(x)
for epoch in range(2):
    train([1.0, 2.0, 3.0])
"""


def _in_python(source: str) -> list[tuple[int, tuple[str, ...]]]:
    """Each line that Python begins in a function, with the functions that run then."""
    found: list[tuple[int, tuple[str, ...]]] = []

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        in_class = not code.co_flags & CO_OPTIMIZED and code.co_name != "<module>"
        if code.co_filename != "<program>" or in_class:
            return None
        if event == "line":
            stack: list[str] = []
            inner: FrameType | None = frame
            while inner is not None and inner.f_code.co_filename == "<program>":
                stack.insert(0, inner.f_code.co_qualname)
                inner = inner.f_back
            found.append((frame.f_lineno, tuple(stack[1:])))
        return trace

    code = compile(source, "<program>", "exec")
    before = sys.gettrace()
    with contextlib.redirect_stdout(io.StringIO()):
        sys.settrace(trace)
        try:
            exec(code, {"__name__": "__main__"})
        finally:
            sys.settrace(before)
    return found


def _calls(frame: Frame) -> tuple[str, ...]:
    return tuple([call.name for call in frame.calls])


def test_every_frame_names_the_calls_that_python_is_in() -> None:
    python = _in_python(SOURCE)
    frames = list(viz.run(SOURCE))
    assert {(frame.line, _calls(frame)) for frame in frames} <= set(python)
    # No frame: a `try`, and what raised an exception that is handled.
    without = {"try:", "fails(x)", 'raise ValueError("no")'}
    lines = {line for line, text in enumerate(SOURCE.splitlines(), 1) if text.strip() in without}
    wanted = {(line, calls) for line, calls in python if calls and line not in lines}
    assert wanted == {(frame.line, _calls(frame)) for frame in frames if frame.calls}


def test_two_calls_of_a_function_have_two_numbers_and_one_call_has_one() -> None:
    frames = viz.run(SOURCE).iteration(0)
    inner = [frame.calls[-1].number for frame in frames if _calls(frame)[-1:] == ("outer.<locals>.inner",)]
    assert len(inner) == 4
    assert inner[0] == inner[1] != inner[2] == inner[3]
    assert {frame.calls[0] for frame in frames if _calls(frame)[:1] == ("Scale.__call__",)} == {frames[0].calls[0]}


def test_an_error_is_in_the_calls_in_which_it_was_raised() -> None:
    frames = list(viz.run(f"{SOURCE}\nfails(w)\n"))
    assert frames[-1].error is not None
    assert _calls(frames[-1]) == ("fails",)
    handled = next(frame for frame in frames if frame.printed == "caught no\n")
    assert _calls(handled) == ("tries",)


def test_a_part_counts_its_calls_from_the_outermost_one_whichever_parts_were_before() -> None:
    tape = viz.run(TRAINS)
    numbers = [
        [(call.name, call.number) for call in frame.calls]
        for part in range(6)
        for frame in tape.iteration(part)
        if _calls(frame) == ("train", "step")
    ]
    assert numbers == [[("train", 0), ("step", 1)]] * 12


def test_steps_of_a_block_name_the_calls_since_the_block() -> None:
    w = torch.tensor(2.0, requires_grad=True)

    def square(x: torch.Tensor) -> torch.Tensor:
        return x * x

    with viz.record() as recorded:
        loss = square(w)
        torch.autograd.backward(loss)
    names = [_calls(frame) for frame in recorded.frames]
    inside = f"{test_steps_of_a_block_name_the_calls_since_the_block.__name__}.<locals>.square"
    assert (inside,) in names
    assert names[-1] == ()
