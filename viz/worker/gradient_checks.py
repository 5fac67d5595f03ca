"""What the stage asks about a moment's gradients: are they right, as differences tell?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from viz.frames import Node
from viz.worker import explain
from viz.worker.jobs import UNKNOWN, Answer, Question, in_json

#: Seconds that checking all gradients of a moment may take; what is left then stays unchecked.
SECONDS = 2.0


def gradients(question: Question) -> Answer:
    """Every gradient of a moment checked, as JSON: how many are `shown`, and how many `agree` and `disagree`.

    The others nobody can tell. By node `{agrees, text}`; or `problem`, a sentence, where nothing can be checked.
    """
    from viz.explaining.check import CannotCheck, Checks

    asked = explain.moment(question, ("iteration", "statement"))
    if isinstance(asked, Answer):
        return asked
    show, (iteration, statement) = asked
    try:
        drawn = explain.part_of(show, iteration)
    except LookupError:
        return UNKNOWN
    if not 0 <= statement < len(drawn.frames):
        return UNKNOWN
    frame = drawn.until(statement)[-1]
    try:
        checks = Checks(show.tape.program, show.tape, frame)
    except CannotCheck as problem:
        return in_json({"problem": str(problem)})
    shown = [node for node in frame.graph.nodes if any(one is not None for one in node.received)]
    results = dict(_checked(checks, shown))
    verdicts = [result["agrees"] for result in results.values()]
    return in_json(
        {"shown": len(shown), "agree": verdicts.count(True), "disagree": verdicts.count(False), "nodes": results}
    )


def _checked(checks: Any, nodes: list[Node]) -> Iterator[tuple[str, dict[str, Any]]]:
    deadline = time.monotonic() + SECONDS
    for node in nodes:
        if time.monotonic() > deadline:
            yield str(node.id), {"agrees": None, "text": "There was no time left to check this one."}
            continue
        check = checks.of(node.id)
        yield str(node.id), {"agrees": check.agrees, "text": check.text}
