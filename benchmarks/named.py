"""Runs the measurements named on the command line, or all of them, and prints one table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.table import Row, render

#: A measurement: returns rows of the table, and what went wrong (empty if nothing did).
Measure = Callable[[], tuple[list[Row], str]]


def run_named(
    kind: str, known: Mapping[str, Measure], names: Sequence[str], errors: tuple[type[Exception], ...]
) -> int:
    """Run the named measurements of `known`, or all of them; messages call each one a `kind`.

    Returns 1 if a name is unknown, if a measurement raised one of `errors`, or if anything went wrong, else 0.
    """
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"unknown {kind}: {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    failed = False
    for name in names or known:
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found, wrong = known[name]()
        except errors as error:  # the results of the others are still worth printing
            print(f"{name} failed: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"{name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if wrong:
            print(wrong, file=sys.stderr, flush=True)
            failed = True
        rows += found
    print(render(rows))
    return int(failed)
