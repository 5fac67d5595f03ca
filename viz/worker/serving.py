"""Runs the jobs that arrive through a pipe, in the process at its end."""

from __future__ import annotations

import os
from functools import partial

from viz.worker import messages
from viz.worker.dispatcher import Dispatcher
from viz.worker.jobs import PendingJob, Result


def pipe_to_server() -> messages.Pipe:
    """Return the pipe of this process's standard input and output.

    Its code has others from now on: an empty input, and standard error as its output.
    """
    pipe = messages.Pipe(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # what a library prints must not mix with the results
    return pipe


def serve(pipe: messages.Pipe, dispatcher: Dispatcher) -> None:
    """Run jobs until the server closes the pipe."""
    pending = dict[int, PendingJob]()

    def reply(number: int, result: Result) -> None:
        del pending[number]
        head, body = messages.pack_result(result)
        pipe.send(head | {"number": number}, body)

    while message := pipe.receive():
        head, body = message
        number: int = head["number"]
        if not head.get("cancelled"):
            pending[number] = PendingJob(messages.unpack_job(head, body), partial(reply, number))
            dispatcher.submit(pending[number])
        elif number in pending:
            dispatcher.cancel(pending[number])
