"""Records a file that Python itself runs: connects the run with the recorder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from viz.intercepting.guarded import BYTES
from viz.recording import Recorder, Tape
from viz.recording.reading.summaries import Summaries
from viz.scripts.script_run import ScriptRun


class ScriptTape(Tape[Path]):
    """The tape of a file that Python itself runs."""

    def __init__(self, file: Path, run: ScriptRun, recorder: Recorder, room: float) -> None:
        super().__init__(file, run, recorder, room)
        self.run = run

    def record(self, until: int, seconds: float | None = None, skip: int = 0) -> int:
        """Record as `Tape.record` does; the seconds are the clock's, as the file runs in a thread of its own.

        No iteration is skipped, as the file cannot run again by itself.
        """
        if seconds is None:
            return super().record(until)
        end = time.monotonic() + seconds
        while super().record(min(until, self.recorded + 1)) < until and not self.complete:
            if time.monotonic() > end:
                break
        return self.recorded


def record_file(
    file: Path, arguments: Sequence[str] = (), text: str | None = None, room: float = BYTES
) -> ScriptTape:
    """Return the tape of `python file arguments…`, with nothing recorded yet.

    This runs the file in this process, with all its side effects, but only as far as the tape is read. `text` is
    run in place of the file's own text, if it is given. The tape has `room` for as many bytes of iterations: of a
    long run, it keeps the first ones and those that were asked for last.
    Raises OSError, SyntaxError, and UnicodeDecodeError if the file is not UTF-8.
    """
    recorder = Recorder(Summaries())
    return ScriptTape(file, ScriptRun(file, arguments, recorder, text), recorder, room)
