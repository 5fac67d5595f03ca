"""Compares what the page's sentences claim with the plain run around the statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tests.audit.changed import changes_hold, only_sign, stays
from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import EPS, NAME, VALUE, is_difference, is_sum, shows
from tests.audit.reach import listed, root_of
from tests.audit.run import Run
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.writing.numbers import brief


@dataclass(frozen=True, slots=True)
class Said:
    """A form that matched in a sentence, with the frame and the moment of the statement."""

    match: re.Match[str]
    frame: Frame
    moment: Moment
    run: Run

    def __getitem__(self, group: str) -> str:
        return self.match[group] or ""

    def after(self, name: str) -> PlainVariable | None:
        """The value of a name after the statement."""
        return self.moment.after.get(name)

    def before(self, name: str) -> PlainVariable | None:
        """The value of a name before the statement."""
        return self.moment.before.get(name)


#: Yields a string for each false claim of a form.
Check: TypeAlias = Callable[[Said], Iterator[str]]


def ways_of(moment: Moment) -> str:
    """The changes of a statement, in a few words."""
    ways = list(moment.changes)
    return ", ".join(ways[:3]) + (f" and {len(ways) - 3} more" if len(ways) > 3 else "")


def nothing(said: Said) -> Iterator[str]:
    """The statement changed nothing."""
    if said.moment.changes:
        yield f"{ways_of(said.moment)} changed"


def stored(said: Said) -> Iterator[str]:
    """The statement assigns to these attributes, and nothing else is known to have changed."""
    places = re.split(r", | and ", said["places"])
    set_ = [listed(place, said.moment.ways) for place in places]
    for way in said.moment.changes:
        if not any(way == one or way.startswith((f"{one}.", f"{one}[")) for one in set_):
            yield f"{way} changed"
    for place in places:
        line = said.run.source.splitlines()[said.frame.line - 1]
        parts = re.findall(r"\w+", place) if "setattr(" in line else [place]
        if not all(one in line for one in parts if one != "getattr"):
            yield f"the line does not assign to {place}"


def nothing_more(said: Said) -> Iterator[str]:
    """The form claims nothing that could be wrong."""
    yield from ()


def gone(said: Said) -> Iterator[str]:
    """The names no longer hold anything."""
    yield from (f"{name} is still there" for name in re.findall(r"\w+", said["names"]) if name in said.moment.ways)


def _is(text: str, held: PlainVariable | None, name: str) -> Iterator[str]:
    if held is None:
        yield f"there is no {name}"
    elif not shows(text, held.value):
        yield f"{name} is {held.value}"


def leaf(said: Said) -> Iterator[str]:
    held = said.after(said["name"])
    yield from _is(said["value"], held, said["name"])
    if held is None:
        return
    if not (held.is_leaf and held.requires_grad):
        yield "it is not a leaf that requires a gradient"
    if not shows(said["grad"], held.grad):
        yield f"its .grad is {held.grad}"
    yield from _kind(said, held)


def _kind(said: Said, held: PlainVariable) -> Iterator[str]:
    if said["shape"] and said["shape"] != f", shape [{', '.join(map(str, held.shape))}]":
        yield f"its shape is {held.shape}"
    wanted = "" if held.dtype == "float32" and held.kind == "tensor" else f", {held.dtype}"
    if said["dtype"] != wanted:
        yield f"its dtype is {held.dtype}"


def built(said: Said) -> Iterator[str]:
    held = said.after(said["name"])
    yield from _is(said["value"], held, said["name"])
    if held is not None and held.grad_fn != re.findall(r"\w+", said["functions"])[-1]:
        yield f"its grad_fn is {held.grad_fn}"


def changed(said: Said) -> Iterator[str]:
    event = said.frame.event
    yield from changes_hold(said["parts"], said.moment, isinstance(event, Backward) and event.shared)


def keeps(said: Said) -> Iterator[str]:
    yield from stays(said["name"], said["value"], said.moment)
    if said["sign"]:
        yield from only_sign(said["name"], said.moment)
        return
    # `y += b` makes `y` require a gradient, also if `b` is 0; the Node that is built for it says so.
    told = {f"{said['name']}.requires_grad"} if f" for {said['name']}" in said.match.string else set()
    for way, (before, after) in said.moment.changes.items():
        # It may be another object with the same contents.
        if way.startswith(said["name"]) and way not in told and not _alike(before, after):
            yield f"{way} changed"


def _alike(before: object, after: object) -> bool:
    """Whether two objects have the same contents."""
    return isinstance(before, tuple) and isinstance(after, tuple) and before[1:] == after[1:]


def free(said: Said) -> Iterator[str]:
    held = said.after(said["name"])
    yield from _is(said["value"], held, said["name"])
    if held is not None:
        if held.requires_grad:
            yield "it requires a gradient"
        yield from _kind(said, held)


def plain(said: Said) -> Iterator[str]:
    """The claim of `n is 3.`, or the same for another value."""
    held = said.after(said["name"])
    if held is None or held.kind == "list":
        return
    if held.kind != "number":
        yield f"it is a {held.kind}"
    elif not shows(said["value"], held.value):
        yield f"it is {held.value}"


def only_bound(said: Said) -> Iterator[str]:
    """Names were bound, and nothing that existed before changed."""
    changes = said.moment.changes
    fresh = {way for way, (before, after) in changes.items() if way.isidentifier() and not _same(before, after)}
    there = [way for way in changes if root_of(way) not in fresh]
    if there:
        yield f"{there[0]} changed, which was there before"


def _same(before: object, after: object) -> bool:
    """Whether both are the same object, perhaps with different contents."""
    return isinstance(before, tuple) and isinstance(after, tuple) and before[0] == after[0]


def no_tensor_changed(said: Said) -> Iterator[str]:
    """The numbers and the `.grad` of all tensors that existed before are unchanged."""
    changes = said.moment.changes
    bound = {way for way, (before, after) in changes.items() if way.isidentifier() and not _same(before, after)}
    for name, before in said.moment.before.items():
        after = said.after(name)
        if after is None or before.kind != "tensor" or root_of(name) in bound:
            continue
        if repr((before.value, before.grad)) != repr((after.value, after.grad)):
            yield f"{name} changed"


def _parts(said: Said, pattern: str) -> tuple[list[tuple[str, ...]], str]:
    """The parts of a list in a sentence, and the rest of its text."""
    parts = re.findall(pattern, said["parts"])
    rest = re.sub(pattern, "", said["parts"])
    found = [part if isinstance(part, tuple) else (part,) for part in parts]
    return found, re.sub(r", and |, | and |; (?:both|all) were None|\b\d+ more\b", "", rest).strip()


def _unread(rest: str) -> Iterator[str]:
    if rest:
        yield f"no form that the audit knows: “{rest}”"


def cleared(said: Said) -> Iterator[str]:
    parts, rest = _parts(said, rf"({NAME})\.grad from ({VALUE}) to ({VALUE})")
    yield from _unread(rest)
    for name, old, new in parts:
        before, after = said.before(name), said.after(name)
        if before is not None and not shows(old, before.grad):
            yield f"{name}.grad was {before.grad}"
        if after is not None and not shows(new, after.grad):
            yield f"{name}.grad is {after.grad}"
    yield from _counted(said, ".grad", len(parts))


def _counted(said: Said, ending: str, named: int) -> Iterator[str]:
    """No more things changed than the sentence names and counts, besides those after `It also`."""
    more = re.search(r"(\d+) more", said.match[0])
    also = said.match.string[said.match.end() :].count(ending)
    changed = [way for way in said.moment.changes if way.endswith(ending) and "'params'" not in way]
    if len(changed) > named + also + (int(more[1]) if more else 0):
        yield f"{', '.join(changed)} changed"


def clear_already(said: Said) -> Iterator[str]:
    for name in re.findall(rf"({NAME})\.grad", said["parts"]):
        held = said.after(name)
        if held is not None and said["state"] == "None" and held.grad is not None:
            yield f"{name}.grad is {held.grad}"
    if any(way.endswith(".grad") for way in said.moment.changes):
        yield f"{ways_of(said.moment)} changed"


def added(said: Said) -> Iterator[str]:
    leaf = rf"(?:({NAME}(?:\[[^\]]*\])*|\(.+?\))\.grad|the \.grad of an unnamed leaf)"
    parts, rest = _parts(said, rf"({VALUE}) to {leaf}(?:, which was ({VALUE}))?")
    yield from _unread(rest)
    if not parts:
        yield "it names nothing that was added"
    if " share memory" in said.match[0]:
        yield from _added_in_turn(said, parts)
        return
    for added, name, was in parts:
        before, after = said.before(name), said.after(name)
        if after is None or before is None:
            continue
        if not is_difference(added, before.grad, after.grad, EPS.get(after.dtype, 0.0)):
            yield f"{name}.grad was {before.grad} and is {after.grad}"
        if not shows(was or "None", before.grad):
            yield f"{name}.grad was {before.grad}"
    yield from _counted(said, ".grad", len(parts))
    if any("None" in part[2] for part in parts if part[2]) is False and "were None" in said["parts"]:
        yield from (f"{name}.grad was not None" for _, name, _ in parts if _grad(said.before(name)) is not None)


def _grad(held: PlainVariable | None) -> object:
    return None if held is None else held.grad


def _added_in_turn(said: Said, parts: list[tuple[str, ...]]) -> Iterator[str]:
    """Each addition starts from the result of the one before it, and the last result is the value of them all."""
    before, after = said.before(parts[0][1]), said.after(parts[-1][1])
    if before is None or after is None:
        return
    found = [*(was for _, _, was in parts), brief(after.grad)]
    if not shows(found[0], before.grad):
        yield f"{parts[0][1]}.grad was {before.grad}"
    for (added, name, was), left in zip(parts, found[1:], strict=True):
        if not is_sum([was, added], left, EPS.get(after.dtype, 0.0)):
            yield f"{name}.grad: {was} + {added} is not {left}"


def no_grads(said: Said) -> Iterator[str]:
    changed = [way for way in said.moment.changes if way.endswith(".grad")]
    if changed:
        yield f"{', '.join(changed)} changed"


def given_back(said: Said) -> Iterator[str]:
    """If the line keeps what `torch.autograd.grad` returned, the names hold it."""
    yield from no_grads(said)
    values = [one for one, _ in re.findall(rf"({VALUE}) for ({NAME}|an unnamed tensor)", said["parts"])]
    fresh = [way for way in said.moment.changes if way in said.moment.after]
    held = [one.value for name in fresh if (one := said.after(name)) is not None and one.kind == "tensor"]
    kept = [value for value in values if value != "None"]
    if not kept:
        yield "it names no gradient"
    if held and len(held) == len(values):
        yield from (f"{value} is not kept" for value in kept if not any(shows(value, one) for one in held))


def moved(said: Said) -> Iterator[str]:
    parts, rest = _parts(said, rf"({NAME}) from ({VALUE}) (to|by) ({VALUE})")
    yield from _unread(rest)
    if not parts:
        yield "it names nothing that moved"
    for name, old, how, new in parts:
        before, after = said.before(name), said.after(name)
        if before is not None and not shows(old, before.value):
            yield f"{name} was {before.value}"
        if how == "to" and after is not None and not shows(new, after.value):
            yield f"{name} is {after.value}"
        if before is None or after is None:
            continue
        if not _differ(before.value, after.value):
            yield f"{name} did not move"
        if how == "by" and not is_difference(new, before.value, after.value, EPS.get(after.dtype, 0.0)):
            yield f"{name} moved from {before.value} to {after.value}"
    for name in re.findall(rf"{NAME}", re.sub(r"\b\d+ more\b|\band\b", "", said["left"] or "")):
        before, after = said.before(name), said.after(name)
        if before is not None and after is not None and _differ(before.value, after.value):
            yield f"{name} moved from {before.value} to {after.value}"
    yield from _false_rate(said)


def left(said: Said) -> Iterator[str]:
    """Parameters that an optimizer's step did not change."""
    parts, rest = _parts(said, rf"({NAME}) at ({VALUE})")
    yield from _unread(rest)
    for name, value in parts:
        before, after = said.before(name), said.after(name)
        if after is not None and not shows(value, after.value):
            yield f"{name} is {after.value}"
        if before is not None and after is not None and _differ(before.value, after.value):
            yield f"{name} moved from {before.value} to {after.value}"
    yield from _false_rate(said)


