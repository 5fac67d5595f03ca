"""The explanations of every node at every moment, packed for an offline page."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

from viz.explaining.blocks import Section, Text
from viz.explaining.changed_explanations import ChangedExplanations
from viz.export.excerpt import Excerpt
from viz.frames.frame import SETUP, Frame
from viz.frames.graph import Node
from viz.writing.part_drawing import PartDrawing, part_drawing

#: Describes a node as plain data, from the frames of its part up to the moment, and the node at the end of the
#: part.
Explain = Callable[[Sequence[Frame], Node], Any]
#: How much a page explains beyond its first iteration. An explanation counts as one, and as one more for every
#: _EDGES edges of its graph, which it searches. All of them take a few seconds.
MOST = 10_000
_EDGES = 200


def packed(tape: Excerpt, explain: Explain, iterations: int) -> str:
    """Return the explanations of the set-up and of the first `iterations` iterations, as base64 of gzip of JSON.

    What follows the loop is explained if all iterations are. There are fewer iterations if MOST is reached.

    In the JSON, `answers` is a list of distinct explanations. `of[iteration][node]` has pairs of a statement and
    the index of the explanation from there on: `[-1, 4, 2, 7]` means 4, and 7 from statement 2 on. Iteration -1 is
    the set-up. `missing` is the answer about an iteration that is not explained.
    """
    answers = _Answers(explain)
    of = {SETUP: answers.of_part(part_drawing(tape, SETUP))}
    last = SETUP
    for number in range(min(iterations, tape.total)):
        if last >= 0 and answers.work > MOST:
            break
        of[number] = answers.of_part(part_drawing(tape, number))
        last = number
    if last + 1 == tape.total and tape.after:
        of[tape.total] = answers.of_part(part_drawing(tape, tape.total))
    rest = {"missing": _missing(last), "of": of}
    text = f'{{"answers":[{",".join(answers.numbers)}],{_dumps(rest)[1:]}'
    # Without a time, the same run gives the same page.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _missing(last: int) -> dict[str, Any]:
    """Return the answer about an iteration after the last one that the page explains."""
    explained = "the set-up" if last == SETUP else f"the iterations up to {last}"
    said = Text(f"This page explains {explained}; the app explains the others.")
    return {"title": "Not in this page", "sections": [Section("", (said,)).to_json()]}


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Answers:
    """Explains each node at each statement that may have changed its explanation."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        #: Each distinct explanation in JSON, with its index.
        self.numbers: dict[str, int] = {}
        self.work = 0

    def of_part(self, drawn: PartDrawing) -> list[list[int]]:
        """Return pairs of a statement and an index for each node: the explanation from that statement on."""
        nodes = drawn.graph.nodes
        found = [[-1, self._number(drawn, -1, node)] for node in nodes]
        touched = ChangedExplanations()
        for statement, frame in enumerate(drawn.frames if drawn.when != "after" else ()):
            for one in sorted(touched.next(frame)):
                number = self._number(drawn, statement, nodes[one])
                if number != found[one][-1]:
                    found[one] += [statement, number]
        return found

    def _number(self, drawn: PartDrawing, statement: int, node: Node) -> int:
        self.work += 1 + len(drawn.graph.edges) // _EDGES
        answer = self._explain(drawn.until(statement), node)
        return self.numbers.setdefault(_dumps(answer), len(self.numbers))
