"""Why a text was refused, as the editor shows it."""

from __future__ import annotations

from viz import limits
from viz.frames.plain import Problem
from viz.page.editor import refusal


def _at(line: int, message: str = "`eval` is refused.") -> Problem:
    return Problem(message, line, 4, "Refused")


def test_one_problem_is_one_sentence_with_a_link_to_its_line() -> None:
    assert refusal([_at(3)]).startswith("[Line 3](#line-3), column 5: `eval` is refused.\n\nThe page still")


def test_several_problems_are_a_list_in_the_order_of_the_lines() -> None:
    said = refusal([_at(7), _at(2, "`del` is refused.")]).splitlines()
    assert said[0].startswith("These lines cannot run here. The page still shows the previous program")
    assert said[2:] == [
        "- [Line 2](#line-2), column 5: `del` is refused.",
        "- [Line 7](#line-7), column 5: `eval` is refused.",
    ]


def test_lines_with_the_same_message_are_told_together() -> None:
    said = refusal([_at(9), _at(2), _at(4)])
    assert said.startswith("Lines [2](#line-2), [4](#line-4) and [9](#line-9): `eval` is refused.\n")
    assert refusal([_at(2), _at(2)]).startswith("[Line 2](#line-2), column 5: ")


def test_a_problem_of_no_line_has_no_link() -> None:
    assert refusal([_at(0, "Try again.")]).startswith("Try again.\n")


def test_it_is_said_that_there_may_be_more() -> None:
    assert "There may be more." in refusal([_at(line, f"{line}.") for line in range(1, limits.REFUSALS + 1)])