def _differ(one: object, other: object) -> bool:
    """Whether two values differ; NaN does not differ from NaN, nor 0 from -0."""
    return one != other and repr(one) != repr(other)


def _false_rate(said: Said) -> Iterator[str]:
    if said["rate"] and said.match[0].startswith("Rprop "):
        yield "after its first step Rprop has step sizes of its own, and no use for lr"
    rates = [rate for rates in said.moment.rates.values() for rate in rates[0]]
    if said["rate"] and not any(f"{rate:g}" == said["rate"] for rate in rates):
        yield f"no optimizer has this lr; they have {rates}"


def scheduled(said: Said) -> Iterator[str]:
    pairs = [pair for before, after in said.moment.rates.values() for pair in zip(before, after, strict=True)]
    for old, new in re.findall(r"from (\S+) to ([^\s,]+)", said["parts"]):
        if not any((f"{before:.4g}", f"{after:.4g}") == (old, new) for before, after in pairs):
            yield f"no optimizer's lr went so; they went {pairs}"
    if said["kind"] and said["kind"] not in _kinds(said):
        yield f"no optimizer is {said['kind']}; they are {_kinds(said)}"
    if _kinds(said) == {"Rprop"} and "for the steps that follow" in said.match[0]:
        yield "Rprop has step sizes of its own, and no use for lr after its first step"


