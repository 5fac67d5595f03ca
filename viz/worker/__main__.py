"""The worker process: runs the jobs that arrive through its standard input, until that ends."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from threading import Thread

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker import messages
from viz.worker.dispatcher import Dispatcher
from viz.worker.jobs import PendingJob, Result
from viz.worker.run_cache import new_cache
from viz.worker.scheduler import Scheduler


def main() -> None:
    """Run jobs until the server ends."""
    # An interrupt from the terminal is for the server; when that ends, this process does too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events.begin(settings().log_level)
    process.share_the_interpreter()
    pipe = messages.Pipe(sys.stdin.buffer, os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # what a library prints must not mix with the results
    dispatcher = Dispatcher(new_cache(Scheduler()))
    Thread(target=dispatcher.warm_up, daemon=True, name="warm-up").start()
    _serve(pipe, dispatcher)
    # The results of jobs that still run are no longer needed.
    os._exit(0)


def _serve(pipe: messages.Pipe, dispatcher: Dispatcher) -> None:
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


if __name__ == "__main__":
    main()
