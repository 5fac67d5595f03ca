"""`python -m tests.audit FILE…`: audits these programs, or all known programs if no file is given.

`--random 1000 --seed 17` audits 1000 random programs; `--part 1/2` audits every second program, from the first on.
Prints a line for each complaint, and then `N programs, M complaints`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from tests.audit import audit
from tests.audit.programs import SEED, at_random, every_program, may_be_refused


def main(arguments: Sequence[str]) -> int:
    """Audit the programs that the arguments name; return the exit status."""
    count = complaints = 0
    for name, source in _programs(_parsed(arguments)):
        count += 1
        for complaint in audit(source, name):
            if complaint.view == "refused" and may_be_refused(name):
                continue
            complaints += 1
            print(complaint, flush=True)
    print(f"{count} programs, {complaints} complaints")
    return 1 if complaints else 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.audit")
    parser.add_argument("files", nargs="*", metavar="FILE", help="audit these programs, not every one")
    parser.add_argument("--random", type=int, metavar="COUNT", help="audit COUNT random programs")
    parser.add_argument("--seed", type=int, default=SEED, help=f"what random programs begin with ({SEED})")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="audit each Nth program, from the Kth on")
    return parser.parse_args(arguments)


def _programs(asked: argparse.Namespace) -> Iterable[tuple[str, str]]:
    """The requested programs, each with its name."""
    programs: Iterable[tuple[str, str]]
    if asked.random is not None:
        programs = at_random(asked.random, asked.seed)
    elif asked.files:
        programs = [(file, Path(file).read_text(encoding="utf-8")) for file in asked.files]
    else:
        programs = every_program()
    first, step = map(int, asked.part.split("/"))
    return islice(programs, first - 1, None, step)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
