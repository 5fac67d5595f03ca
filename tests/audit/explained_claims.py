"""Checks the claims of an explanation's sentences against the plain run and the backward that they describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import EPS, NAME, VALUE, is_difference, shows
from tests.audit.run import Run
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.writing.numbers import brief


@dataclass(frozen=True, slots=True)
class Explained:
    """What is explained: a Node or a parameter's optimizer step, and the frames of its part up to then."""

    run: Run
    frames: Sequence[Frame]
    node: Node | None
    name: str

    @property
    def last(self) -> Frame | None:
        """The last statement of the part that ran a backward; None if none did."""
        return next((one for one in reversed(self.frames) if isinstance(one.event, Backward)), None)

    def moment(self, frame: Frame) -> Moment | None:
        """A statement in plain Python; None if the plain run did not come as far."""
        return self.run.moments[frame.index] if frame.index < len(self.run.moments) else None

    def around(self, frame: Frame | None) -> tuple[PlainVariable, PlainVariable] | None:
        """What the name held before and after a statement; None if it did not hold the explained tensor."""
        moment = None if frame is None else self.moment(frame)
        if frame is None or moment is None or self.name not in moment.before or self.name not in moment.after:
            return None
        held = frame.variables.get(self.name)
        if self.node is not None and (held is None or held.node != self.node.id):
            return None
        return moment.before[self.name], moment.after[self.name]

    @property
    def now(self) -> PlainVariable | None:
        """What the name holds after the statement, if that is the explained tensor."""
        around = self.around(self.frames[-1])
        return None if around is None else around[1]

    def called(self, name: str) -> PlainVariable | None:
        """What a name holds after the statement; for the name of the explained tensor, if it still holds that."""
        moment = self.moment(self.frames[-1])
        return self.now if name == self.name or moment is None else moment.after.get(name)

    @property
    def in_call(self) -> bool:
        """Whether the statement is in a function: its caller may have run a backward that has no frame yet."""
        moment = self.moment(self.frames[-1])
        return moment is not None and self.run.plain.program.in_function(moment.number)

    @property
    def added(self) -> tuple[PlainVariable, PlainVariable] | None:
        """What the name held before and after the last backward, if its `.grad` is its own."""
        last = self.last
        shared = last is not None and isinstance(last.event, Backward) and last.event.shared
        return None if shared else self.around(last)


#: Yields a string for each false claim of a sentence.
_Check: TypeAlias = Callable[["re.Match[str]", Explained], Iterator[str]]


def false_texts(text: str, explained: Explained) -> Iterator[str]:
    """The faults of a sentence of an explanation; a sentence without a known claim has none."""
    if explained.in_call:
        return
    for pattern, check in _CLAIMS.items():
        for match in pattern.finditer(text):
            yield from (f"“{match[0]}”: {what}" for what in check(match, explained))


def _was_none(match: re.Match[str], explained: Explained) -> Iterator[str]:
    around = explained.added
    if around is not None and around[0].grad is not None:
        yield f".grad was {brief(around[0].grad)}"
    if around is not None and not shows(match["value"], around[1].grad):
        yield f".grad became {brief(around[1].grad)}"


def _was_not_none(match: re.Match[str], explained: Explained) -> Iterator[str]:
    around = explained.added
    if around is not None and around[0].grad is None:
        yield ".grad was None"


def _returned(match: re.Match[str], explained: Explained) -> Iterator[str]:
    last = explained.last
    event = None if last is None else last.event
    derivatives = event.derivatives if isinstance(event, Backward) else None
    node = explained.node
    values = [one.value for one in derivatives or () if node is not None and one.node == node.id]
    if not any(shows(match["value"], value) for value in values):
        yield f"it returned {', '.join(map(brief, values)) or 'nothing'} for it"
    moment = None if last is None else explained.moment(last)
    if moment is not None and any(way.endswith(".grad") for way in moment.changes):
        yield "a .grad changed"


def _did_not_change(match: re.Match[str], explained: Explained) -> Iterator[str]:
    around = explained.around(explained.last)
    if around is not None and repr(around[0].grad) != repr(around[1].grad):
        yield f".grad went from {brief(around[0].grad)} to {brief(around[1].grad)}"


def _not_reached(match: re.Match[str], explained: Explained) -> Iterator[str]:
    """No backward of the part visited the Node, or only the last one did not."""
    ran = [one for one in explained.frames if isinstance(one.event, Backward)]
    last = "last" in match.re.groupindex
    for frame in ran[-1:] if last else ran:
        assert isinstance(frame.event, Backward)
        if explained.node is not None and explained.node.id in frame.event.order:
            yield f"line {frame.line} did"
        around = explained.around(frame)
        alone = frame.event.derivatives is None and not frame.event.shared
        if alone and around is not None and repr(around[0].grad) != repr(around[1].grad):
            yield f"line {frame.line} changed its .grad"
    if last and not ran:
        yield "no backward pass has run"


