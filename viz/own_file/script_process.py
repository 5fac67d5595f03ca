"""A process that runs the file: its recording, and the jobs of the page about it."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker.dispatcher import Dispatcher
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler
from viz.worker.serving import pipe_to_server, serve

if TYPE_CHECKING:
    from viz.scripts.recording import ScriptTape
    from viz.worker.run_view import OnWork, RunView


#: Seconds that a run has to end by itself: its blocks of `finally`, and what it does about an interrupt.
GRACE = 30.0


def main() -> None:
    """Run jobs about the file and its arguments, `sys.argv[1:]`, until the server ends; then end the runs."""
    file, *arguments = sys.argv[1:]
    interrupts = Interrupts()
    events.begin(settings().log_level)
    process.share_the_interpreter()
    pipe = pipe_to_server()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the terminal shows each line at once
    tapes: list[ScriptTape] = []
    new_run = partial(run_of_file, Path(file), arguments, tapes)
    runs = RunCache(settings().tape_bytes, Scheduler(), new_run)
    Thread(target=_import, daemon=True, name="warm-up").start()
    serve(pipe, Dispatcher(runs))
    for tape in tapes:
        tape.run.close(interrupted=interrupts.came, seconds=GRACE)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(0)


class Interrupts:
    """Hears Ctrl+C in the terminal, which is for the server: when that ends, it closes the pipe. `came` says so.

    A second one ends this process at once. Unlike SIG_IGN, a handler is not inherited by the programs that the
    script starts.
    """

    def __init__(self) -> None:
        self.came = False
        signal.signal(signal.SIGINT, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            os._exit(128 + number)
        self.came = True


def run_of_file(
    file: Path,
    arguments: Sequence[str],
    tapes: list[ScriptTape],
    id: str,
    text: str,
    scheduler: Scheduler,
    on_work: OnWork,
) -> RunView:
    """Return the run of `python file arguments…` with this text in the file; nothing of it has run yet.

    Its tape is added to `tapes`.
    """
    from viz.scripts.recording import record_file
    from viz.worker.run_view import view_of

    tape = record_file(file, arguments, text, settings().tape_bytes)
    tapes.append(tape)
    view = view_of(tape, None, id, scheduler, on_work)
    tape.advanced = view.writer.follow
    return view


def _import() -> None:
    """Import what the first recording needs, before it is asked for."""
    import viz.scripts.recording
    import viz.worker.run_view  # noqa: F401
