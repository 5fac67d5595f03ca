"""The exception for what the language does not allow, and the Problem that any exception becomes."""

from __future__ import annotations

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
