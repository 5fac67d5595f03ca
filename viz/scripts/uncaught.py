"""Prints an exception that a script does not catch, as Python does at the end of a program."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

_OURS = str(Path(__file__).parents[1])


def print_uncaught(error: BaseException, file: str) -> None:
    """Print the exception of a file with its `sys.excepthook`, without the calls of this project's code."""
    if isinstance(error, SystemExit):
        if not isinstance(error.code, int):
            sys.stderr.write(f"{error.code}\n")
        return
    error.__traceback__ = _without_ours(error.__traceback__, file)  # what Python prints
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:  # noqa: BLE001  # Python goes on, too
        sys.stderr.write("Error in sys.excepthook:\n")
        traceback.print_exc()


def _without_ours(trace: TracebackType | None, file: str) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename == file or not filename.startswith(_OURS):
            kept.append(trace)
        trace = trace.tb_next
    following = None
    for one in reversed(kept):
        one.tb_next = following
        following = one
    return following