def _kinds(said: Said) -> set[str]:
    """The kinds of optimizers that the program has at its end."""
    return {type(said.run.plain.names.get(name)).__name__ for name in said.moment.rates}


def left_rate(said: Said) -> Iterator[str]:
    pairs = [pair for before, after in said.moment.rates.values() for pair in zip(before, after, strict=True)]
    if any(before != after for before, after in pairs) and len(said.moment.rates) == 1:
        yield f"lr went {pairs}"


def retained(said: Said) -> Iterator[str]:
    held = said.after(said["name"])
    if held is not None and held.is_leaf is not ("is a leaf" in said.match[0]):
        yield f"is_leaf is {held.is_leaf}"


def mode(said: Said) -> Iterator[str]:
    training = said.moment.modes.get(said["name"])
    if training is not None and training is not (said["mode"] == "training"):
        yield f"its training is {training}"


def decided(said: Said) -> Iterator[str]:
    """The next statement is in the block if the condition holds, and outside it if not."""
    if said.moment.following is None:
        return
    inside = said.run.plain.program.inside(said.moment.number, said.moment.following)
    if inside is not (said["verb"] == "holds"):
        yield f"Python {'goes into' if inside else 'leaves out'} the block"


def passed(said: Said) -> Iterator[str]:
    if said.frame.passes and int(said["number"]) != said.frame.passes[-1] + 1:
        yield f"the passes are {said.frame.passes}"


def returned(said: Said) -> Iterator[str]:
    value = said.moment.returned
    if said["value"] and value is not None and not shows(said["value"], value):
        yield f"it returns {value}"


def handled(said: Said) -> Iterator[str]:
    error = said.moment.handled
    if said["kind"] != type(error).__name__:
        yield f"it is {error!r}"
    elif not (" ".join(str(error).split()) or said["kind"]).startswith(said["message"].removesuffix("…")):
        yield f"it says {error}"


def entered(said: Said) -> Iterator[str]:
    if said.moment.grad_enabled is not ("builds the" in said.match[0]):
        yield f"torch.is_grad_enabled() is {said.moment.grad_enabled}"


def printed(said: Said) -> Iterator[str]:
    begin = said["text"].removesuffix("…")
    blank = "an empty line" if said.moment.printed == "\n" else "only blank space"
    if not (" ".join(said.moment.printed.split()) or blank).startswith(begin) or not begin:
        yield f"it printed {said.moment.printed!r}"
