"""Checks the ledger's cells and the values next to the lines against the plain run, and checks printed sums."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.audit.changed import PATH, is_shown, reached
from tests.audit.complaint import Complaint
from tests.audit.plain import Moment
from tests.audit.plain_variables import PlainVariable
from tests.audit.printed import EPS, NAME, VALUE, is_sum, shows
from tests.audit.reach import UNKNOWN, numbers_of, root_of
from tests.audit.run import Run
from viz.frames.events import Backward
from viz.frames.frame import Frame
from viz.frames.plain import Summary, Value
from viz.slots import cell_of
from viz.writing.ledger import ledger_rows, ledger_texts
from viz.writing.line_values import code_text
from viz.writing.numbers import brief

_PIECE = re.compile(rf"(?:(?P<name>{NAME})(?:\.grad)? )?(?P<value>{VALUE})")


def ledger(run: Run) -> Iterator[Complaint]:
    """Check every cell that a statement fills."""
    yield from _of_every_moment(run, "ledger", _cells)


def beside(run: Run) -> Iterator[Complaint]:
    """Check the values next to each line."""
    yield from _of_every_moment(run, "beside", _beside)


def _of_every_moment(run: Run, view: str, look: Any) -> Iterator[Complaint]:
    told: set[tuple[int, str]] = set()
    for frame, moment in zip(run.frames, run.moments, strict=True):
        try:
            found = list(look(frame, moment, run))
        except Exception as error:  # noqa: BLE001  # any exception is a finding
            found = [(f"raises {type(error).__name__}: {error}", "", "")]
        for what, expected, got in found:
            if (frame.line, what) not in told:
                told.add((frame.line, what))
                yield run.complain(view, frame, what, expected, got)


def _cells(frame: Frame, moment: Moment, run: Run) -> Iterator[tuple[str, object, object]]:
    rows: dict[str, dict[str, str]] = {}
    places = ledger_rows([frame])
    names = list(places)
    states = _states(moment, run)
    for slot, text in ledger_texts(frame, places).items():
        row, column = cell_of(slot)
        rows.setdefault(names[row], {})[column] = text
    for name, cells in rows.items():
        before, after = moment.before.get(name), moment.after.get(name)
        if after is not None:
            yield from _row(name, cells, before, after, isinstance(frame.event, Backward) and frame.event.shared)
            yield from _state(name, cells.get("state", ""), states)


def _row(
    name: str, cells: Mapping[str, str], before: PlainVariable | None, after: PlainVariable, shared: bool
) -> Iterator[tuple[str, object, object]]:
    """The wrong cells of one parameter, compared with its values before and after the statement."""
    steps = "new" in cells
    old = before if steps else after
    wanted = {
        "value": None if old is None else old.value,
        "new": after.value,
        "before": None if before is None else before.grad,
        "after": after.grad,
    }
    if shared:  # the cells have the values around this addition, not around the whole backward
        del wanted["before"], wanted["after"]
    for column, value in wanted.items():
        if (
            cells.get(column)
            and not (column in ("value", "before") and before is None)
            and not shows(cells[column], value)
        ):
            yield f"{name}, {column}", brief(value), cells[column]
    eps = EPS.get(after.dtype, 0.0)
    if "after" in cells and cells["contribution"]:  # without a contribution, the line assigned the `.grad`
        terms = [cells["before"], cells["contribution"]] if cells["before"] != "None" else [cells["contribution"]]
        if not is_sum(terms, cells["after"], eps):
            yield f"{name}, .grad before + contribution = .grad after", " + ".join(terms), cells["after"]
    if steps and not is_sum([cells["value"], cells["change"].replace("+", "", 1)], cells["new"], eps):
        yield f"{name}, value + update = new value", f"{cells['value']} {cells['change']}", cells["new"]


def _states(moment: Moment, run: Run) -> dict[str, set[str]]:
    """The entries of all optimizer states after a statement, by name, including those that it did not change."""
    latest: dict[str, tuple[str, Any]] = run.memo.setdefault("states", {})
    for way, (_, after) in moment.changes.items():
        found = re.fullmatch(r".*\.state\[\d+\]\['(\w+)'\]", way)
        if found:
            latest[way] = found[1], after
    there: dict[str, set[str]] = {}
    for key, content in latest.values():
        held = moment.after.get(getattr(content, "way", ""))  # it may be one of the program's tensors, such as lr
        there.setdefault(key, set()).update(_shown(content, moment.ways) if held is None else _printed(held.value))
    return there


def _state(name: str, cell: str, there: Mapping[str, set[str]]) -> Iterator[tuple[str, object, object]]:
    """The wrong entries in a cell of optimizer state: each must be that of some parameter after the step."""
    if cell in ("", "none"):
        return
    for part in cell.split("  "):
        key, _, text = part.partition(" ")
        if key in there and text not in there[key]:
            yield f"{name}, optimizer state {key}", ", ".join(sorted(there[key])), text


def _shown(content: Any, ways: Mapping[str, Any]) -> Iterator[str]:
    """A reached value as the page prints it."""
    value = numbers_of(content, ways)
    if value is not UNKNOWN:
        yield from _printed(value)


def _printed(value: Value | None) -> Iterator[str]:
    yield brief(value)
    if isinstance(value, float):
        yield f"{value:g}"


def _beside(frame: Frame, moment: Moment, run: Run) -> Iterator[tuple[str, object, object]]:
    text, _ = code_text(frame)
    bound = [moment.after[name] for name in run.plain.program.bound(moment.number) if name in moment.after]
    wanted = ", ".join(brief(one.value) for one in bound)
    if text in (wanted, " ".join(moment.printed.split())):
        return
    if not text:
        yield "nothing is next to the line", wanted, "nothing"
        return
    if frame.changes:
        yield from _changes_beside(text, frame, moment)
        return
    pieces = re.split(r"(?:  |, )(?![^\[]*\])", text)
    known = {brief(value) for one in moment.after.values() for value in (one.value, one.grad)}
    known |= {f"lr {rate:.4g}" for _, rates in moment.rates.values() for rate in rates}
    known |= {f"{rate:.4g}" for _, rates in moment.rates.values() for rate in rates}
    known |= {"True", "False", brief(moment.returned), type(moment.handled).__name__}
    if run.plain.program.returns(moment.number) and moment.following is not None:
        return  # `finally` runs first: Python does not say yet what is returned
    for piece in pieces:
        found = _PIECE.fullmatch(piece)
        held = moment.after.get(found["name"] or "") if found else None
        if held is not None and found is not None:
            if found["value"] not in (brief(held.value), brief(held.grad)):
                yield f"beside the line: {text}", f"{held.value} or {held.grad}", piece
        elif any(root_of(piece) == root_of(way) for way in moment.changes):
            continue  # a part of a list, whose numbers no name holds
        elif piece.rpartition(" ")[2] in _reached(moment, piece.rpartition(" ")[0]):
            continue
        elif piece not in known and piece.partition(" ")[2] not in known:
            yield f"beside the line: {text}", "a number of the moment", piece


def _reached(moment: Moment, way: str) -> set[str]:
    """The value at a path, as the page prints it."""
    content = moment.ways.get(way)
    return set(_shown(content, moment.ways))


def _changes_beside(text: str, frame: Frame, moment: Moment) -> Iterator[tuple[str, object, object]]:
    """The faults of the text on changes in place: wrong numbers in one of its parts, or a missing change."""
    for piece in text.split("  "):
        found = re.match(PATH, piece)
        ends = [end for _, end in moment.turns]
        values = [reached(f"{found[0]}{part}", end) for part in ("", ".grad") for end in ends] if found else []
        known = [one for one in values if one is None or isinstance(one, (bool, int, float, list, Summary))]
        if any(isinstance(one, list) and piece.endswith(f" {len(one)} entries") for one in known):
            continue
        if found and known and not any(is_shown(piece[found.end() + 1 :], one) for one in known):
            yield f"beside the line: {text}", known[0], piece
    for change in frame.changes:
        if change.what != "inside" and change.name not in text:
            yield f"beside the line: {text}", change.name, "not there"
