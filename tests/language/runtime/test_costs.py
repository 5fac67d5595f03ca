"""A program at each limit ends in a sentence, within 2 seconds and 200 MiB, and the next one is not slowed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.language.costly import HEAD, LARGEST, PROGRAMS, Cost
from viz import limits

#: Seconds beyond the limit, for the operation that was running when the limit was reached.
_SLACK = 0.5
_MEBIBYTES = 200
_HEAD_LINES = HEAD.count("\n")


def test_a_program_at_each_limit_costs_no_more_than_is_promised() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.language.costly"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
        timeout=900,  # against a program that never ends
    )
    before, costs = json.loads(ran.stdout)
    assert list(costs) == [*PROGRAMS, *LARGEST]
    wrong = [line for name, cost in costs.items() for line in _wrong(name, Cost(**cost), before)]
    assert not wrong, "\n".join(wrong)


def _wrong(name: str, cost: Cost, before: float) -> list[str]:
    """Return which promises are broken."""
    found = []
    if name in PROGRAMS:
        source, named = PROGRAMS[name]
        if named not in cost.message or cost.kind not in ("Limit", "Refused"):
            found.append(f"{name}: {cost.kind}: {cost.message}, and not: {named}")
        if not 1 <= cost.line - _HEAD_LINES <= source.count("\n") + 1 and name != "statements as written":
            found.append(f"{name}: on line {cost.line}")
    if cost.seconds > limits.SECONDS + _SLACK:
        found.append(f"{name}: {cost.seconds:.2f} seconds")
    if cost.mebibytes > _MEBIBYTES:
        found.append(f"{name}: {cost.mebibytes:.0f} MiB")
    # A coarse bound, not a timing: a hundredth of a second means nothing.
    if cost.after > 3 * before + 0.02:
        found.append(f"{name}: the next program took {cost.after:.3f} seconds and not {before:.3f}")
    return found
