"""The moment of a link: its program, the cursor, the selected node, the level and presenter mode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from viz.frames.frame import SETUP
from viz.frames.tape import Cursor
from viz.limits import EXECUTED, ITERATIONS, NODES
from viz.linking.packing import DAMAGED, BadLink, pack, unpack

Level = Literal["autograd", "concept"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

#: The names of the query's parameters; `viz/stage/page/address-bar.js` writes and reads the same.
PROGRAM, _CURSOR, _NODE, _LEVEL, _PRESENT = "p", "at", "node", "level", "present"

_NUMBER = "[0-9]{1,6}"
_AT = re.compile(rf"({SETUP}|{_NUMBER})\.({_NUMBER})(?:\.({_NUMBER}))?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in a run: the program's text, the cursor (None is the start), the selected node, the level.

    `presenting` says whether it is shown in presenter mode.
    """

    source: str
    cursor: Cursor | None = None
    selected: int | None = None
    level: Level = "autograd"
    presenting: bool = False


def query_of(moment: Moment) -> str:
    """Return the query of a link to a moment, without a question mark. Raises `TooLong` if its program is."""
    said = {PROGRAM: pack(moment.source)}
    if moment.cursor is not None:
        iteration, statement, node = moment.cursor.iteration, moment.cursor.statement, moment.cursor.node
        said[_CURSOR] = f"{iteration}.{statement}" + ("" if node is None else f".{node}")
    if moment.selected is not None:
        said[_NODE] = str(moment.selected)
    if moment.level != LEVELS[0]:
        said[_LEVEL] = moment.level
    if moment.presenting:
        said[_PRESENT] = "1"
    return urlencode(said)


def read(parameters: Mapping[str, str], default: str, kept: str | None = None) -> Moment:
    """Return the moment of a query's parameters; without a program it is `default`.

    Raises `BadLink`, and `LeftOut` if the program was too long for a link and is not the one that was `kept`. The
    program is not parsed: the language may still refuse it.
    """
    packed = parameters.get(PROGRAM)
    return Moment(
        default if packed is None else unpack(packed, kept),
        cursor_in(parameters[_CURSOR]) if _CURSOR in parameters else None,
        _selected(parameters[_NODE]) if _NODE in parameters else None,
        _level(parameters.get(_LEVEL, LEVELS[0])),
        _PRESENT in parameters and _presenting(parameters[_PRESENT]),
    )


def cursor_in(text: str) -> Cursor:
    """Return the cursor of `at`: iteration, statement, and the step inside it, if any. Raises `BadLink`."""
    found = _AT.fullmatch(text)
    if found is None:
        raise BadLink(DAMAGED)
    iteration, statement, step = int(found[1]), int(found[2]), found[3]
    cursor = Cursor(iteration, statement, None if step is None else int(step))
    if iteration > ITERATIONS or statement > EXECUTED or (cursor.node or 0) > NODES:
        raise BadLink(DAMAGED)
    return cursor


def _selected(text: str) -> int:
    if not re.fullmatch(_NUMBER, text) or int(text) > NODES:
        raise BadLink(DAMAGED)
    return int(text)


def _level(text: str) -> Level:
    for level in LEVELS:
        if level == text:
            return level
    raise BadLink(DAMAGED)


def _presenting(text: str) -> bool:
    if text != "1":
        raise BadLink(DAMAGED)
    return True
