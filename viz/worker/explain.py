"""Jobs about one node of the graph: its whole value, and its explanation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from viz.budget import work_time
from viz.explaining.blocks import Section, Text
from viz.explaining.full_tensor import full_tensor
from viz.frames.events import Event, Stepped
from viz.frames.frame import Frame
from viz.frames.graph import Node
from viz.frames.plain import Span
from viz.worker.jobs import NOT_FOUND, Job, Result, encoded_result
from viz.worker.moments import moment, part_of
from viz.worker.run_cache import RunCache

#: The most descriptions that are cached; most of them have a few thousand characters.
_CACHED = 4_000
#: Statements after the one of the job whose descriptions are returned too, as a visitor who steps on needs each.
#: The seconds of work that all of them together may take.
_LATER, _LATER_SECONDS = 7, 0.01


def explain(runs: RunCache, job: Job) -> Result:
    """Describe a node at a moment, in JSON: see `describe_node`.

    `later` has the same for some of the iteration's next statements, by their numbers; null if nothing differs
    from the statement before. With `part=value` there is only the value.
    """
    asked = moment(runs, job, ("iteration", "statement", "node"))
    if isinstance(asked, Result):
        return asked
    run, (iteration, statement, number) = asked
    only_value = job.parameters.get("part") == "value"
    until = work_time() + _LATER_SECONDS
    try:
        text = _described(runs, run.id, iteration, statement, number, only_value=only_value)
    except LookupError:
        return NOT_FOUND
    if not only_value:
        later = _later(runs, run.id, iteration, statement, number, text, until)
        text = text[:-1] + b',"later":{' + b",".join(later) + b"}}"
    return encoded_result(text)


def _later(
    runs: RunCache, run_id: str, iteration: int, statement: int, node: int, described: bytes, until: float
) -> Iterator[bytes]:
    """Yield the descriptions at the statements after the one `described`, as entries of a JSON object.

    It ends when the thread's clock is at `until`.
    """
    for following in range(statement + 1, statement + 1 + _LATER):
        if work_time() > until:
            return
        if _is_unchanged(runs, run_id, iteration, following, node):
            yield b'"%d":null' % following
            continue
        try:
            text = _described(runs, run_id, iteration, following, node, only_value=False)
        except LookupError:
            return
        yield b'"%d":%b' % (following, b"null" if text == described else text)
        described = text


@lru_cache(maxsize=_CACHED)
def _described(
    runs: RunCache, run_id: str, iteration: int, statement: int, number: int, *, only_value: bool
) -> bytes:
    """Return the description of a node in JSON; the visitors of one run share it.

    The cache has the run's id as its key, so that it keeps no run in memory. Raises LookupError if there is no
    such moment (yet), or no such node.
    """
    run = runs.get(run_id)
    if run is None:
        raise LookupError
    drawn = part_of(run, iteration)
    nodes = drawn.graph.nodes
    if not 0 <= number < len(nodes) or statement >= len(drawn.frames):
        raise LookupError
    description = describe_node(drawn.until(statement), nodes[number], only_value)
    return json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode()


def _is_unchanged(runs: RunCache, run_id: str, iteration: int, statement: int, node: int) -> bool:
    """Return whether it is known, without describing a node, that a statement changes nothing about it."""
    from viz.explaining.changed_explanations import same_explanation

    run = runs.get(run_id)
    drawn = part_of(run, iteration) if run else None
    if drawn is None or not 0 < statement < len(drawn.frames):
        return False
    before, now = drawn.frames[statement - 1 : statement + 1]
    return drawn.when == "after" or same_explanation(before, now, node)


def describe_node(frames: Sequence[Frame], planned: Node, only_value: bool) -> dict[str, Any]:
    """Return what the stage shows about a node: `title`, `value`, `span` of its expression, `sections`.

    `frames` are those of the iteration up to the moment; `planned` is the node at the end of the iteration.
    """
    built = bool(frames) and planned.id < len(frames[-1].graph.nodes)
    node = frames[-1].graph.nodes[planned.id] if built else planned
    name = node.name or "data"
    title = f"{node.variable}: {name}" if node.variable else name
    description: dict[str, Any] = {"title": title, "span": _span(node.expression)}
    if node.value is not None and built:
        description["value"] = full_tensor(node.value, node.shape, node.dtype).to_json()
    if not only_value:
        description["sections"] = [section.to_json() for section in _sections(frames, node, built)]
    return description


def _sections(frames: Sequence[Frame], node: Node, built: bool) -> list[Section]:
    """Explain a node, and for a leaf also the optimizer's step, if there was one by now."""
    # These import torch, and the first widgets must not wait for it.
    from viz.explaining.chain import explain_chain
    from viz.explaining.nodes import explain_node
    from viz.explaining.optimizers import explain_step

    if not built:
        where = f" for `{node.expression.text}` in line {node.expression.line}" if node.expression else ""
        return [Section("Not built yet", (Text(f"PyTorch builds this Node{where}. Step forward to see it."),))]
    sections = explain_node(frames[-1], node.id)
    if node.kind == "leaf" and node.variable:
        stepped = next((frame for frame in reversed(frames) if isinstance(frame.event, Stepped)), None)
        if stepped and _updates(stepped.event, node.variable):
            sections = [*explain_step(stepped, node.variable), *sections]
    if node.kind == "leaf" and node.received:
        sections = [*sections, *explain_chain(frames[-1], node.id)]
    return sections


def _updates(event: Event, parameter: str) -> bool:
    return isinstance(event, Stepped) and any(update.name == parameter for update in event.updates)


def _span(span: Span | None) -> dict[str, int] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "endLine": span.end_line, "endColumn": span.end_column}
