"""Sentences on what a statement changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from viz.frames.changes import Change, ChangeKind
from viz.frames.plain import Value
from viz.writing.numbers import apart, brief, flat, number
from viz.writing.words import NAMED, join, named

#: The meaning of a module's mode; the braces are filled with its name.
TRAINING = (
    "{} is in training mode from here on. In this mode, Dropout sets elements to 0 at random, and BatchNorm uses "
    "the mean and variance of the batch."
)
EVALUATION = (
    "{} is in evaluation mode from here on. In this mode, Dropout changes nothing, and BatchNorm uses its running "
    "mean and variance, if it keeps them."
)
#: Kinds of changes that are made in place, and kinds that set something.
_IN_PLACE: tuple[ChangeKind, ...] = ("value", "entries")
#: Kinds of changes that are named as attributes of what they change.
_NAMED_BY: tuple[ChangeKind, ...] = ("grad", "dtype", "requires_grad", "training")
_SET: tuple[ChangeKind, ...] = ("grad", "dtype", "requires_grad", "entry")


def changes_said(changes: Sequence[Change], who: str = "The line") -> str:
    """Sentences on all of the changes; `who` is their subject."""
    moved = [one for one in changes if one.before != one.after]
    parts = [
        f"{verb} {named([_from_to(one) for one in of_kind[:NAMED]], len(of_kind))}{how}"
        for verb, how, kinds in (("changed", " in place", _IN_PLACE), ("set", "", _SET))
        if (of_kind := [one for one in moved if one.what in kinds])
    ]
    inside = [one.name for one in changes if one.what == "inside"]
    if inside:
        parts.append(f"stored something in {named(inside[:NAMED], len(inside))}")
    modes = [_mode(one) for one in changes if one.what == "training"]
    stayed = [one for one in changes if one.before == one.after and one.what not in ("training", "inside")]
    stays = [_stays(one) for one in stayed[:NAMED]] if not parts and not modes else []
    done = [f"{who} {join(parts)}."] if parts else []
    return " ".join([*done, *modes[:NAMED], *stays])


def beside(change: Change) -> str:
    """The text that the page shows next to the line of a change."""
    return f"{_label(change)} {_shown(change.after, change)}"


def meaning(changes: Sequence[Change]) -> str:
    """The meaning, and so the colour, of the text next to a line that made these changes."""
    return "gradient" if all(one.what == "grad" for one in changes) else "update"


def _label(change: Change) -> str:
    return f"{change.name}.{change.what}" if change.what in _NAMED_BY else change.name


def _from_to(change: Change) -> str:
    """`W.grad from 3.000 to 0`, or only the element that changed if there is just one."""
    label, before, after = _label(change), change.before, change.after
    if change.what == "entry" and before is None:
        return f"{label} to {after}"
    if change.what not in ("value", "grad"):
        return f"{label} from {_shown(before, change)} to {_shown(after, change)}"
    assert not isinstance(before, str) and not isinstance(after, str)
    if before is None or after is None:
        return f"{label} from {brief(before)} to {brief(after)}"
    others = list(_others(before, after, ()))
    several = isinstance(before, list) and len(flat(before)) > 1
    if brief(before) != brief(after) and (len(others) != 1 or not several):
        return f"{label} from {brief(before)} to {brief(after)}"
    if not others:
        return f"{label} from {brief(before)} to {brief(after)}, with the same numbers"
    (place, old, new), *rest = others
    where = f"{label}[{', '.join(str(one) for one in place)}]" if place else label
    more = f" and {len(rest)} more of its elements" if rest else ""
    return f"{where} from {_number(old, new)} to {_number(new, old)}{more}"


def _others(before: Value, after: Value, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Value, Value]]:
    """The elements that changed: the index, the old number and the new one."""
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield place, before, after
            return
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _others(old, new, (*place, index))
    elif before != after and repr(before) != repr(after):  # a NaN that stays NaN did not change
        yield place, before, after


def _number(one: Value, other: Value) -> str:
    """A number with enough digits to tell it from another."""
    if not isinstance(one, (int, float)) or not isinstance(other, (int, float)) or number(one) != number(other):
        return brief(one)
    return number(one, apart(one, other))


def _stays(change: Change) -> str:
    sign = "" if repr(change.before) == repr(change.after) else ", except for the sign of a zero"
    if change.what in _IN_PLACE:
        return f"{change.name} was written in place and stays {_shown(change.after, change)}{sign}."
    return f"{_label(change)} was {_shown(change.after, change)} already{sign}."


def _mode(change: Change) -> str:
    return (TRAINING if change.after else EVALUATION).format(change.name)


def _shown(value: Value | str | None, change: Change) -> str:
    """A change's value as text."""
    if isinstance(value, str):
        return value
    return brief(value)
