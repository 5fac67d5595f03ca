"""The stage gets the traceback of an exception as Python prints it, and none for a program of the language."""

from __future__ import annotations

from viz.frames.plain import Problem, TracedCall
from viz.writing.tracebacks import traceback_json


def test_each_call_has_its_place_and_the_text_of_its_line() -> None:
    calls = (
        TracedCall("train.py", 9, "<module>", "main()"),
        TracedCall("nets/unet.py", 3, "forward", "", omitted=7),
    )
    assert traceback_json(Problem("no", 9, 0, "ValueError", calls)) == {
        "calls": [
            ["train.py, line 9, in <module>", "main()"],
            ["7 calls are left out here.", ""],
            ["nets/unet.py, line 3, in forward", ""],
        ],
        "raised": "ValueError: no",
    }


def test_an_exception_without_a_message_is_its_kind_alone() -> None:
    found = traceback_json(Problem("KeyError", 1, 0, "KeyError", (TracedCall("a.py", 1, "f", "f()"),)))
    assert found is not None and found["raised"] == "KeyError"


def test_a_program_of_the_language_has_no_traceback() -> None:
    assert traceback_json(Problem("no", 1, 0, "RuntimeError")) is None
