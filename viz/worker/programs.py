"""What the page itself asks: whether a text is a program, and what the stage is sent of one first."""

from __future__ import annotations

from dataclasses import asdict

from viz.frames import Problem
from viz.worker import scheduler
from viz.worker.jobs import BAD, Answer, Question, in_json, written

_NO_STATEMENT = Problem(
    "There is no statement to step through; write one, such as `import torch`.", 1, 0, "Refused"
)


def check(question: Question) -> Answer:
    """Why the `text` is no program of the language, as the fields of a Problem; null where it is one."""
    # torch comes with the language, and takes seconds to import.
    from viz.language import Refused, parse

    text = question.query["text"]
    try:
        with scheduler.reading(text):
            program = parse(text)
    except Refused as refusal:
        return in_json(asdict(refusal.problem))
    return in_json(None if program.body else asdict(_NO_STATEMENT))


def opening(question: Question) -> Answer:
    """The first chunk of the source's show for whoever is `at` an iteration, with the series of the first `until`,
    and with the `address` that the stage has for the show.
    """
    from viz.worker.run_cache import show_of

    if question.source is None:
        return BAD
    asked = question.query
    return written(show_of(question.source).opening(int(asked["at"]), int(asked["until"]), asked["address"]))
