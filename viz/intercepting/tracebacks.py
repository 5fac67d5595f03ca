"""Reads the traceback of an exception: of all calls, only those in the user's own files."""

from __future__ import annotations

import linecache
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from viz.frames.plain import TracedCall
from viz.text import shortened

#: The folders of Python and of this project's own code.
_FOLDERS = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), str(Path(__file__).parents[1])
_NOT_OWN = tuple(f"{Path(one).resolve()}{os.sep}" for one in _FOLDERS)
#: The names of the folders of installed libraries.
_INSTALLED = frozenset({"site-packages", "dist-packages"})
#: The most calls that are kept: as many of the outermost as of the innermost ones.
_MOST = 20
#: Characters of a line's text.
_LONGEST = 200


def calls_in_own_files(trace: TracebackType | None, file: str, text: str | None = None) -> tuple[TracedCall, ...]:
    """Return the calls of a traceback that are in the user's files, the outermost first.

    `file` is certainly one of them; `text` is what ran as its source, if that is not the file's text. Of many
    calls, those in the middle are left out.
    """
    lines = None if text is None else text.split("\n")
    entries = [one for one in _entries(trace) if _is_own(one.tb_frame.f_code.co_filename, file)]
    omitted = max(0, len(entries) - _MOST)
    if omitted:
        entries[_MOST // 2 : -_MOST // 2] = []
    return tuple(
        _call(one, file, lines, omitted if place == _MOST // 2 else 0) for place, one in enumerate(entries)
    )


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        following = trace.tb_next
        yield trace
        trace = following


def _call(entry: TracebackType, file: str, lines: list[str] | None, omitted: int) -> TracedCall:
    code = entry.tb_frame.f_code
    line = entry.tb_lineno or code.co_firstlineno
    if lines is not None and code.co_filename == file:
        text = lines[line - 1] if line <= len(lines) else ""
    else:
        text = linecache.getline(code.co_filename, line, entry.tb_frame.f_globals)
    return TracedCall(
        _shown(code.co_filename, file), line, code.co_name, shortened(text.strip(), _LONGEST), omitted
    )


def _is_own(filename: str, file: str) -> bool:
    """Whether a code's file is the user's: code without a file, such as `<string>`, is not."""
    if filename == file or filename.startswith("<"):
        return filename == file
    place = Path(filename).resolve()
    return not (str(place).startswith(_NOT_OWN) or _INSTALLED.intersection(place.parts))


def _shown(filename: str, file: str) -> str:
    """Return a file's path, without the folder of `file` if it is below that."""
    return file if filename == file else filename.removeprefix(f"{Path(file).absolute().parent}{os.sep}")
