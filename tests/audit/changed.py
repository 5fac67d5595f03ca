"""Checks the changes in place that a sentence reports against the plain run around the statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import VALUE, shows
from tests.audit.reach import root_of
from viz.writing.numbers import DIGITS, MINUS, number

#: A path that a program can write: `W`, `net[0].weight`, `rows[1]`, `opt.param_groups[0]['lr']`.
PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:[^\[\]']|'[^']*')*\])*"
_CHANGE = re.compile(rf"(?P<path>{PATH}) from (?P<old>{VALUE}) to (?P<new>{VALUE})(?= and |, | in place|\Z)")
_ANY = re.compile(rf"(?P<path>{PATH}) (?:from .+? )?to ")
_UNKNOWN = object()


def changes_hold(text: str, moment: Moment, meanwhile: bool) -> Iterator[str]:
    """The faults in `x[0] from 1.000 to 5.000 in place and set W.grad from 3.000 to 0`.

    `meanwhile` says that the statement may have changed a value twice; then the old value is not checked.
    """
    paths = [match["path"] for match in _ANY.finditer(text)]
    if not paths:
        yield f"no form that the audit knows: “{text}”"
    for match in _CHANGE.finditer(text):
        found = [list(_wrong(match, *turn, meanwhile)) for turn in _turns(match["path"], moment)]
        if found and all(found):
            yield from found[0]
    for path in paths:
        if f"{path} to " in text and path in moment.ways:
            continue  # it was set, perhaps to the value that it had
        if reached(path, moment.after) is _UNKNOWN and not _is_changed(path, moment):
            yield f"{path} did not change"


def _turns(path: str, moment: Moment) -> list[tuple[Mapping[str, PlainVariable], Mapping[str, PlainVariable]]]:
    """The turns of a statement in which it may have changed a value.

    Successive turns are merged if no function changed the value between them.
    """
    turns: list[tuple[Mapping[str, PlainVariable], Mapping[str, PlainVariable]]] = []
    for begin, end in moment.turns:
        if turns and repr(reached(path, turns[-1][1])) == repr(reached(path, begin)):
            turns[-1] = turns[-1][0], end
        else:
            turns.append((begin, end))
    return turns


def _wrong(
    match: re.Match[str], before: Mapping[str, PlainVariable], after: Mapping[str, PlainVariable], meanwhile: bool
) -> Iterator[str]:
    """The faults in `x[0] from 1.000 to 5.000`."""
    moments = [("was", match["old"], before), ("is", match["new"], after)]
    for when, told, held in moments[meanwhile:]:
        value = reached(match["path"], held)
        if value is not _UNKNOWN and not is_shown(told, value):
            yield f"{match['path']} {when} {value}"


def stays(path: str, told: str, moment: Moment) -> Iterator[str]:
    """The faults in `W.grad was 0 already`."""
    for when, held in (("was", moment.before), ("is", moment.after)):
        value = reached(path, held)
        if value is not _UNKNOWN and not is_shown(told, value):
            yield f"{path} {when} {value}"


def only_sign(path: str, moment: Moment) -> Iterator[str]:
    """The faults in `but for the sign of a zero`."""
    before, after = reached(path, moment.before), reached(path, moment.after)
    if _UNKNOWN not in (before, after) and (before != after or repr(before) == repr(after)):
        yield f"{path} was {before} and is {after}"


def reached(path: str, held: Mapping[str, PlainVariable]) -> Any:
    """The number or numbers at a path, if they can be found from the names."""
    found = [name for name in held if path == name or path.startswith((f"{name}.", f"{name}["))]
    if not found:
        return _UNKNOWN
    name = max(found, key=len)
    one, rest = held[name], path[len(name) :]
    if rest == ".requires_grad":
        return one.requires_grad
    value = one.grad if rest.startswith(".grad") else one.value
    places = re.fullmatch(r"(?:\[([\d, ]+)\])?", rest.removeprefix(".grad"))
    if places is None:
        return _UNKNOWN
    for place in places[1].split(", ") if places[1] else ():
        if not isinstance(value, list) or int(place) >= len(value):
            return _UNKNOWN
        value = value[int(place)]
    return value


def is_shown(told: str, value: Any) -> bool:
    """Whether a text is this value as the page prints it: a tensor in short form, a list in Python's form, cut."""
    plain = told.replace(MINUS, "-")
    cut = plain.endswith("…") and repr(value).startswith(plain[:-1])
    exact = isinstance(value, float) and any(told == number(value, digits) for digits in range(4, DIGITS + 1))
    return shows(told, value) or exact or plain == repr(value) or cut


def _is_changed(path: str, moment: Moment) -> bool:
    """Whether anything changed that is reached through the path's name or through one of its other names."""
    names = {root_of(path), *(one for names in moment.aliases.values() if root_of(path) in names for one in names)}
    return any(
        root_of(way) in names or root_of(path) in moment.aliases.get(root_of(way), ()) for way in moment.changes
    )
