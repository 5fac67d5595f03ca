"""Sentences on statements that decide which lines run."""

from __future__ import annotations

from viz.frames.events import (
    Called,
    Decided,
    Entered,
    Jumped,
    Passed,
    Returned,
)
from viz.frames.frame import Frame
from viz.writing.numbers import brief
from viz.writing.variable_sentences import name_bound


def control_flow(frame: Frame) -> str:
    """A sentence on a statement that decides which lines run; empty for any other."""
    match frame.event:
        case Decided(keyword, text, holds):
            return _decided(keyword, text, holds)
        case Passed():
            return _passed(frame, frame.event)
        case Jumped(keyword):
            return _JUMPS[keyword]
        case Entered(text, None):
            return f"This block begins: {text}." if text else "This block begins."
        case Entered(text, grad):
            said = f"In this block, PyTorch {'builds the graph' if grad else 'builds no graph'}"
            return f"{said}: {text}." if text else f"{said}."
        case Called(text):
            return f"{text or 'This line'} called PyTorch."
        case Returned(function, text, value):
            shown = text if value is None else f"{text}, which is {brief(value)}"
            return f"{function} returns {shown}."
    return ""


_JUMPS = {
    "break": "break leaves the loop.",
    "continue": "continue skips the rest of this pass.",
    "pass": "pass does nothing.",
}


def _decided(keyword: str, text: str, holds: bool) -> str:
    if keyword == "while":
        return f"{text} holds, so the loop goes on." if holds else f"{text} does not hold, so the loop ends."
    return f"{text} holds, so this block runs." if holds else f"{text} does not hold, so this block is skipped."


def _passed(frame: Frame, event: Passed) -> str:
    if event.over:
        passes = "1 pass" if event.number == 1 else f"{event.number} passes"
        return f"{event.text} has no more entries, so the loop ends after {passes}."
    bound = " ".join(
        name_bound(frame, name, frame.variables[name]) for name in event.names if name in frame.variables
    )
    return f"Pass {event.number + 1} of the loop begins. {bound}".rstrip()
