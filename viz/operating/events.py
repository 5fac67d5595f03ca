"""The log: one line an event, with counts and check sums; never text of a program nor anybody's address."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

log = logging.getLogger("viz")

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_PACKAGE = Path(__file__).parent.parent
_ROOT = _PACKAGE.parent
#: Letters of a check sum that are logged: enough to see that two lines are about one program, too few to ask
#: for it.
_DIGEST = 8


def begin(level: str) -> None:
    """Log what is of this level or above, and keep what others log free of addresses."""
    log.setLevel(level)
    if not log.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        log.addHandler(handler)
    # Uvicorn has a line with the visitor's address for each WebSocket, whatever is said of its access log.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    if level != "DEBUG":
        # Both log what failed, which `failed` does, with the exception's own words, which may quote a program.
        for other in ("uvicorn.error", "streamlit.error_util"):
            logging.getLogger(other).addFilter(_without_trace)


def _without_trace(record: logging.LogRecord) -> bool:
    record.exc_info = record.exc_text = None
    return True


def started(sessions: int, tape_bytes: int) -> None:
    """The server answers from now on."""
    log.info("started: at most %d sessions, %d bytes of tapes", sessions, tape_bytes)


def opened(sessions: int) -> None:
    """A session began; so many are connected with it."""
    log.info("session opened: %d connected", sessions)


def closed(sessions: int, seconds: float) -> None:
    """A session's connection ended after so many seconds; so many are left."""
    log.info("session closed: %.0f s, %d connected", seconds, sessions)


def recorded(name: str, seconds: float, iterations: int, bytes: int, first: bool) -> None:
    """A recording added iterations to a show, which takes so many bytes now.

    The `first` of a show is an event, those that go on with it are details.
    """
    level = logging.INFO if first else logging.DEBUG
    said = "recorded: %.3f s, %d iterations, %d bytes, program %s"
    log.log(level, said, seconds, iterations, bytes, name[:_DIGEST])


def ended(seconds: float, code: int) -> None:
    """A process that records ended after so many seconds, with this exit code; 0 where it was told to."""
    log.log(
        logging.ERROR if code else logging.INFO, "a process that records ended: %.0f s, code %d", seconds, code
    )


def refused(limit: str) -> None:
    """Someone was refused for a limit."""
    log.info("refused: %s", limit)


def failed(error: BaseException) -> None:
    """Something of ours failed: its type and where, without its message, which may quote a program."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    last = (ours or frames)[-1:]
    where = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)
    log.error("failed: %s at %s", type(error).__name__, where or "no line of Python")


def _is_ours(file: Path) -> bool:
    """Whether a file is the project's; an installation lies among the libraries, a checkout may hold them."""
    return file.is_relative_to(_PACKAGE) or (file.is_relative_to(_ROOT) and "site-packages" not in file.parts)
