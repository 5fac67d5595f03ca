"""The log: one line for each event, with counts and check sums, never with a program's text or an address."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

log = logging.getLogger("viz")

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_PACKAGE = Path(__file__).parent.parent
_ROOT = _PACKAGE.parent
#: Characters of a run's id that are logged: enough to see that two lines are about one program, too few to request
#: it.
_DIGEST = 8


def begin(level: str) -> None:
    """Log events of this level or above, and keep addresses and programs out of what others log."""
    log.setLevel(level)
    if not log.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        log.addHandler(handler)
    # Uvicorn logs the visitor's address for each WebSocket, even without its access log.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    if level != "DEBUG":
        # Both log exceptions with their messages, which may quote a program; `failed` logs them without.
        for other in ("uvicorn.error", "streamlit.error_util"):
            logging.getLogger(other).addFilter(_without_trace)


def _without_trace(record: logging.LogRecord) -> bool:
    record.exc_info = record.exc_text = None
    return True


def started(sessions: int, tape_bytes: int) -> None:
    """The server has started to answer."""
    log.info("started: at most %d sessions, %d bytes of tapes", sessions, tape_bytes)


def opened(sessions: int) -> None:
    """A session began; `sessions` are connected now."""
    log.info("session opened: %d connected", sessions)


def closed(sessions: int, seconds: float) -> None:
    """A session's connection ended after `seconds`; `sessions` are still connected."""
    log.info("session closed: %.0f s, %d connected", seconds, sessions)


def recorded(name: str, seconds: float, iterations: int, bytes: int, first: bool) -> None:
    """A recording added iterations to a run, which now takes `bytes` of memory.

    The `first` recording of a run is logged as INFO, the others as DEBUG.
    """
    level = logging.INFO if first else logging.DEBUG
    message = "recorded: %.3f s, %d iterations, %d bytes, program %s"
    log.log(level, message, seconds, iterations, bytes, name[:_DIGEST])


def ended(seconds: float, code: int) -> None:
    """A worker process ended after `seconds`; its exit code is 0 if the server ended it."""
    log.log(logging.ERROR if code else logging.INFO, "worker process ended: %.0f s, code %d", seconds, code)


def refused(limit: str) -> None:
    """A limit refused a visitor."""
    log.info("refused: %s", limit)


def failed(error: BaseException) -> None:
    """Our code raised an exception: log its type and its place, not its message, which may quote a program."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    last = (ours or frames)[-1:]
    where = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)
    log.error("failed: %s at %s", type(error).__name__, where or "no line of Python")


def _is_ours(file: Path) -> bool:
    """Whether a file is the project's; an installation lies among the libraries, a checkout may hold them."""
    return file.is_relative_to(_PACKAGE) or (file.is_relative_to(_ROOT) and "site-packages" not in file.parts)
