"""Questions and answers as bytes in a pipe: two lengths, what is said as JSON, and the text that it is about."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from typing import IO, Any

from viz.worker.counters import Counts
from viz.worker.jobs import Answer, Question

_LENGTHS = struct.Struct(">II")


class Pipe:
    """Writes messages into one stream, from any thread, and reads them from another, in one."""

    def __init__(self, reading: IO[bytes], writing: IO[bytes]) -> None:
        self._reading, self._writing = reading, writing
        self._lock = Lock()

    def send(self, said: Mapping[str, Any], body: bytes = b"") -> None:
        """Write a message; OSError or ValueError where nobody reads it any more."""
        head = json.dumps(said, separators=(",", ":")).encode()
        with self._lock:
            self._writing.write(_LENGTHS.pack(len(head), len(body)) + head)
            self._writing.write(body)
            self._writing.flush()

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """The next message, once it is whole; None where there is none any more."""
        lengths = self._reading.read(_LENGTHS.size)
        if len(lengths) < _LENGTHS.size:
            return None
        length, rest = _LENGTHS.unpack(lengths)
        head, body = self._reading.read(length), self._reading.read(rest)
        return (json.loads(head), body) if len(head) + len(body) == length + rest else None

    def close(self) -> None:
        """Write nothing more, which the other side sees."""
        with self._lock, suppress(OSError):  # what it did not read yet, it need not
            self._writing.close()


def packed_question(question: Question) -> tuple[dict[str, Any], bytes]:
    """A question as a message; its source is the body."""
    said = {
        "kind": question.kind,
        "show": question.show,
        "query": dict(question.query),
        "had": question.had,
        "whole": question.source is not None,
    }
    return said, (question.source or "").encode(errors="surrogatepass")


def question_of(said: Mapping[str, Any], body: bytes) -> Question:
    """The question of a message."""
    source = body.decode(errors="surrogatepass") if said["whole"] else None
    return Question(said["kind"], said["show"], said["query"], source, said["had"])


def packed_answer(answer: Answer) -> tuple[dict[str, Any], bytes]:
    """An answer as a message; what is said is the body."""
    said = {
        "status": answer.status,
        "type": answer.media_type,
        "headers": dict(answer.headers),
        "seconds": answer.seconds,
        "counts": asdict(answer.counts),
    }
    return said, answer.body


def answer_of(said: Mapping[str, Any], body: bytes) -> Answer:
    """The answer of a message."""
    counts = said["counts"]
    recorded = tuple((seconds, iterations) for seconds, iterations in counts["recorded"])
    return Answer(
        body,
        said["status"],
        said["type"],
        said["headers"],
        said["seconds"],
        Counts(counts["tapes"], counts["bytes"], recorded),
    )
