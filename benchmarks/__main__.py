"""Runs every benchmark, or those that are named, and prints one table: `python -m benchmarks stepping`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import browser, recording, startup
from benchmarks.table import Row, render

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "recording": recording.recording,
    "stepping": browser.stepping,
    "learning-rate": browser.learning_rate,
    "bytes": browser.bytes_sent,
    "startup": startup.startup,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; 1 where a name is none of ours."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name]()
    print(render(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
