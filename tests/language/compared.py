"""Compares programs with plain Python at every line: the values of all names, and the output."""

from __future__ import annotations

import contextlib
import io
import warnings

import viz
from tests.language.traced import heads, told, traced


def same_as_python(source: str) -> None:
    """Check that frames and Python's lines are the same, in order, with the same names, output and error."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, error = traced(source)
    tape = viz.run(source)
    if error is None:
        assert tape.error is None, tape.error
    else:
        assert tape.error is not None, f"Python raises {error!r}"
        assert tape.error.kind == type(error).__name__, tape.error
        assert str(error).startswith(tape.error.message.splitlines()[0])
    frames = [frame for frame in tape if frame.error is None]
    without = heads(tape.program)
    lines = [one for one in expected if one[0] not in without]
    assert [frame.line for frame in frames] == [line for line, _ in lines]
    for frame, (line, snapshot) in zip(frames, lines, strict=True):
        assert told(frame) == snapshot, f"line {line}"
    assert "".join([frame.printed for frame in tape]) == shown.getvalue()
