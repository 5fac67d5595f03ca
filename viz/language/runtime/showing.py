"""What `print`, `str` and formatted strings show of a value, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.kinds import describe, kind_of
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.sizes import NESTED, check_list

_HALF = re.compile("[\ud800-\udfff]")


def shown(thing: Any, span: Span, show: Callable[[Any], str]) -> str:
    """`str(thing)` or `repr(thing)`, without the addresses in memory, which differ each time.

    Raises Refused for what has no text here, LimitReached if there is too much of it.
    """
    addressed = _check(thing, span)
    text = show(thing)
    for one in addressed:
        text = text.replace(repr(one), f"<{type(one).__name__} object>")
    return text


def _check(thing: Any, span: Span) -> list[Any]:
    """Check a value, and return the parts of it that Python would show with their addresses."""
    left = limits.SHOWN
    pending, addressed = [thing], []
    if isinstance(thing, NESTED):
        check_list(thing)
    while pending:
        one = pending.pop()
        text = kind_of(one).text(one)
        if text is NotImplemented:
            what = describe(one)
            raise refused(
                f"{what[0].upper()}{what[1:]} cannot be shown as a string here; show a number or a tensor of it.",
                span,
            )
        if text.address:
            addressed.append(one)
        left -= text.numbers
        if left < 0:
            raise LimitReached(f"At most {limits.SHOWN:,} numbers are shown at once; show a part of them.")
        pending.extend(text.parts)
    return addressed


def text_of(thing: Any, span: Span) -> str:
    """`str(thing)`."""
    return shown(thing, span, str)


def check_text(text: str) -> str:
    """The string itself; raises LimitReached if it is too long, NotHere if no page can show it."""
    check_characters(len(text))
    if not text.isascii() and _HALF.search(text):
        raise NotHere("half of a character (a surrogate) is not a string here; write the whole character")
    return text


def check_characters(count: int) -> None:
    """Raise LimitReached if a string of this length would be too long."""
    if count > limits.TEXT:
        raise LimitReached(f"A string has at most {limits.TEXT:,} characters here; this one would have {count:,}.")
