"""What a page asks behind the stage, and what it is answered: plain data, which another process can read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from viz.worker.counters import Counts

#: Letters of a show's name, a check sum of its source: nobody who does not know the source can guess it.
_NAME = 32


def name_of(source: str) -> str:
    """The name of the show of a source; any text has one, those too that are no program."""
    return hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()[:_NAME]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the show with this name: `kind` is a key of `desk.KINDS`, `query` what it says besides.

    With `source` the show is made where it is not kept (any more). `had` is how many seconds were worked of late
    for the one who asks: who had less goes first.
    """

    kind: str
    show: str
    query: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    had: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, with a status of HTTP; `seconds` of a thread's work it took, and what there is to count."""

    body: bytes
    status: int = 200
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)


@dataclass(slots=True, eq=False)
class Asked:
    """A question on its way: `then` is called with the answer, once, by some other thread."""

    question: Question
    then: Callable[[Answer], None]
    #: Whether nobody waits for the answer any more.
    gone: bool = False


class Answering(Protocol):
    """Who answers questions, here or in another process."""

    def ask(self, asked: Asked) -> None:
        """Have it answered."""

    def withdraw(self, asked: Asked) -> None:
        """Nobody waits for it any more: what is not begun now is not answered, but said to be gone."""

    def end(self) -> None:
        """Answer nothing more."""


#: What is said where nobody waits any more.
GONE = Answer(b"", 499)

#: A browser keeps no answer about a show: another server may know it no more.
PASSING = {"Cache-Control": "no-store"}

BAD, UNKNOWN = Answer(b"Bad request", 400), Answer(b"Not found", 404)


def in_json(said: Any) -> Answer:
    """An answer of plain data."""
    return written(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def written(text: bytes) -> Answer:
    """An answer that is JSON already."""
    return Answer(text, media_type="application/json", headers=PASSING)
