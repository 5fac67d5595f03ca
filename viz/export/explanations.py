"""What there is to say about every node at every moment, packed so small that an offline page can bring it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

from viz.explaining.alike import Touched
from viz.export.excerpt import Excerpt
from viz.frames.frame import SETUP, Frame
from viz.frames.graph import Node
from viz.writing.drawn import Drawn, drawn_part

#: Says all there is to say about a node, as plain data: the frames of its part up to the moment, and the node as
#: the drawing shows it in the end.
Explain = Callable[[Sequence[Frame], Node], Any]
#: How much a page explains beyond its first iteration: so many answers, each counted once and once more for every
#: _EDGES of its graph, all of which it looks through. That takes a few seconds.
MOST = 10_000
_EDGES = 200


def packed(tape: Excerpt, explain: Explain, iterations: int) -> str:
    """The answers of the set-up and of the first `iterations` iterations as base64 of gzip, and of what follows if
    they are all. There are fewer where MOST ends them.

    Unpacked it is JSON: `answers` is a list of them, each once. `of[iteration][node]` says from which statement on
    which of them holds, by its number: `[-1, 4, 2, 7]` is the fourth, and from statement 2 on the seventh.
    Iteration -1 is the set-up, and `last` the last iteration that is explained.
    """
    answers = _Answers(explain)
    of = {SETUP: answers.of_part(drawn_part(tape, SETUP))}
    last = SETUP
    for number in range(min(iterations, tape.total)):
        if last >= 0 and answers.work > MOST:
            break
        of[number] = answers.of_part(drawn_part(tape, number))
        last = number
    if last + 1 == tape.total and tape.after:
        of[tape.total] = answers.of_part(drawn_part(tape, tape.total))
    kept = f'"answers":[{",".join(answers.numbers)}],"last":{last}'
    text = f'{{{kept},"of":{json.dumps(of, separators=(",", ":"))}}}'
    # Without a time in it the same run gives the same page.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


class _Answers:
    """Asks about each node where its answer may be another than at the statement before."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        #: Each answer once, with its number.
        self.numbers: dict[str, int] = {}
        self.work = 0

    def of_part(self, drawn: Drawn) -> list[list[int]]:
        """For each node of a drawing the statements and the numbers of the answers that hold from there on."""
        nodes = drawn.whole.nodes
        found = [[-1, self._number(drawn, -1, node)] for node in nodes]
        touched = Touched()
        for statement, frame in enumerate(drawn.frames if drawn.when != "after" else ()):
            for one in sorted(touched.next(frame)):
                number = self._number(drawn, statement, nodes[one])
                if number != found[one][-1]:
                    found[one] += [statement, number]
        return found

    def _number(self, drawn: Drawn, statement: int, node: Node) -> int:
        self.work += 1 + len(drawn.whole.edges) // _EDGES
        answer = self._explain(drawn.until(statement), node)
        return self.numbers.setdefault(
            json.dumps(answer, ensure_ascii=False, separators=(",", ":")), len(self.numbers)
        )
