"""The exception for what the language does not allow, and the Problem that any exception becomes."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from viz.errors import LimitReached
from viz.frames.plain import Problem, Span
from viz.text import ended, shortened
from viz.watching.raised import LONGEST, problem_of_exception


class Refused(Exception):
    """The program uses something that the language does not support; `problem` says what, where, and what to
    write. `problems` are all that were found, that one first."""

    def __init__(self, problem: Problem, *others: Problem) -> None:
        self.problem = problem
        self.problems = (problem, *others)
        super().__init__(
            "\n".join(f"line {one.line}, column {one.column}: {one.message}" for one in self.problems)
        )

    def __reduce__(self) -> tuple[type[Refused], tuple[Problem, ...]]:
        return Refused, self.problems


class NotHere(TypeError):
    """A value that this language does not take; the message is the language's own, and is shown as a sentence.

    Python and torch may take it, or refuse it with a message of theirs.
    """


def refused(message: str, where: Span, kind: str = "Refused") -> Refused:
    """A Refused at the beginning of `where`."""
    return Refused(Problem(shortened(message, LONGEST), where.line, where.column, kind))


def problem_of(error: Exception, where: Span) -> Problem:
    """The Problem of what stopped a program: the language's refusal, a limit, or an error of torch or Python."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, LimitReached):
        return Problem(str(error), where.line, where.column, "Limit")
    if isinstance(error, NotHere):
        message = ended(str(error))
        return refused(message[:1].upper() + message[1:], where).problem
    return problem_of_exception(error, where)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` most probably is a slip or the beginning of, None if none is close enough.

    A slip is one letter of a name of up to four, and two of a longer one: otherwise `upper` would be `outer`.
    """
    slips = 1 if len(name) <= 4 else 2
    similar = get_close_matches(name, list(known))
    return next((one for one in similar if one.startswith(f"{name}_") or _edits(name, one) <= slips), None)


def _edits(one: str, other: str) -> int:
    """Return how many letters have to be inserted, deleted, replaced or swapped with the next."""
    rows = [list(range(len(other) + 1))]
    for place, letter in enumerate(one, 1):
        before, row = rows[-1], [place]
        for at, wanted in enumerate(other, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (letter != wanted)))
            if place > 1 and at > 1 and letter == other[at - 2] and one[place - 2] == wanted:
                row[-1] = min(row[-1], rows[-2][at - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
