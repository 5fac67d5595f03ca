"""A process that answers what is asked through its standard input, until nobody can ask any more."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from threading import Thread

from viz.operating import events, process
from viz.operating.settings import settings
from viz.worker import messages
from viz.worker.dispatcher import Desk, warm_up
from viz.worker.jobs import Answer, Asked


def main() -> None:
    """Answer until the one who asks is gone."""
    # An interrupt is meant for the server, whose end is the end of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events.begin(settings().log_level)
    process.share_the_interpreter()
    pipe = messages.Pipe(sys.stdin.buffer, os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # what a library prints is no answer
    Thread(target=warm_up, daemon=True, name="warm-up").start()
    _serve(pipe)
    # Whatever is still under way, nobody waits for it.
    os._exit(0)


def _serve(pipe: messages.Pipe) -> None:
    desk, unanswered = Desk(), dict[int, Asked]()

    def reply(number: int, answer: Answer) -> None:
        del unanswered[number]
        said, body = messages.packed_answer(answer)
        pipe.send(said | {"number": number}, body)

    while message := pipe.receive():
        said, body = message
        number: int = said["number"]
        if not said.get("gone"):
            asked = unanswered[number] = Asked(messages.question_of(said, body), partial(reply, number))
            desk.ask(asked)
        elif number in unanswered:
            desk.withdraw(unanswered[number])


if __name__ == "__main__":
    main()
