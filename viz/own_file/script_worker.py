"""The worker of the page on one's own file: a process for each text that the file had."""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread

from viz.frames.plain import Problem
from viz.own_file.script_process import GRACE
from viz.syntax import own_tree_of
from viz.worker.jobs import NOT_FOUND, Job, PendingJob, Result, json_result
from viz.worker.worker_process import ROOT, Command, Process

#: How many processes have a run: the stage asks about the previous run until it has the new one.
KEPT = 2
#: The result of a job about a run whose process has ended. The stage shows the sentence of this status.
_ENDED = Result(b"The process that ran the file has ended. The terminal may say why.", 429)
#: `python -c` puts the working folder on the path, which `python train.py` does not. This project's modules stay
#: importable without their folder on the path once their package is imported.
_START = """\
import sys
sys.path[:] = [sys.argv.pop(1), *filter(None, sys.path)]
from viz.own_file.script_process import main
del sys.path[0]
main()
"""


def command_of(file: Path, arguments: Sequence[str]) -> Command:
    """Return how to start a process for `python file arguments…`, in this folder and environment."""
    # Matplotlib's windows would wait until someone closes them.
    environment = {"MPLBACKEND": "Agg"} | os.environ
    return Command((sys.executable, "-c", _START, str(ROOT), str(file), *arguments), Path.cwd(), environment)


class ScriptWorker:
    """Runs each text of the file in a process of its own, so that nothing of an earlier run is left.

    A process is started before it is needed, as importing torch takes seconds.
    """

    def __init__(self, command: Command) -> None:
        self._command = command
        self._lock = Lock()
        self._processes: OrderedDict[str, Process] = OrderedDict()
        self._next = Process(command)

    def submit(self, pending: PendingJob) -> None:
        """Run a job about a text in the process of that text."""
        if pending.job.kind == "parse":
            pending.on_result(_parsed(pending.job.parameters["text"]))
            return
        process = self._process_of(pending.job)
        if process is None:
            pending.on_result(NOT_FOUND)
        elif process.ended:
            pending.on_result(_ENDED)
        else:
            process.submit(pending)

    def cancel(self, pending: PendingJob) -> None:
        """Do not start this job; if it has not started, its result is CANCELLED."""
        process = self._processes.get(pending.job.run_id)
        if process is not None:
            process.cancel(pending)

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            processes = [self._next, *self._processes.values()]
        _end(processes)

    def _process_of(self, job: Job) -> Process | None:
        """Return the process of a job's run, which may have ended; None if the job does not say what to run."""
        with self._lock:
            if job.run_id not in self._processes:
                if job.source is None:
                    return None
                self._processes[job.run_id] = self._next
                self._next = Process(self._command)
            self._processes.move_to_end(job.run_id)
            late = [self._processes.popitem(last=False)[1] for _ in range(len(self._processes) - KEPT)]
            process = self._processes[job.run_id]
        if late:
            Thread(target=_end, args=(late,), daemon=True, name="ending").start()
        return process


def _end(processes: Sequence[Process]) -> None:
    """End processes, and wait for that; each may take as long as it gives its file, and a little more."""
    ending = [Thread(target=one.end, args=(GRACE + 5.0,)) for one in processes]
    for one in ending:
        one.start()
    for one in ending:
        one.join()


def _parsed(text: str) -> Result:
    """Return why Python cannot parse a text, otherwise null: as `programs.parse_source` does."""
    try:
        own_tree_of(text)
    except SyntaxError as error:
        problem = Problem(error.msg, error.lineno or 0, (error.offset or 1) - 1, "SyntaxError")
        return json_result([asdict(problem)])
    return json_result(None)
