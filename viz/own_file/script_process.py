"""A process that runs the file: its recording, and the jobs of the page about it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker.dispatcher import Dispatcher
from viz.worker.run_cache import RunCache
from viz.worker.scheduler import Scheduler
from viz.worker.serving import pipe_to_server, serve

if TYPE_CHECKING:
    from viz.worker.run_view import OnWork, RunView


def main() -> None:
    """Run jobs about the file and its arguments, `sys.argv[1:]`, until the server ends."""
    file, *arguments = sys.argv[1:]
    # An interrupt from the terminal is for the server. Unlike SIG_IGN, a handler is not inherited by the programs
    # that the script starts.
    signal.signal(signal.SIGINT, lambda *_: None)
    events.begin(settings().log_level)
    process.share_the_interpreter()
    pipe = pipe_to_server()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the terminal shows each line at once
    runs = RunCache(settings().tape_bytes, Scheduler(), partial(run_of_file, Path(file), arguments))
    Thread(target=_import, daemon=True, name="warm-up").start()
    serve(pipe, Dispatcher(runs))
    os._exit(0)


def run_of_file(
    file: Path, arguments: Sequence[str], id: str, text: str, scheduler: Scheduler, on_work: OnWork
) -> RunView:
    """Return the run of `python file arguments…` with this text in the file; nothing of it has run yet."""
    from viz.scripts.recording import record_file
    from viz.worker.run_view import view_of

    tape = record_file(file, arguments, text, settings().tape_bytes)
    view = view_of(tape, None, id, scheduler, on_work)
    tape.advanced = view.writer.follow
    return view


def _import() -> None:
    """Import what the first recording needs, before it is asked for."""
    import viz.scripts.recording
    import viz.worker.run_view  # noqa: F401
