"""What the stage asks for as it plays: more of a tape."""

from __future__ import annotations

import re

from viz.limits import ITERATIONS
from viz.worker.jobs import BAD, UNKNOWN, Answer, Question, written

_NUMBER = re.compile("[0-9]{1,9}")
_NAMES = ("from", "to", "drawn", "alone", "till", "urgent", "path")


def more(question: Question) -> Answer:
    """Iterations `from` to `to`, without what the stage has already: the series of so many, `drawn`, and the
    iterations from `alone` to `till`. `urgent` is 1 where someone waits for it, `path` where nothing is wanted but
    what is missing of the series.
    """
    from viz.worker.run_cache import show_named

    asked = {name: question.query[name] for name in _NAMES if name in question.query}
    if not all(_NUMBER.fullmatch(text) for text in asked.values()) or not {"from", "to"} <= asked.keys():
        return BAD
    numbers = {name: int(text) for name, text in asked.items()}
    show = show_named(question.show)
    if show is None:
        return UNKNOWN
    if "path" in numbers:
        return written(show.path(numbers["from"], numbers.get("drawn", 0)))
    alone = range(numbers.get("alone", 0), min(numbers.get("till", 0), ITERATIONS))
    behind = "urgent" not in numbers
    return written(show.chunk(numbers["from"], numbers["to"], numbers.get("drawn"), alone, behind))
