"""`python -m tests.audit FILE…`: audits these programs; without a file every one that there is.

A line for each thing that is wrong, and as the last line `N programs, M complaints`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.audit import audit
from tests.audit.programs import every_program


def main(files: Sequence[str]) -> int:
    """Audit the programs in these files, or all; the exit status."""
    programs: Iterable[tuple[str, str]]
    programs = [(file, Path(file).read_text(encoding="utf-8")) for file in files] if files else every_program()
    count = complaints = 0
    for name, source in programs:
        count += 1
        for complaint in audit(source, name):
            complaints += 1
            print(complaint, flush=True)
    print(f"{count} programs, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
