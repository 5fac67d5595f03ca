"""`sys`: which Python this is, and a way to print without a new line."""

from __future__ import annotations

import sys
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Library
from viz.language.runtime.kinds import describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import cut
from viz.language.runtime.state import State
from viz.language.vocabulary.skipped import members


def _write(state: State, span: Span, text: Any, /) -> int:
    """`sys.stdout.write(text)`: prints a string, and returns how many characters it has."""
    if not isinstance(text, str):
        raise NotHere(f"`sys.stdout.write` takes a string, as in `sys.stdout.write(str(x))`, not {describe(text)}")
    state.printed = cut(state.printed + text)
    return len(text)


_STDOUT = Library("sys.stdout", {"write": by_signature("sys.stdout.write", _write), **members("sys.stdout")})
SYS = Library("sys", {"version": sys.version, "maxsize": sys.maxsize, "stdout": _STDOUT})
