"""Checks the changes in place that a sentence reports against the plain run around the statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import VALUE, shows
from tests.audit.reach import UNKNOWN, element_of, numbers_at, root_of
from viz.writing.numbers import DIGITS, MINUS, number

#: A path that a program can write: `W`, `net[0].weight`, `rows[1]`, `opt.param_groups[0]['lr']`.
PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:[^\[\]']|'[^']*')*\])*"
_CHANGE = re.compile(rf"(?P<path>{PATH}) from (?P<old>{VALUE}) to (?P<new>{VALUE})(?= and |, | in place|\Z)")
_ANY = re.compile(rf"(?P<path>{PATH}) (?:from .+? )?to ")
#: What each name holds.
_Names: TypeAlias = Mapping[str, PlainVariable]


def changes_hold(text: str, moment: Moment, meanwhile: bool) -> Iterator[str]:
    """The faults in `x[0] from 1.000 to 5.000 in place and set W.grad from 3.000 to 0`.

    `meanwhile` says that the statement may have changed a value twice; then the old value is not checked.
    """
    paths = [match["path"] for match in _ANY.finditer(text)]
    if not paths:
        yield f"no form that the audit knows: “{text}”"
    for match in _CHANGE.finditer(text):
        found = [list(_wrong(match, moment, turn, meanwhile)) for turn in _turns(match["path"], moment)]
        if found and all(found):
            yield from found[0]
    for path in paths:
        if f"{path} to " in text and path in moment.ways:
            continue  # it was set, perhaps to the value that it had
        if reached(path, moment.after) is UNKNOWN and not _is_changed(path, moment):
            yield f"{path} did not change"


def _turns(path: str, moment: Moment) -> list[tuple[_Names, _Names]]:
    """The turns of a statement in which it may have changed a value.

    Successive turns are merged if no function changed the value between them.
    """
    turns: list[tuple[_Names, _Names]] = []
    for begin, end in moment.turns:
        if turns and repr(reached(path, turns[-1][1])) == repr(reached(path, begin)):
            turns[-1] = turns[-1][0], end
        else:
            turns.append((begin, end))
    return turns


def _wrong(match: re.Match[str], moment: Moment, turn: tuple[_Names, _Names], meanwhile: bool) -> Iterator[str]:
    """The faults in `x[0] from 1.000 to 5.000`."""
    claims = [("was", match["old"], turn[0]), ("is", match["new"], turn[1])]
    for when, told, held in claims[meanwhile:]:
        value = _value(match["path"], when, held, moment)
        if value is not UNKNOWN and not is_shown(told, value):
            yield f"{match['path']} {when} {value}"


def stays(path: str, told: str, moment: Moment) -> Iterator[str]:
    """The faults in `W.grad was 0 already`."""
    for when, held in (("was", moment.before), ("is", moment.after)):
        value = _value(path, when, held, moment)
        if value is not UNKNOWN and not is_shown(told, value):
            yield f"{path} {when} {value}"


def only_sign(path: str, moment: Moment) -> Iterator[str]:
    """The faults in `but for the sign of a zero`."""
    before, after = _value(path, "was", moment.before, moment), _value(path, "is", moment.after, moment)
    if UNKNOWN not in (before, after) and (before != after or repr(before) == repr(after)):
        yield f"{path} was {before} and is {after}"


def _value(path: str, when: str, held: _Names, moment: Moment) -> Any:
    """The number or numbers at a path before (`was`) or after (`is`) a turn of the statement.

    A value that no name holds is looked up in everything that the program reaches before or after the whole
    statement.
    """
    value = reached(path, held)
    if value is not UNKNOWN:
        return value
    before = {way: content for way, (content, _) in moment.changes.items()} if when == "was" else {}
    return numbers_at(path, {**moment.ways, **before})


def reached(path: str, held: _Names) -> Any:
    """The number or numbers at a path, if they can be found from the names."""
    found = [name for name in held if path == name or path.startswith((f"{name}.", f"{name}["))]
    if not found:
        return UNKNOWN
    name = max(found, key=len)
    one, rest = held[name], path[len(name) :]
    if rest == ".requires_grad":
        return one.requires_grad
    value = one.grad if rest.startswith(".grad") else one.value
    return element_of(value, rest.removeprefix(".grad"))


def is_shown(told: str, value: Any) -> bool:
    """Whether a string is this value as the page prints it: a tensor in short form, a list cut short."""
    plain = told.replace(MINUS, "-")
    cut = plain.endswith("…") and repr(value).startswith(plain[:-1])
    exact = isinstance(value, float) and any(told == number(value, digits) for digits in range(4, DIGITS + 1))
    return shows(told, value) or exact or plain == repr(value) or cut


def _is_changed(path: str, moment: Moment) -> bool:
    """Whether anything changed that can be reached through the path's name or one of its aliases."""
    names = {root_of(path), *(one for names in moment.aliases.values() if root_of(path) in names for one in names)}
    return any(
        root_of(way) in names or root_of(path) in moment.aliases.get(root_of(way), ()) for way in moment.changes
    )
