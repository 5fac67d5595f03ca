"""The benchmarks named on the command line run, and those that cannot run are reported."""

from __future__ import annotations

import pytest

from benchmarks.named import run_named
from benchmarks.table import Row, row


def _good() -> tuple[list[Row], str]:
    return [row("a good one", [2.0], "ms")], ""


def _wrong() -> tuple[list[Row], str]:
    return [row("a wrong one", [3.0], "ms")], "  2 × a step was lost"


def _broken() -> tuple[list[Row], str]:
    raise OSError("no server")


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        ([], 1, "broken failed: no server"),
        (["good"], 0, "good took"),
        (["wrong", "good"], 1, "  2 × a step was lost"),
        (["bad", "good"], 1, "unknown part: bad; known: good, wrong, broken"),
    ],
)
def test_the_named_benchmarks_run(
    names: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_named("part", {"good": _good, "wrong": _wrong, "broken": _broken}, names, (OSError,)) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert ("a good one" in printed.out) == ("bad" not in names)
    assert ("a wrong one" in printed.out) == (not names or "wrong" in names)


def test_an_error_of_another_kind_is_raised() -> None:
    with pytest.raises(OSError, match="no server"):
        run_named("part", {"broken": _broken}, [], (RuntimeError,))
