"""Checks the explanations of every Node at every statement, of each leaf's chain, and of each optimizer's step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tests.audit.complaint import Complaint
from tests.audit.equations import false_equations
from tests.audit.explained_claims import Explained, false_texts
from tests.audit.run import Run, own_functions
from tests.audit.steps import false_steps
from viz.explaining.blocks import Math, Section, Table, Text
from viz.explaining.chain import explain_chain
from viz.explaining.changed_explanations import ChangedExplanations
from viz.explaining.nodes import explain_node
from viz.explaining.optimizers import explain_step
from viz.frames.events import Stepped
from viz.frames.frame import Frame
from viz.frames.graph import Node

#: An explanation contains one of these if it cannot explain what torch did.
_CONFESSIONS = (
    "This page has no rule for",
    "this page has no rule for",
    "The formula does not give what torch sent",
    "The lines do not give the value that torch computed",
    "which was not recorded",
    "The paths cannot be computed one by one",
    "differs from torch's gradient",
    "was not given as numbers",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """An explanation to request: `kind` is the name of the Node or the optimizer, and `of` says which one.

    `frames` are those of the part up to then, the last of them the explanation's own.
    """

    view: str
    frames: Sequence[Frame]
    kind: str
    of: str
    explain: Callable[[], Sequence[Section]]
    name: str
    node: Node | None = None

    @property
    def frame(self) -> Frame:
        """The frame of the explanation."""
        return self.frames[-1]


def explanations(run: Run) -> Iterator[Complaint]:
    """Check every explanation that the page offers; the same fault in several is reported once."""
    own = [f"{name}Backward" for name in own_functions(run.source)]
    told: set[tuple[str, str]] = set()
    for part in run.some_parts:
        for asked in _asked(part):
            for wrong in _wrong(run, own, asked):
                alike = asked.kind, re.sub(r"[\d.]+", "", wrong)
                if alike not in told:
                    told.add(alike)
                    yield run.complain(asked.view, asked.frame, f"{asked.kind} of {asked.of}: {wrong}")


def _asked(part: Sequence[Frame]) -> Iterator[_Asked]:
    touched = ChangedExplanations()
    for count, frame in enumerate(part, 1):
        frames = part[:count]
        for number in sorted(touched.next(frame)):
            node = frame.graph.nodes[number]
            title, explain, name = _title(node), partial(explain_node, frame, number), node.variable or ""
            yield _Asked("explanation", frames, node.name or "data", title, explain, name, node)
            if node.kind == "leaf" and node.received:
                yield _Asked("chain", frames, "leaf", title, partial(explain_chain, frame, node.id), name, node)
        if isinstance(frame.event, Stepped):
            for update in frame.event.updates:
                explain = partial(explain_step, frame, update.name)
                yield _Asked("step", frames, frame.event.optimizer, update.name, explain, update.name)


def _wrong(run: Run, own: Sequence[str], asked: _Asked) -> Iterator[str]:
    try:
        sections = asked.explain()
        for section in sections:
            section.to_json()
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        yield f"raises {type(error).__name__}: {error}"
        return
    for text in _texts(sections):
        # The program's own Functions have no rule of torch's.
        if any(one in text for one in _CONFESSIONS) and not any(name in text for name in own):
            yield text
        yield from false_texts(text, Explained(run, asked.frames, asked.node, asked.name))
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Math):
                yield from (f"false: {one}" for one in false_equations(block.latex))
    if asked.view == "step":
        yield from false_steps(asked.frame, asked.of, sections)


def _texts(sections: Sequence[Section]) -> Iterator[str]:
    """The plain sentences and the cells of an explanation."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Text):
                yield block.text
            elif isinstance(block, Table):
                yield from (cell for row in block.rows for cell in row)


def _title(node: Node) -> str:
    return f"`{node.expression.text if node.expression else node.variable or ''}` (node {node.id})"
