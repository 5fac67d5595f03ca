"""Runs every benchmark, or those that are named, and prints one table: `python -m benchmarks stepping`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from playwright.sync_api import Error as PlaywrightError

from benchmarks import browser, recording, startup
from benchmarks.table import Row, render

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "recording": recording.recording,
    "stepping": browser.stepping,
    "nodes": browser.nodes,
    "learning-rate": browser.learning_rate,
    "bytes": browser.bytes_sent,
    "startup": startup.startup,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; 1 where a name is none of ours, or a benchmark could not run."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    failed = False
    for name in names or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            rows += BENCHMARKS[name]()
        except (RuntimeError, PlaywrightError) as error:  # what the others measured is worth printing all the same
            print(f"{name} could not be measured: {error}", file=sys.stderr)
            failed = True
    print(render(rows))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
