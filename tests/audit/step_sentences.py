"""The sentences on each step inside a statement, and the sums above the boxes: words and numbers are true."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.audit.complaint import Complaint
from tests.audit.played import played
from tests.audit.run import Run
from tests.audit.step_claims import Statement, Step, false_claims, false_sum
from tests.audit.step_forms import filled, read_step, read_sum
from tests.writing.replay import Replay
from viz.frames.events import Backward
from viz.frames.frame import SETUP, Frame
from viz.frames.graph import Node
from viz.slots import node_of
from viz.writing.node_steps import BEFORE

VIEW = "step sentence"
_NUMBERS = re.compile(r"e?[−\d.]+")
#: The texts in slots.
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the slots show around a statement.

    `now` has the texts that it changes, and `before` those that its part changed before it. A sum builds on the
    texts in `left`: those before the statement, or, if it is the first of its part, those that the previous part
    left.
    """

    now: Texts
    before: Texts
    left: Texts

    def steps(self, order: Sequence[Sequence[int]]) -> Iterator[Texts]:
        """The texts after each step of the statement; the last one is the whole statement."""
        texts = {**self.before}
        of: dict[int | None, dict[str, str]] = defaultdict(dict)
        for slot, text in self.now.items():
            of[node_of(slot)][slot] = text
        for nodes in order[:-1]:
            for node in nodes:
                texts |= of[node]
            yield texts
        yield {**texts, **self.now}


def step_sentences(run: Run) -> Iterator[Complaint]:
    """Check the sentences of all steps on both levels, and all sums."""
    try:
        replay = played(run)
    except Exception:  # noqa: BLE001  # the view of the chunks complains of it
        return
    told: set[tuple[int, str]] = set()
    for number in replay.parts():
        for frame, what in _of_part(run, replay, number):
            alike = frame.line, _NUMBERS.sub("", what)
            if alike not in told:
                told.add(alike)
                yield run.complain(VIEW, frame, what)


def _of_part(run: Run, replay: Replay, number: int) -> Iterator[tuple[Frame, str]]:
    """The faults in a part of a run, each with its frame."""
    part, drawn = replay.part(number), _drawn(replay, number)
    before: Texts = {}
    known = 0
    for at, (frame, written) in enumerate(zip(replay.frames(number), part["f"], strict=True)):
        marks = replay.chunk["marks"][str(written["m"])]
        if marks["order"]:
            moment = run.moments[frame.index] if frame.index < len(run.moments) else None
            bound = run.plain.program.bound(moment.number) if moment is not None else []
            left = _left(replay, number) if at == 0 and "sums" in marks else before
            shown = _Shown(written["t"], before, left)
            for what in _of_statement(Statement(frame, moment, bound, known, drawn), marks, shown):
                yield frame, what
        before, known = {**before, **written["t"]}, len(frame.graph.nodes)


def _drawn(replay: Replay, number: int) -> Sequence[Node]:
    """The Nodes of the drawing that shows a part; that of the set-up may be the first iteration's."""
    ahead = number == SETUP and replay.after and replay.part(SETUP)["p"] == replay.part(0)["p"]
    frames = replay.frames(0 if ahead else number)
    return frames[-1].graph.nodes if frames else ()


def _left(replay: Replay, number: int) -> Texts:
    """What the drawing of a part shows before its first statement: what the previous part left in it."""
    before = number - 1
    if before not in replay.parts() or replay.part(before)["p"] != replay.part(number)["p"]:
        return {}
    *_, (texts, _) = [({}, {}), *replay.states(before)]
    return texts


def _of_statement(statement: Statement, marks: Mapping[str, Any], shown: _Shown) -> Iterator[str]:
    """The faults of a statement's steps."""
    order, event = marks["order"], statement.frame.event
    if isinstance(event, Backward) and [one for one, *_ in order] != list(event.order):
        yield f"its steps are {order}, and backward visited {event.order}"
    lists = {**marks["said"], "sums": marks.get("sums", [None] * len(order))}
    for kind, texts in lists.items():
        if len(texts) != len(order):
            yield f"{kind}: {len(texts)} of {len(order)} steps"
            return
    for at, texts in enumerate(shown.steps(order)):
        node = statement.frame.graph.nodes[order[at][0]]
        for level in marks["said"]:
            for what in _of_step(marks["said"][level][at], Step(statement, node, level), texts):
                yield f"{level}: {what}"
        if lists["sums"][at] is not None:
            yield from _of_sum(lists["sums"][at], Step(statement, node, "autograd"), texts, shown.left)


def _of_step(template: list[str] | None, step: Step, texts: Texts) -> Iterator[str]:
    if template is None:
        # On the level of concepts, a Node inside an expression has no box.
        if step.level == "autograd" or step.node.value is not None:
            yield f"no sentence on {step.node.name}"
        return
    text = filled(template, texts)
    empty = [slot for slot in template[1::2] if not texts.get(slot)]
    said = read_step(template, texts)
    if empty:
        yield f"“{text}”: {', '.join(empty)} shows nothing"
    elif said is None:
        yield f"no form that the audit knows: “{text}”"
    else:
        yield from (f"“{text}”: {what}" for what in false_claims(said, step))


def _of_sum(one: Mapping[str, Any], step: Step, texts: Texts, left: Texts) -> Iterator[str]:
    had = left.get(one["before"], "") if "before" in one else None
    if had == "":
        return  # the stage does not show a sum if it does not know the first term
    known = texts if had is None else {**texts, BEFORE: had}
    text = filled(one["text"], known)
    found = read_sum(one["text"], known)
    slots = one["text"][1::2]
    if found is None or any(not known.get(slot) for slot in slots) or (slots[0] == BEFORE) != (had is not None):
        yield f"no sum: “{text}”"
        return
    terms, total = found
    yield from (f"the sum “{text}”: {what}" for what in false_sum(terms, total, had, step))
