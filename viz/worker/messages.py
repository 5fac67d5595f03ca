"""Jobs and results as bytes in a pipe: two lengths, a head in JSON, and a body."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from typing import IO, Any

from viz.worker.counters import Counts
from viz.worker.jobs import Job, Result

_LENGTHS = struct.Struct(">II")


class Pipe:
    """Sends messages through one stream, from any thread, and receives them from another, in one thread."""

    def __init__(self, reading: IO[bytes], writing: IO[bytes]) -> None:
        self._reading, self._writing = reading, writing
        self._lock = Lock()

    def send(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        """Send a message. Raises OSError or ValueError if the other side is closed."""
        encoded = json.dumps(head, separators=(",", ":")).encode()
        with self._lock:
            self._writing.write(_LENGTHS.pack(len(encoded), len(body)) + encoded)
            self._writing.write(body)
            self._writing.flush()

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """Wait for the next whole message; return None at the end of the stream."""
        lengths = self._reading.read(_LENGTHS.size)
        if len(lengths) < _LENGTHS.size:
            return None
        head_length, body_length = _LENGTHS.unpack(lengths)
        head, body = self._reading.read(head_length), self._reading.read(body_length)
        return (json.loads(head), body) if len(head) + len(body) == head_length + body_length else None

    def close(self) -> None:
        """Send no more, which ends the other side's stream."""
        with self._lock, suppress(OSError):  # unread data may be lost: it is no longer needed
            self._writing.close()


def pack_job(job: Job) -> tuple[dict[str, Any], bytes]:
    """Return a job as the head and the body of a message; the body is its source."""
    head = {
        "kind": job.kind,
        "run_id": job.run_id,
        "parameters": dict(job.parameters),
        "recent_seconds": job.recent_seconds,
        "has_source": job.source is not None,
    }
    return head, (job.source or "").encode(errors="surrogatepass")


def unpack_job(head: Mapping[str, Any], body: bytes) -> Job:
    """Return the job of a message."""
    source = body.decode(errors="surrogatepass") if head["has_source"] else None
    return Job(head["kind"], head["run_id"], head["parameters"], source, head["recent_seconds"])


def pack_result(result: Result) -> tuple[dict[str, Any], bytes]:
    """Return a result as the head and the body of a message."""
    head = {
        "status": result.status,
        "media_type": result.media_type,
        "headers": dict(result.headers),
        "seconds": result.seconds,
        "counts": asdict(result.counts),
    }
    return head, result.body


def unpack_result(head: Mapping[str, Any], body: bytes) -> Result:
    """Return the result of a message."""
    counts = head["counts"]
    recordings = tuple((seconds, iterations) for seconds, iterations in counts["recordings"])
    return Result(
        body,
        head["status"],
        head["media_type"],
        head["headers"],
        head["seconds"],
        Counts(counts["tapes"], counts["bytes"], recordings),
    )
