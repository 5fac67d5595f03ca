"""The worker process: runs the jobs that arrive through its standard input, until that ends."""

from __future__ import annotations

import os
import signal
from threading import Thread

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker.dispatcher import Dispatcher
from viz.worker.run_cache import new_cache
from viz.worker.scheduler import Scheduler
from viz.worker.serving import pipe_to_server, serve


def main() -> None:
    """Run jobs until the server ends."""
    # An interrupt from the terminal is for the server; when that ends, this process does too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events.begin(settings().log_level)
    process.share_the_interpreter()
    pipe = pipe_to_server()
    dispatcher = Dispatcher(new_cache(Scheduler()))
    Thread(target=dispatcher.warm_up, daemon=True, name="warm-up").start()
    serve(pipe, dispatcher)
    # The results of jobs that still run are no longer needed.
    os._exit(0)


if __name__ == "__main__":
    main()
