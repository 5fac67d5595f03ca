"""The Problem that an exception of Python or torch becomes."""

from __future__ import annotations

import re

from viz.frames.plain import Problem, Span
from viz.text import shortened

#: torch's messages are shown as they are, up to the stack trace of its C++ side.
_MESSAGE_LINES = 6
_STACK_TRACE = "Exception raised from"
#: An object's address, which is left out: it differs in each run and helps no reader.
_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")
#: Characters of a message: a name in it may be as long as a program.
LONGEST = 1_000


def problem_of_exception(error: BaseException, where: Span) -> Problem:
    """Return the Problem for an exception that was raised at `where`, in the exception's own words."""
    lines = str(error).splitlines()[:_MESSAGE_LINES]
    trace = next((number for number, line in enumerate(lines) if line.startswith(_STACK_TRACE)), len(lines))
    message = _ADDRESS.sub("", "\n".join(lines[:trace]).strip()) or type(error).__name__
    return Problem(shortened(message, LONGEST), where.line, where.column, type(error).__name__)