def _grad_is(match: re.Match[str], explained: Explained) -> Iterator[str]:
    now = explained.now
    if match["name"] == explained.name and now is not None and not shows(match["value"], now.grad):
        yield f".grad is {brief(now.grad)}"


def _needs_none(match: re.Match[str], explained: Explained) -> Iterator[str]:
    held = explained.called(match["name"])
    if held is not None and held.requires_grad:
        yield "it has requires_grad=True"


def _is_leaf(match: re.Match[str], explained: Explained) -> Iterator[str]:
    held = explained.called(match["name"])
    if held is not None and not (held.is_leaf and held.requires_grad):
        yield f"its grad_fn is {held.grad_fn}, and its requires_grad {held.requires_grad}"


def _started(match: re.Match[str], explained: Explained) -> Iterator[str]:
    event = None if explained.last is None else explained.last.event
    if not isinstance(event, Backward) or explained.node is None or event.root != explained.node.id:
        yield "no backward started there"


def _gradient(match: re.Match[str], explained: Explained) -> Iterator[str]:
    """The gradient that the last backward sent to a leaf is the difference that it made to `.grad`."""
    around, last = explained.added, explained.last
    if last is None or not isinstance(last.event, Backward) or last.event.derivatives is not None:
        return
    if around is None:
        return
    before, after = around
    if not is_difference(match["value"], before.grad, after.grad, EPS.get(after.dtype, 0.0)):
        yield f".grad went from {brief(before.grad)} to {brief(after.grad)}"


def _skipped(match: re.Match[str], explained: Explained) -> Iterator[str]:
    around = explained.around(explained.frames[-1])
    if around is not None and around[0].grad is not None:
        yield f".grad was {brief(around[0].grad)}"
    yield from _stays(match, explained)


def _stays(match: re.Match[str], explained: Explained) -> Iterator[str]:
    around = explained.around(explained.frames[-1])
    if around is not None and repr(around[0].value) != repr(around[1].value):
        yield f"it went from {brief(around[0].value)} to {brief(around[1].value)}"


def _dtype(match: re.Match[str], explained: Explained) -> Iterator[str]:
    if explained.now is not None and explained.now.dtype != match["dtype"]:
        yield f"it is in {explained.now.dtype}"


def _closure(match: re.Match[str], explained: Explained) -> Iterator[str]:
    """A statement has a turn before each call of one of the program's functions, and one after the last."""
    moment = explained.moment(explained.frames[-1])
    ran = 0 if moment is None else len(moment.turns) - 1
    said = match["times"]
    times = {"once": 1, "twice": 2}.get(said) or int(said.removesuffix(" times"))
    if ran and times != ran:  # a lambda makes no turns
        yield f"it ran {ran} times"


def _claims(checks: Mapping[str, _Check]) -> dict[re.Pattern[str], _Check]:
    return {re.compile(one.replace("VALUE", VALUE).replace("NAME", NAME)): check for one, check in checks.items()}


#: The claims that the plain run can judge, each as the pattern of its sentence.
_CLAIMS = _claims(
    {
        r"NAME\.grad was None, so it became the received gradient: (?P<value>VALUE)\.": _was_none,
        r"NAME\.grad was not None, so backward added to it": _was_not_none,
        r"torch\.autograd\.grad returned (?P<value>VALUE) to the program and changed no \.grad\.": _returned,
        r"Backward sent no gradient (?:here, so .+?\.grad did not change|to this leaf)\.": _did_not_change,
        r"[Nn]o backward pass has reached this (?:leaf|Node)": _not_reached,
        r"(?P<last>The last backward pass did not visit) this (?:leaf|Node)": _not_reached,
        r"(?P<name>NAME)\.grad is (?P<value>VALUE)\.(?= |\Z)": _grad_is,
        r"`(?P<name>NAME)` has requires_grad=False, so it receives no gradient\.": _needs_none,
        r"`(?P<name>NAME)` is a leaf: it has requires_grad=True, and autograd recorded no operation": _is_leaf,
        r"backward\(\) started at this leaf itself": _started,
        r"The backward pass started here": _started,
        r"torch's gradient for this leaf is (?P<value>VALUE)\.(?= |\Z)": _gradient,
        r"NAME\.grad is None, so the optimizer skips NAME\.": _skipped,
        r"so (?:no parameter moves|the step changes nothing)\.": _stays,
        r"torch computed this value in (?P<dtype>\w+)\.": _dtype,
        r"This step ran the closure (?P<times>once|twice|\d+ times)": _closure,
    }
)
