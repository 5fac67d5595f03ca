"""Records a file that Python itself runs: connects the run with the recorder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries
from viz.scripts.script_run import ScriptRun


def record_file(file: Path, arguments: Sequence[str] = ()) -> Tape[Path]:
    """Return the tape of `python file arguments…`, with nothing recorded yet.

    This runs the file in this process, with all its side effects, but only as far as the tape is read.
    Raises OSError, SyntaxError, and UnicodeDecodeError if the file is not UTF-8.
    """
    recorder = Recorder(Summaries())
    return Tape(file, ScriptRun(file, arguments, recorder), recorder)
