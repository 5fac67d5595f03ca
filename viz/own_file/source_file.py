"""The file on the page: its text as it was saved last, and what is wrong with a text that cannot run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from viz.syntax import own_tree_of, text_of_file

#: Seconds after a change in which a file may still be half written: an editor empties it and then fills it.
_SETTLES = 0.2


class Unreadable(ValueError):
    """A file cannot run; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The latest text of a file that can run, and a sentence if what was saved after it cannot."""

    text: str
    problem: str = ""


class SourceFile:
    """A file that is edited elsewhere. Thread-safe."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises Unreadable if it cannot run."""
        self.path = path
        self._lock = Lock()
        self._stamp = _stamp(path)
        self._saved = Saved(read(path))

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def saved(self) -> Saved:
        """Return what the file has now; it is read again once a change of it is complete."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp and not (stamp and 0 <= time.time() - stamp.modified / 1e9 < _SETTLES):
                self._stamp = stamp
                try:
                    self._saved = Saved(read(self.path))
                except Unreadable as problem:
                    self._saved = Saved(self._saved.text, str(problem))
            return self._saved


def read(path: Path) -> str:
    """Return the text of a file that Python can run. Raises Unreadable."""
    try:
        text = text_of_file(path)
        compile(own_tree_of(text), str(path), "exec", dont_inherit=True)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not UTF-8: {error.reason} at byte {error.start}.") from error
    except SyntaxError as error:
        raise Unreadable(f"{path}, line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"Python cannot read {path}: {error}.") from error
    return text


class _Stamp(NamedTuple):
    """What changes when a file is saved."""

    modified: int
    size: int
    inode: int


def _stamp(path: Path) -> _Stamp | None:
    """Return the stamp of a file; None while there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
