"""`make load`: runs every part of the load test, or the named ones, and prints one table.

python -m benchmarks.load crowd hostile
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.load import memory, parts
from benchmarks.load.outcome import Outcome
from benchmarks.named import Measure, run_named
from benchmarks.table import Row

PARTS: dict[str, Callable[[], Outcome]] = {
    "actions": parts.actions,
    "crowd": parts.crowds,
    "grow": parts.grow,
    "idle": memory.idle,
    "slope": memory.slope,
    "hostile": parts.hostile,
}


def main(names: list[str]) -> int:
    """Run the named parts, or all; return 1 if a name is unknown, a step was lost, or anything went wrong."""
    return run_named(
        "part", {name: _measure(part) for name, part in PARTS.items()}, names, (OSError, RuntimeError)
    )


def _measure(part: Callable[[], Outcome]) -> Measure:
    def measure() -> tuple[list[Row], str]:
        outcome = part()
        return outcome.rows, outcome.said

    return measure


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
