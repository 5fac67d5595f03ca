"""The downloads: the run's numbers, its graph, and the page that plays it offline."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import partial

from tests.audit.complaint import Complaint
from tests.audit.plain_variables import PlainVariable
from tests.audit.run import Run
from viz.export.csv_table import csv_of
from viz.export.dot_graph import dot_at
from viz.export.excerpt import Excerpt
from viz.export.offline_page import html_of
from viz.frames.events import Backward
from viz.frames.plain import Summary, Value
from viz.worker.explain import describe_node
from viz.writing.part_drawing import PartDrawing

#: The iterations in the offline page: fewer than a person downloads, because all of them are explained.
_PAGE = 2


def downloads(run: Run) -> Iterator[Complaint]:
    """Make every download, and compare the cells of the CSV with plain Python."""
    for kind, make in (("offline page", _page), ("DOT", _graphs)):
        try:
            make(run)
        except Exception as error:  # noqa: BLE001  # any exception is a finding
            yield run.complain("download", None, f"{kind} raises {type(error).__name__}: {error}")
    try:
        text = csv_of(Excerpt(run.tape, run.tape.recorded + 1))
    except Exception as error:  # noqa: BLE001
        yield run.complain("download", None, f"CSV raises {type(error).__name__}: {error}")
    else:
        yield from _other_cells(run, list(csv.DictReader(io.StringIO(text))))


def _other_cells(run: Run, rows: list[dict[str, str]]) -> Iterator[Complaint]:
    """The cells of each iteration whose text differs from plain Python's number."""
    moments = {id(frame): moment for frame, moment in zip(run.frames, run.moments, strict=True)}
    for number, row in enumerate(rows):
        frames = run.tape.iteration(number)
        if not all(id(frame) in moments for frame in frames):
            return  # plain Python did not run this far
        backward = next((one for one in reversed(frames) if isinstance(one.event, Backward)), frames[-1])
        ended, graded = moments[id(frames[-1])].after, moments[id(backward)].after
        expected = _expected(ended, graded)
        for head, cell in expected.items():
            if head in row and row[head] != cell:
                yield run.complain("download", frames[-1], f"CSV, iteration {number}, {head}", cell, row[head])
        absent = [head for head, cell in expected.items() if cell and head not in row]
        twice = _named_twice(ended, set(frames[-1].variables))
        missing = [head for head in absent if not head.startswith(twice)]
        if number == 0 and missing:
            yield run.complain("download", frames[-1], "CSV without columns", ", ".join(missing))


def _expected(ended: Mapping[str, PlainVariable], graded: Mapping[str, PlainVariable]) -> dict[str, str]:
    """The cells of an iteration according to plain Python, by the heads of their columns."""
    leaves = {name for name, one in ended.items() if one.kind == "tensor" and one.requires_grad and one.is_leaf}
    cells: dict[str, str] = {}
    for name in leaves:
        cells |= {f"{name}{place} after": repr(one) for place, one in _elements(ended[name].value)}
        grad = graded[name].grad if name in graded else None
        cells |= {f"{name}.grad{place}": repr(one) for place, one in _elements(grad)}
    return cells


def _named_twice(held: Mapping[str, PlainVariable], shown: set[str]) -> tuple[str, ...]:
    """The beginnings of heads that the page leaves out, because it shows those parameters under another name."""
    named = {one.parameter for name, one in held.items() if name in shown and one.parameter is not None}
    names = [name for name, one in held.items() if name not in shown and one.parameter in named]
    return tuple([f"{name}{end}" for name in names for end in "[. "])


def _elements(value: Value | None, place: tuple[int, ...] = ()) -> Iterator[tuple[str, bool | int | float]]:
    """Each element, with its index as written in the heads of the columns."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _elements(one, (*place, number))
    elif value is not None and not isinstance(value, Summary):
        yield f"[{','.join(map(str, place))}]" if place else "", value


def _page(run: Run) -> str:
    return html_of(run.tape, _PAGE, explain=partial(describe_node, only_value=False))


def _graphs(run: Run) -> list[str]:
    return [dot_at(PartDrawing(part, part), at) for part in run.some_parts for at in (0, len(part) - 1)]
