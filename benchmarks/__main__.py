"""Runs all benchmarks, or the named ones, and prints one table: `python -m benchmarks stepping`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from playwright.sync_api import Error as PlaywrightError

from benchmarks import blocks, browser, export, recording, scripts, seeking, startup, tracing
from benchmarks.named import Measure, run_named
from benchmarks.table import Row

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "recording": recording.recording,
    "seeking": seeking.seeking,
    "scripts": scripts.scripts,
    "blocks": blocks.blocks,
    "tracing": tracing.tracing,
    "stepping": browser.stepping,
    "nodes": browser.nodes,
    "learning-rate": browser.learning_rate,
    "bytes": browser.bytes_sent,
    "startup": startup.startup,
    "offline-page": export.offline_page,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 if a name is unknown or a benchmark could not run."""
    known = {name: _measure(benchmark) for name, benchmark in BENCHMARKS.items()}
    return run_named("benchmark", known, names, (RuntimeError, PlaywrightError))


def _measure(benchmark: Callable[[], list[Row]]) -> Measure:
    return lambda: (benchmark(), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
