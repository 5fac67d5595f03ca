"""Programs from the sample inputs that PyTorch ships for its own tests, for the audit.

python -m tests.audit.catalogue    counts them, and what the language lacks of PyTorch's databases
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import viz
from tests.audit import catalogue_modules, catalogue_operations, catalogue_optimizers
from tests.audit.catalogue_count import Count, Draft
from tests.audit.catalogue_ending import ended
from viz.language import Refused

_DATABASES: dict[str, Callable[[Count], Iterator[Draft]]] = {
    "op_db": catalogue_operations.drafts,
    "module_db": catalogue_modules.drafts,
    "optim_db": catalogue_optimizers.drafts,
}
#: The slice of each entry begins this many programs later than that of the one before; a prime, so that it reaches
#: all kinds of programs.
_STRIDE = 7


def programs() -> Iterator[tuple[str, str]]:
    """The name and source of every program from `op_db`, `module_db` and `optim_db` that the language accepts."""
    for title, drafts in _DATABASES.items():
        count = Count(title)
        yield from _finished(drafts(count), count)


def sliced(title: str, each: int = 1) -> Iterator[tuple[str, str]]:
    """A few programs of each entry of a database, spread over its samples, edges, forms and dtypes."""
    count = Count(title)
    entries: dict[str, list[Draft]] = {}
    for draft in _DATABASES[title](count):
        entries.setdefault(draft.entry, []).append(draft)
    for number, several in enumerate(entries.values()):
        first = number * _STRIDE % len(several)
        turned = [*several[first:], *several[:first]]
        for part in range(each):
            there = turned[part * len(turned) // each : (part + 1) * len(turned) // each]
            yield from islice(_finished(there, count), 1)


def _finished(drafts: Iterable[Draft], count: Count) -> Iterator[tuple[str, str]]:
    """The programs of these drafts that the language accepts; updates `count`."""
    for draft in drafts:
        source = ended(draft.source, draft.raises)
        reason = None if source is None else _refusal(source)
        if source is None:
            count.unfit += 1
        elif reason is not None:
            count.refused[reason] += 1
        else:
            count.programs += 1
            count.at_edges += "edge: " in draft.name
            yield draft.name, source


def _refusal(source: str) -> str | None:
    """The sentence with which the language refuses or limits a program; None if it runs the whole program."""
    try:
        error = viz.run(source).error
    except Refused as refused:
        return refused.problem.message
    return error.message if error is not None and error.kind in ("Refused", "Limit") else None


def main() -> int:
    """Print how many entries the databases have, how many became programs, and what the language lacks."""
    for title, drafts in _DATABASES.items():
        count = Count(title)
        for _ in _finished(drafts(count), count):
            pass
        print("\n".join([*_told(count), ""]))
    return 0


def _told(count: Count) -> Iterator[str]:
    yield f"{count.title}: {count.entries} entries; the language has {len(count.had)} of their names."
    yield f"  {count.samples:,} samples of those, in float32 and float64:"
    for number, what in (
        (count.alike, "differ from another sample in random numbers only"),
        (count.beyond, "are beyond the most of one operation"),
        (count.narrowed, "have large tensors, which are cut to a corner"),
        (count.unwritable.total(), "cannot be written"),
    ):
        yield f"    {number:,} {what}"
    yield f"  {count.programs:,} programs of those, in every form, {count.at_edges:,} at edges;"
    yield f"    {count.unfit:,} more raise in torch itself, {count.refused.total():,} more are refused."
    for reason, number in (*count.unwritable.most_common(), *count.refused.most_common()):
        yield f"  {number} times: {reason}"
    yield f"  The language does not have {len(count.missing)} of the names: {', '.join(sorted(count.missing))}."


if __name__ == "__main__":
    sys.exit(main())
