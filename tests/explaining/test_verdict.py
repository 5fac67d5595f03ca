"""The verdict on the gradients of a moment counts each outcome, and agrees only if every gradient does."""

from __future__ import annotations

import pytest

from viz.explaining.verdict import Verdict


@pytest.mark.parametrize(
    ("found", "agrees", "brief"),
    [
        ([True] * 5, True, "All 5 gradients agree"),
        ([True] * 2, True, "Both gradients agree"),
        ([True], True, "The gradient agrees"),
        ([True, True, None], None, "2 agree, 1 cannot be judged"),
        ([True, False, None, None], False, "1 agrees, 1 does not agree, 2 cannot be judged"),
        ([False, False], False, "2 do not agree"),
        ([False, True], False, "1 agrees, 1 does not agree"),
        ([None], None, "1 cannot be judged"),
        ([], None, "No gradient to check"),
    ],
)
def test_each_outcome_is_counted(found: list[bool | None], agrees: bool | None, brief: str) -> None:
    assert (Verdict(found).agrees, Verdict(found).brief) == (agrees, brief)


def test_the_details_say_what_was_compared_and_where_to_read_more() -> None:
    compared = "Compared with central differences in float64:"
    assert Verdict([True, None]).details == f"{compared} 1 agrees, 1 cannot be judged. Select a box to read why."
    assert Verdict([True, True]).details == f"{compared} both gradients agree."
    assert Verdict([True]).details == f"{compared} the gradient agrees."
