"""`make load`: runs every part of the load test, or those that are named, and prints one table.

python -m benchmarks.load crowd hostile
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.load import memory, parts
from benchmarks.load.outcome import Outcome
from benchmarks.table import Row, render

PARTS: dict[str, Callable[[], Outcome]] = {
    "actions": parts.actions,
    "crowd": parts.crowds,
    "grow": parts.grow,
    "idle": memory.idle,
    "slope": memory.slope,
    "hostile": parts.hostile,
}


def main(names: list[str]) -> int:
    """Run the named parts, or all; 1 where a name is none of ours, a step was lost, or anything went wrong."""
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        print(f"no part is called {', '.join(unknown)}: {', '.join(PARTS)}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    failed = False
    for name in names or PARTS:
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            outcome = PARTS[name]()
        except (OSError, RuntimeError) as error:  # what the others measured is worth printing all the same
            print(f"{name} could not be measured: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"{name} took {time.monotonic() - began:.0f} s\n{outcome.said}", file=sys.stderr, flush=True)
        rows += outcome.rows
        failed |= bool(outcome.said)
    print(render(rows))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
