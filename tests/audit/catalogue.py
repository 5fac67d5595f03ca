"""Programs from the sample inputs that PyTorch ships for its own tests, for the audit.

python -m tests.audit.catalogue    counts them, and what of PyTorch's databases the language does not have
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import viz
from tests.audit import catalogue_modules, catalogue_operations, catalogue_optimizers
from tests.audit.catalogue_count import Count
from viz.language import Refused

_DATABASES: dict[str, Callable[[Count], Iterator[tuple[str, str]]]] = {
    "op_db": catalogue_operations.programs,
    "module_db": catalogue_modules.programs,
    "optim_db": catalogue_optimizers.programs,
}


def programs() -> Iterator[tuple[str, str]]:
    """Name and source of every program from `op_db`, `module_db` and `optim_db` that the language has."""
    for title in _DATABASES:
        yield from counted(Count(title))


def counted(count: Count) -> Iterator[tuple[str, str]]:
    """The programs of the database that `count` names; `count` is right when they are through."""
    for name, source in _DATABASES[count.title](count):
        reason = _refusal(source)
        if reason is None:
            count.programs += 1
            count.at_edges += "edge: " in name
            yield name, source
        else:
            count.refused[reason] += 1


def _refusal(source: str) -> str | None:
    """Why the language does not have a program, or not so large a one; None where it has it."""
    try:
        error = viz.run(source).error
    except Refused as refused:
        return refused.problem.message
    return error.message if error is not None and error.kind in ("Refused", "Limit") else None


def main() -> int:
    """Print what the databases have, what became programs, and what the language does not have."""
    for title in _DATABASES:
        count = Count(title)
        for _ in counted(count):
            pass
        _tell(count)
    return 0


def _tell(count: Count) -> None:
    print(
        f"{count.title}: {count.entries} entries; the language has {len(count.had)} of their names and "
        f"{len(count.missing)} not.\n"
        f"  {count.samples:,} samples of those in float32 and float64: {count.alike:,} differ from another one in "
        f"random numbers only, {count.beyond:,} are beyond the most of one operation, "
        f"{count.unwritable.total():,} cannot be written; {count.narrowed:,} are cut to a corner, being large.\n"
        f"  {count.programs:,} programs, {count.at_edges:,} of them at edges; {count.refused.total():,} more are "
        f"refused for arguments that the language does not have, {count.unfit:,} raise in torch itself."
    )
    print(f"  Not in the language ({len(count.missing)}): {', '.join(sorted(count.missing))}.")
    for what, reasons in (("Refused", count.refused), ("Cannot be written", count.unwritable)):
        for reason, number in Counter(reasons).most_common():
            print(f"  {what} ({number}): {reason}")
    print()


if __name__ == "__main__":
    sys.exit(main())
