"""What the stage asks about one node of the graph: its whole value, and its explanation."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from viz.explaining.blocks import Section, Text
from viz.explaining.whole import whole
from viz.frames import Event, Frame, Node, Span, Stepped
from viz.worker.jobs import BAD, UNKNOWN, Answer, Question, written
from viz.writing.drawn import Drawn, drawn_part

if TYPE_CHECKING:
    from viz.worker.run_cache import Show

_NUMBER = re.compile("-1|[0-9]{1,9}")
#: Seconds that a question may wait for iterations that are not recorded yet.
_PATIENCE = 1.0
#: Answers that are kept, most of them of some thousand letters.
_KEPT = 4_000
#: Statements after the one that is asked about whose answers come along: whoever steps on would ask for each. And
#: seconds of work for all of them.
_LATER, _LATER_SECONDS = 7, 0.01


def node(question: Question) -> Answer:
    """A node at a moment, as JSON: `value` (see `Whole`), `span` of its expression, and `sections` of explanation.

    With them `later`: the same for some of the iteration's next statements, by their numbers, null where nothing
    is other than a statement before. With `part=value` neither is there.
    """
    asked = moment(question, ("iteration", "statement", "node"))
    if isinstance(asked, Answer):
        return asked
    show, (iteration, statement, number) = asked
    only_value = question.query.get("part") == "value"
    until = time.thread_time() + _LATER_SECONDS
    try:
        text = _said(show.name, iteration, statement, number, only_value=only_value)
    except LookupError:
        return UNKNOWN
    if not only_value:
        later = _later(show.name, iteration, statement, number, text, until)
        text = text[:-1] + b',"later":{' + b",".join(later) + b"}}"
    return written(text)


def _later(name: str, iteration: int, statement: int, node: int, said: bytes, until: float) -> Iterator[bytes]:
    """The answers at the statements after one where `said` was said, as entries of a JSON object; no more once the
    thread's clock is at `until`."""
    for following in range(statement + 1, statement + 1 + _LATER):
        if time.thread_time() > until:
            return
        if _stays(name, iteration, following, node):
            yield b'"%d":null' % following
            continue
        try:
            text = _said(name, iteration, following, node, only_value=False)
        except LookupError:
            return
        yield b'"%d":%b' % (following, b"null" if text == said else text)
        said = text


@lru_cache(maxsize=_KEPT)
def _said(name: str, iteration: int, statement: int, number: int, *, only_value: bool) -> bytes:
    """The answer, made once for a whole class. LookupError where there is no such moment (yet), or no such node.

    It goes by the show's name, so that what is kept keeps no show.
    """
    from viz.worker.run_cache import show_named

    show = show_named(name)
    if show is None:
        raise LookupError
    drawn = part_of(show, iteration)
    nodes = drawn.whole.nodes
    if not 0 <= number < len(nodes) or statement >= len(drawn.frames):
        raise LookupError
    said = answer(drawn.until(statement), nodes[number], only_value)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _stays(name: str, iteration: int, statement: int, node: int) -> bool:
    """Whether it is plain that no more is to be said of a node after a statement than after the one before."""
    from viz.explaining.alike import is_explained_alike
    from viz.worker.run_cache import show_named

    show = show_named(name)
    drawn = part_of(show, iteration) if show else None
    if drawn is None or not 0 < statement < len(drawn.frames):
        return False
    before, now = drawn.frames[statement - 1 : statement + 1]
    return drawn.when == "after" or is_explained_alike(before, now, node)


def is_recorded(question: Question) -> bool:
    """Whether nothing has to be recorded to answer what is asked about a moment."""
    from viz.worker.run_cache import show_named

    text, show = question.query.get("iteration", ""), show_named(question.show)
    if show is None or not _NUMBER.fullmatch(text):
        return question.source is None  # else the show is made first
    # The set-up is drawn as the start of iteration 0, where it is.
    iteration = max(int(text), 0)
    return show.tape.complete or iteration < show.tape.recorded or show.glimpsed(int(text)) is not None


def moment(question: Question, names: Sequence[str]) -> tuple[Show, tuple[int, ...]] | Answer:
    """The show that a question is about and its numbers by these names, the iteration first; or the refusal.

    The iteration is recorded then, if it can be in time.
    """
    from viz.worker.run_cache import show_named

    texts = [question.query.get(name, "") for name in names]
    if not all(_NUMBER.fullmatch(text) for text in texts):
        return BAD
    show = show_named(question.show)
    if show is None:
        return UNKNOWN
    numbers = tuple(int(text) for text in texts)
    if show.glimpsed(numbers[0]) is None:
        show.record(max(numbers[0], 0) + 1, seconds=_PATIENCE)
    return show, numbers


def part_of(show: Show, iteration: int) -> Drawn:
    """The part that a moment lies in, with its drawing. LookupError where there is no such part (yet)."""
    tape, glimpsed = show.tape, show.glimpsed(iteration)
    if glimpsed is not None:
        return Drawn(glimpsed, glimpsed)
    if iteration > min(len(tape), tape.recorded):
        raise LookupError
    return drawn_part(tape, iteration)


def answer(frames: Sequence[Frame], planned: Node, only_value: bool) -> dict[str, Any]:
    """What there is to say about a node, as plain data.

    `frames` are those of the iteration up to the moment; `planned` is the node as the iteration ends with it.
    """
    built = bool(frames) and planned.id < len(frames[-1].graph.nodes)
    node = frames[-1].graph.nodes[planned.id] if built else planned
    said: dict[str, Any] = {
        "name": node.name or "data",
        "variable": node.variable,
        "span": _span(node.expression),
    }
    if node.value is not None and built:
        said["value"] = whole(node.value, node.shape, node.dtype).to_json()
    if not only_value:
        said["sections"] = [section.to_json() for section in _sections(frames, node, built)]
    return said


def _sections(frames: Sequence[Frame], node: Node, built: bool) -> list[Section]:
    """The explanation of a node, and of a leaf how the optimizer moved it, if it did by now."""
    # These import torch, which the first widgets need not wait for.
    from viz.explaining.chain import explain_chain
    from viz.explaining.nodes import explain_node
    from viz.explaining.optimizers import explain_step

    if not built:
        where = f" for `{node.expression.text}` in line {node.expression.line}" if node.expression else ""
        return [Section("Not built yet", (Text(f"PyTorch builds this Node{where}. Step on to see it."),))]
    sections = explain_node(frames[-1], node.id)
    if node.kind == "leaf" and node.variable:
        stepped = next((frame for frame in reversed(frames) if isinstance(frame.event, Stepped)), None)
        if stepped and _moved(stepped.event, node.variable):
            sections = [*explain_step(stepped, node.variable), *sections]
    if node.kind == "leaf" and node.received:
        sections = [*sections, *explain_chain(frames[-1], node.id)]
    return sections


def _moved(event: Event, parameter: str) -> bool:
    return isinstance(event, Stepped) and any(update.name == parameter for update in event.updates)


def _span(span: Span | None) -> dict[str, int] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "endLine": span.end_line, "endColumn": span.end_column}
