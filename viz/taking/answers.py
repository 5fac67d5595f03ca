"""What there is to say about every node at every moment, packed so small that an offline page can bring it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

from viz.frames import Frame, Node
from viz.taking.excerpt import Excerpt

#: Says all there is to say about a node, as plain data: the frames of its iteration up to the moment, and the node
#: as the iteration ends with it.
Explain = Callable[[Sequence[Frame], Node], Any]


def packed(tape: Excerpt, explain: Explain, iterations: int) -> str:
    """The answers of the first `iterations` iterations as base64 of gzip, and of what follows if they are all.

    Unpacked it is JSON: `answers` is a list of them, each once; `of[iteration][statement + 1][node]` is the
    number of the answer at a moment, statement -1 being the one before the iteration's first.
    """
    numbers: dict[str, int] = {}
    parts = [tape.iteration(number) for number in range(min(iterations, tape.total))]
    if len(parts) == tape.total and tape.after:
        parts.append(tape.after)
    of = [
        [
            [_number(numbers, explain(frames[:count], node)) for node in frames[-1].graph.nodes]
            for count in range(len(frames) + 1)
        ]
        for frames in parts
    ]
    text = f'{{"answers":[{",".join(numbers)}],"of":{json.dumps(of, separators=(",", ":"))}}}'
    # Without a time in it the same run gives the same page.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _number(numbers: dict[str, int], answer: Any) -> int:
    """The number of an answer; nodes have much in common from moment to moment."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return numbers.setdefault(text, len(numbers))
