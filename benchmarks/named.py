"""Runs the measurements named on the command line, or all of them, and prints one table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.table import Row, render

#: Measures something: rows of the table, and what went wrong (nothing, if it is empty).
Measure = Callable[[], tuple[list[Row], str]]


def run_named(
    kind: str, known: Mapping[str, Measure], names: Sequence[str], errors: tuple[type[Exception], ...]
) -> int:
    """Run the named ones of `known`, or all of them, each called a `kind`.

    1 where a name is none of them, where one raised one of `errors`, or where anything went wrong in it; else 0.
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
        except errors as error:  # what the others measured is worth printing all the same
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
