"""A desk in a process of its own: there nobody's page waits for the interpreter while something is recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from threading import Lock, Thread

from viz.operating import events
from viz.worker import messages
from viz.worker.jobs import Answer, Asked

_ROOT = Path(__file__).parent.parent.parent
_COMMAND = (sys.executable, "-m", "viz.worker")
#: torch computes a program's small tensors in one thread: several would wait for each other on a busy machine, and
#: take many times as long.
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}
#: Seconds that a process has to end when it is told to.
_END = 5.0
#: What is said where a process ended before it answered.
ENDED = Answer(b"The server lost this run. Try again.", 503)


class Apart:
    """A process that answers questions; another one takes its place, at the next question, when it ends."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._life = _Life()

    def ask(self, asked: Asked) -> None:
        """Have it answered there; ENDED where the process ends before."""
        with self._lock:
            if self._life.over:
                self._life = _Life()
            life = self._life
        life.ask(asked)

    def withdraw(self, asked: Asked) -> None:
        """Nobody waits for it any more."""
        self._life.withdraw(asked)

    def end(self) -> None:
        """Have the process end."""
        self._life.end()

    @property
    def process_id(self) -> int:
        """The id of the process that answers now."""
        return self._life.process_id


class _Life:
    """One process, from its start to its end, and what it was asked and has not answered."""

    def __init__(self) -> None:
        self.over = False
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            _COMMAND, cwd=_ROOT, env=_ONE_THREAD | os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._said = self._process.stdout
        self._pipe = messages.Pipe(self._said, self._process.stdin)
        self._numbers = count()
        self._unanswered: dict[int, Asked] = {}
        Thread(target=self._listen, daemon=True, name="answers").start()

    @property
    def process_id(self) -> int:
        """The process's id."""
        return self._process.pid

    def ask(self, asked: Asked) -> None:
        """Send a question."""
        number = next(self._numbers)
        self._unanswered[number] = asked
        said, body = messages.packed_question(asked.question)
        self._send(said | {"number": number}, body)
        if self.over:  # and nobody may be there any more who would see that this one is unanswered
            self._give_up()

    def withdraw(self, asked: Asked) -> None:
        """Send that nobody waits for an answer."""
        asked.gone = True
        number = next((number for number, one in list(self._unanswered.items()) if one is asked), None)
        if number is not None:
            self._send({"number": number, "gone": True})

    def end(self) -> None:
        """It ends once nothing more can be asked."""
        self._pipe.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _send(self, said: dict[str, object], body: bytes = b"") -> None:
        try:
            self._pipe.send(said, body)
        except (OSError, ValueError):
            self.over = True

    def _listen(self) -> None:
        while message := self._pipe.receive():
            said, body = message
            asked = self._unanswered.pop(said["number"], None)
            if asked is not None:  # else it was said to be lost, by whoever could send nothing more
                asked.then(messages.answer_of(said, body))
        self.over = True
        self._pipe.close()
        events.ended(time.monotonic() - self._began, self._process.wait())
        self._said.close()
        self._give_up()

    def _give_up(self) -> None:
        while self._unanswered:
            try:
                _, asked = self._unanswered.popitem()
            except KeyError:
                return  # the other thread that gives up was faster
            asked.then(ENDED)
